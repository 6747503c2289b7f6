"""A CR2032 that an advertising tag empties: charge by the packet and by the second, and the voltage that is left.

Capacity 225 mAh to 2.0 V (Energizer CR2032 data sheet, typical). An event on three channels takes about 12 uC at 0 dBm and an nRF52 sleeps at
2 uA (Nordic's power profiler for the nRF52832, 31 bytes); the charge grows with the transmitter's power.
"""

import itertools
from dataclasses import dataclass

CAPACITY_C = 0.225 * 3600
"""Coulombs of a fresh cell."""
EMPTY_MV = 2000

_EVENT_UC = 12.0
_SLEEP_UA = 2.0
_PER_DB = 0.035
"""An event costs this share more for each dB of power."""

_DISCHARGE = ((0.0, 3050), (0.05, 2980), (0.5, 2930), (0.8, 2850), (0.9, 2700), (0.96, 2450), (1.0, EMPTY_MV))
"""Share that is used, and millivolts under the tag's small load."""


@dataclass(frozen=True, slots=True)
class CoinCell:
    """``used``: share of the capacity that was gone at the beginning; ``tx_power``: dBm of the transmitter."""

    used: float = 0.1
    tx_power: int = 0

    @property
    def event_uc(self) -> float:
        """Microcoulombs of one advertising event."""
        return _EVENT_UC * max(0.5, 1 + _PER_DB * self.tx_power)

    def used_after(self, events: int, seconds: float) -> float:
        """Share of the capacity that is gone, 1 or more when the cell is empty."""
        return self.used + (events * self.event_uc + seconds * _SLEEP_UA) * 1e-6 / CAPACITY_C

    def life_s(self, interval_s: float) -> float:
        """Seconds until it is empty, from now, at one advertising interval."""
        return max(0.0, 1 - self.used) * CAPACITY_C / ((self.event_uc / interval_s + _SLEEP_UA) * 1e-6)


def millivolts(used: float) -> int:
    """What the cell gives when this share is gone."""
    for (low, high_mv), (high, low_mv) in itertools.pairwise(_DISCHARGE):
        if used <= high:
            return round(high_mv + (low_mv - high_mv) * max(0.0, used - low) / (high - low))
    return EMPTY_MV
