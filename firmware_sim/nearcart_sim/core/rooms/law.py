"""What a recorded walk says of a room's radio: the law of distance, each scanner's loudness, and the tag's interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.store_file import Layout, Scanner
from nearcart_sim.core.air.copy import Packet, Place
from nearcart_sim.core.firmware.state_machine import MAX_ADV_DELAY_US
from nearcart_sim.core.rooms.radio_map import MEASURED_POWER_DBM, TAG_HEIGHT_M

Column = NDArray[np.float64]

_NEAREST_M = 0.5
_FEWEST = 30
"""Packets of a scanner that it takes to say how loud it is."""
_EXPONENTS = (1.0, 5.0)
_TOGETHER = 0.3
"""Of the interval: packets within it are one event, heard by several scanners."""
_TURNS = 8
"""A longer silence is no chance: another walk, or a scanner that was away."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """``interval_ms``: the tag's advInterval, the usual time between two packets without half of the delay that the Core specification adds;
    ``silent``: share of its turns in which nobody heard it; ``loss``: share of the others that even the louder half of the scanners missed."""

    interval_ms: float
    silent: float
    loss: float


@dataclass(frozen=True, slots=True)
class Law:
    """``scanner_db``: louder than a tag of -59 dBm at 1 m would be; ``variance``: of what is off the law, dB squared."""

    exponent: float
    scanner_db: Mapping[str, float]
    variance: float
    rhythm: Rhythm

    def level(self, scanner: Scanner, name: str, x: Column, y: Column) -> Column:
        """Mean dBm of the walk's tag at places."""
        metres = np.maximum(_NEAREST_M, _distance(scanner, x, y))
        return np.asarray(MEASURED_POWER_DBM + self.scanner_db[name] - 10 * self.exponent * np.log10(metres))


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
    levels = np.array([float(rssi) for _, _, rssi in kept])
    found = np.linalg.lstsq(equations, levels, rcond=None)[0]
    exponent = min(_EXPONENTS[1], max(_EXPONENTS[0], round(float(found[-1]), 2)))
    loudness = {name: round(float(level) - MEASURED_POWER_DBM, 2) for name, level in zip(names, found, strict=False)}
    variance = round(float((levels - equations @ found).var()), 2)
    loud = sorted(names, key=lambda name: loudness[name])[len(names) // 2 :]
    return Law(exponent, loudness, variance, _rhythm(kept, names, loud))


def walked_at(places: Sequence[Place], at: Column) -> tuple[Column, Column]:
    """Where the walk was at these times."""
    times, xs, ys = (np.array(column) for column in zip(*places, strict=True))
    return np.interp(at, times, xs), np.interp(at, times, ys)


def _distance(scanner: Scanner, x: Column, y: Column) -> Column:
    return np.asarray(np.sqrt((x - scanner.x) ** 2 + (y - scanner.y) ** 2 + (scanner.z - TAG_HEIGHT_M) ** 2))


def _distances(layout: Layout, places: Sequence[Place], packets: Sequence[Packet]) -> Column:
    x, y = walked_at(places, np.array([at for at, _, _ in packets]))
    metres = np.zeros(len(packets))
    for name in {name for _, name, _ in packets}:
        mine = np.array([heard == name for _, heard, _ in packets])
        metres[mine] = _distance(layout.scanners[name], x[mine], y[mine])
    return metres


def _rhythm(packets: Sequence[Packet], names: Sequence[str], loud: Sequence[str]) -> Rhythm:
    heard = {name: sorted(at for at, scanner, _ in packets if scanner == name) for name in names}
    usual = median(later - at for times in heard.values() for at, later in pairwise(times))
    events = _events(sorted(at for times in heard.values() for at in times), usual * _TOGETHER)
    turns = [round((later - at) / usual) for at, later in pairwise(events)]
    few = [turn for turn in turns if 1 <= turn <= _TURNS]
    heard_by_loud = sum(len(heard[name]) for name in loud) / len(loud)
    return Rhythm(
        interval_ms=max(20.0, round(usual * 1000 - MAX_ADV_DELAY_US / 2000, 1)),
        silent=round(1 - len(few) / max(1, sum(few)), 3),
        loss=round(max(0.0, 1 - heard_by_loud / len(events)), 3),
    )


def _events(times: Sequence[float], within: float) -> list[float]:
    """When the tag was heard by anybody: stamps of several scanners that lie together are one event."""
    events: list[float] = []
    for at in times:
        if not events or at - events[-1] > within:
            events.append(at)
    return events
