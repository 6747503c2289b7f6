"""What a recorded walk says of a room's radio: the law of distance, each scanner's loudness, and the tag's interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.store_file import Layout
from nearcart_sim.core.air.copy import Packet, Place
from nearcart_sim.core.firmware.state_machine import MAX_ADV_DELAY_US
from nearcart_sim.core.rooms.radio_map import MEASURED_POWER_DBM, TAG_HEIGHT_M
from nearcart_sim.core.rooms.radio_parameters import RadioParameters

_NEAREST_M = 0.5
_FEWEST = 30
"""Packets of a scanner that it takes to say how loud it is."""
_EXPONENTS = (1.0, 5.0)


@dataclass(frozen=True, slots=True)
class Law:
    """``scanner_db``: louder than a tag of -59 dBm at 1 m would be; ``interval_ms``: the tag's advInterval."""

    exponent: float
    scanner_db: Mapping[str, float]
    interval_ms: float

    def parameters(self) -> RadioParameters:
        """A room like the recorded one; what the law does not say is the simulator's own."""
        return RadioParameters(exponent=self.exponent, scanner_db=dict(self.scanner_db))


def law_of(layout: Layout, places: Sequence[Place], packets: Sequence[Packet]) -> Law:
    """Least squares over all packets, to a hundredth of a dB. Raises ``ValueError`` where no scanner of the layout heard enough."""
    names = [name for name in layout.scanners if sum(1 for _, heard, _ in packets if heard == name) >= _FEWEST]
    if not names:
        raise ValueError(f"no scanner of the layout heard {_FEWEST} packets of this walk: nothing can be fitted")
    kept = [packet for packet in packets if packet[1] in names]
    number = np.array([names.index(name) for _, name, _ in kept])
    equations = np.zeros((len(kept), len(names) + 1))
    equations[np.arange(len(kept)), number] = 1
    equations[:, -1] = -10 * np.log10(np.maximum(_NEAREST_M, _distances(layout, places, kept)))
    found = np.linalg.lstsq(equations, np.array([float(rssi) for _, _, rssi in kept]), rcond=None)[0]
    exponent = min(_EXPONENTS[1], max(_EXPONENTS[0], round(float(found[-1]), 2)))
    loudness = {name: round(float(level) - MEASURED_POWER_DBM, 2) for name, level in zip(names, found, strict=False)}
    return Law(exponent, loudness, _interval_ms(kept, names))


def _distances(layout: Layout, places: Sequence[Place], packets: Sequence[Packet]) -> NDArray[np.float64]:
    times, xs, ys = (np.array(column) for column in zip(*places, strict=True))
    at = np.array([moment for moment, _, _ in packets])
    hung = np.array([(each.x, each.y, each.z) for each in (layout.scanners[name] for _, name, _ in packets)])
    across = np.interp(at, times, xs) - hung[:, 0]
    down = np.interp(at, times, ys) - hung[:, 1]
    return np.asarray(np.sqrt(across**2 + down**2 + (hung[:, 2] - TAG_HEIGHT_M) ** 2))


def _interval_ms(packets: Sequence[Packet], names: Sequence[str]) -> float:
    """The usual time between two packets at one scanner, without half of the delay that the Core specification adds."""
    gaps: list[float] = []
    for name in names:
        times = sorted(at for at, heard, _ in packets if heard == name)
        gaps += [later - at for at, later in pairwise(times)]
    return max(20.0, round(median(gaps) * 1000 - MAX_ADV_DELAY_US / 2000, 1))
