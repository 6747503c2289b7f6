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


STEPS = 2048.0
"""Log-likelihoods are kept in such fractions: 16 bits each in place of 32, and a store's table is 6 MB and not 12."""

LEAST = np.iinfo(np.int16).min
"""-16: nothing real is less likely."""


class Likelihood:
    """Log-likelihoods (scanners, RSSI, cells), int16 in ``1 / STEPS``."""

    def __init__(self, radio: RadioMap) -> None:
        rssi = np.arange(QUIETEST, LOUDEST + 1, dtype=np.float32)
        narrowest = float(radio.noise**2 + radio.variance.min())
        self._table: NDArray[np.int16] = np.empty((len(radio.mean), len(rssi), radio.mean.shape[1]), dtype=np.int16)
        for scanner, (mean, variance) in enumerate(zip(radio.mean, radio.variance, strict=True)):
            spread = (radio.noise**2 + variance).astype(np.float32)
            error = (rssi[:, None] - mean.astype(np.float32)) ** 2
            fit = np.log1p(error / (DEGREES_OF_FREEDOM * spread)) * (-(DEGREES_OF_FREEDOM + 1) / 2)
            width = np.log(spread / narrowest) * (UNSURE_COSTS / 2)
            self._table[scanner] = np.maximum(np.rint(CORRELATION * (fit - width) * STEPS), LEAST)

    def of(self, scanners: NDArray[np.intp], rssi: NDArray[np.float64]) -> NDArray[np.float32]:
        """Log-likelihood of each cell, up to a constant, for packets at these scanners (indexes) with these dBm."""
        level = np.clip(np.rint(rssi), QUIETEST, LOUDEST).astype(np.intp) - QUIETEST
        total = self._table[scanners, level].sum(axis=0, dtype=np.int32)
        return np.asarray(total.astype(np.float32) / np.float32(STEPS))
