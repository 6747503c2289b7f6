"""How well a packet fits each cell: a table of log-likelihoods by scanner and RSSI, looked up for every packet."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nearcart_gateway.core.location.radio_map import RadioMap

QUIETEST, LOUDEST = -110, -20
"""RSSI in dBm outside these bounds counts as the bound."""

DEGREES_OF_FREEDOM = 5.0
"""Student's t in place of a normal: a body in the way is an outlier and not a proof."""

CORRELATION, LAGGED_CORRELATION = 0.7, 0.6
"""Each packet counts for this much, since neighbouring packets fade together: less where later ones have their say too."""

MOST_A_SECOND = 4
"""So many packets of one link in a second say something new: of a tag that sends ten times a second the rest fade with them."""

UNSURE_COSTS = 0.8
"""How much of the price of a wide distribution is asked: an unsurveyed place is off by one error, not by a new one a packet."""


STEPS = 2048.0
"""Log-likelihoods are kept in such fractions: 16 bits each in place of 32, and a store's table is 6 MB and not 12."""

LEAST = np.iinfo(np.int16).min
"""-16: nothing real is less likely."""


class Likelihood:
    """Log-likelihoods (scanners, RSSI, cells), int16 in ``1 / STEPS``; ``counts``: how much a packet counts for."""

    def __init__(self, radio: RadioMap, counts: float = CORRELATION) -> None:
        rssi = np.arange(QUIETEST, LOUDEST + 1, dtype=np.float32)
        narrowest = float(radio.noise**2 + radio.variance.min())
        self._table: NDArray[np.int16] = np.empty((len(radio.mean), len(rssi), radio.mean.shape[1]), dtype=np.int16)
        for scanner, (mean, variance) in enumerate(zip(radio.mean, radio.variance, strict=True)):
            spread = (radio.noise**2 + variance).astype(np.float32)
            error = (rssi[:, None] - mean.astype(np.float32)) ** 2
            fit = np.log1p(error / (DEGREES_OF_FREEDOM * spread)) * (-(DEGREES_OF_FREEDOM + 1) / 2)
            width = np.log(spread / narrowest) * (UNSURE_COSTS / 2)
            self._table[scanner] = np.maximum(np.rint(counts * (fit - width) * STEPS), LEAST)

    def of(self, scanners: NDArray[np.intp], rssi: NDArray[np.float64]) -> NDArray[np.float32]:
        """Log-likelihood of each cell, up to a constant, for packets at these scanners (indexes) with these dBm."""
        level = np.clip(np.rint(rssi), QUIETEST, LOUDEST).astype(np.intp) - QUIETEST
        total = self._table[scanners, level].sum(axis=0, dtype=np.int32)
        return np.asarray(total.astype(np.float32) / np.float32(STEPS))


def not_too_many(packets: Sequence[tuple[float, int, float]], seconds: float) -> Sequence[tuple[float, int, float]]:
    """Packets (Unix seconds, scanner, RSSI) of so many seconds. Where a link has more than ``MOST_A_SECOND``, that many means of them in its place."""
    most = max(1, round(seconds * MOST_A_SECOND))
    if len(packets) <= most:
        return packets
    links: dict[int, list[tuple[float, int, float]]] = {}
    for packet in packets:
        links.setdefault(packet[1], []).append(packet)
    if max(map(len, links.values())) <= most:
        return packets
    return [mean for link in links.values() for mean in _means(link, most)]


def _means(link: list[tuple[float, int, float]], most: int) -> Sequence[tuple[float, int, float]]:
    if len(link) <= most:
        return link
    shares = (link[start::most] for start in range(most))
    return [(share[-1][0], share[-1][1], sum(rssi for _, _, rssi in share) / len(share)) for share in shares]
