"""From a tag's power to a scanner's RSSI: log-distance path loss with shadowing, fading and loss.

Path loss as in Rappaport, Wireless Communications (2nd ed., 4.9); shadowing correlated along the way as Gudmundson measured it
(Electronics Letters 27(23), 1991): exp(-moved / decorrelation distance).
"""

from dataclasses import dataclass
from math import dist, exp, log10, sqrt

from nearcart_sim.core.randomness import RandomStream

Place = tuple[float, float, float]
"""x, y and height in metres."""

_NEAREST_M = 0.1


@dataclass(frozen=True, slots=True)
class RadioModel:
    """Deviations in dB, ``sensitivity_dbm`` in dBm, ``decorrelation_m`` in metres, ``loss`` a probability.

    ``loss`` is what collisions and the scanner's time on other channels cost, whatever the distance.
    """

    exponent: float = 2.2
    shadowing_db: float = 3.0
    decorrelation_m: float = 2.0
    fading_db: float = 2.5
    loss: float = 0.08
    sensitivity_dbm: float = -94.0

    def mean_rssi(self, measured_power: float, distance_m: float) -> float:
        """dBm without any chance; ``measured_power`` is dBm at 1 m."""
        return measured_power - 10 * self.exponent * log10(max(distance_m, _NEAREST_M))


class Link:
    """One tag and one scanner. Draws the same number of random values for every packet, heard or not."""

    __slots__ = ("_model", "_scanner", "_shadow_db", "_stream", "_tag")

    def __init__(self, model: RadioModel, scanner: Place, stream: RandomStream) -> None:
        self._model = model
        self._scanner = scanner
        self._stream = stream
        self._shadow_db = stream.gauss(0, model.shadowing_db)
        self._tag: Place | None = None

    def receive(self, measured_power: float, tag: Place) -> int | None:
        """RSSI in whole dBm of one packet sent from ``tag``, or ``None`` when the scanner misses it."""
        model = self._model
        self._move(tag)
        fade_db = self._stream.gauss(0, model.fading_db)
        lost = self._stream.random() < model.loss
        rssi = model.mean_rssi(measured_power, dist(tag, self._scanner)) + self._shadow_db + fade_db
        if lost or rssi < model.sensitivity_dbm:
            return None
        return min(20, round(rssi))

    def _move(self, tag: Place) -> None:
        fresh_db = self._stream.gauss(0, self._model.shadowing_db)
        moved = dist(tag, self._tag) if self._tag else 0.0
        kept = exp(-moved / self._model.decorrelation_m)
        self._shadow_db = kept * self._shadow_db + sqrt(1 - kept * kept) * fresh_db
        self._tag = tag
