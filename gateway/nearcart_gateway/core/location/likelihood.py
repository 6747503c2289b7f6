"""How well a packet fits each cell: a table of log-likelihoods by scanner and RSSI, looked up for every packet."""

import numpy as np
from numpy.typing import NDArray

from nearcart_gateway.core.location.radio_map import RadioMap

QUIETEST, LOUDEST = -110, -20
"""RSSI in dBm outside these bounds counts as the bound."""

DEGREES_OF_FREEDOM = 5.0
"""Student's t in place of a normal: a body in the way is an outlier and not a proof."""

CORRELATION = 0.7
"""Each packet counts for this much, since neighbouring packets fade together."""

UNSURE_COSTS = 0.8
"""How much of the price of a wide distribution is asked: an unsurveyed place is off by one error, not by a new one a packet."""


class Likelihood:
    """Log-likelihoods (scanners, RSSI, cells), float32."""

    def __init__(self, radio: RadioMap) -> None:
        rssi = np.arange(QUIETEST, LOUDEST + 1, dtype=np.float32)
        spread = (radio.noise**2 + radio.variance).astype(np.float32)[:, None, :]
        error = (rssi[None, :, None] - radio.mean.astype(np.float32)[:, None, :]) ** 2
        fit = np.log1p(error / (DEGREES_OF_FREEDOM * spread)) * (-(DEGREES_OF_FREEDOM + 1) / 2)
        width = np.log(spread / spread.min()) * (UNSURE_COSTS / 2)
        self._table: NDArray[np.float32] = (CORRELATION * (fit - width)).astype(np.float32)

    def of(self, scanners: NDArray[np.intp], rssi: NDArray[np.float64]) -> NDArray[np.float32]:
        """Log-likelihood of each cell, up to a constant, for packets at these scanners (indexes) with these dBm."""
        level = np.clip(np.rint(rssi), QUIETEST, LOUDEST).astype(np.intp) - QUIETEST
        return np.asarray(self._table[scanners, level].sum(axis=0))
