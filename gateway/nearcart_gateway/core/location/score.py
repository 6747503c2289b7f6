"""How well a calibration locates walks whose truth is known: the share of half-second steps in the true zone, and the error."""

import statistics
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nearcart_contract.radio_file import Radio
from nearcart_contract.store_file import Layout
from nearcart_gateway.core.location.calibrate import Walk, from_survey
from nearcart_gateway.core.location.floor_grid import FloorGrid, grid_of
from nearcart_gateway.core.location.grid_locator import GridLocator
from nearcart_gateway.core.location.radio_map import calibrated

STEP_S, WARM_S = 0.5, 5.0
"""A step of the score, and the beginning of a walk that does not count: nothing is known then."""


@dataclass(frozen=True, slots=True)
class Score:
    """``zone``: share of the steps in the true zone. ``error``: median distance in metres."""

    steps: int
    zone: float
    error: float

    def better_than(self, other: "Score") -> bool:
        return self.zone > other.zone

    def __str__(self) -> str:
        return f"{self.zone:.0%} of {self.steps} half seconds in the true zone, median error {self.error:.2f} m"


Judged = tuple[bool, float]
"""One step: whether the zone was right, and the distance in metres."""


def score(layout: Layout, radio: Radio, walks: Sequence[Walk]) -> Score:
    """Locate walks with a calibration. Raises ``ValueError`` when there is nothing to judge."""
    return _total([judged for walk in walks for judged in _judge(layout, radio, walk)])


def held_out(layout: Layout, walks: Sequence[Walk]) -> Score:
    """Each walk by a calibration of the others; a single walk in two halves. Raises ``ValueError``."""
    parts = list(walks) if len(walks) > 1 else [part for walk in walks for part in _halves(walk)]
    judged: list[Judged] = []
    for number, walk in enumerate(parts):
        radio = from_survey(layout, parts[:number] + parts[number + 1 :])
        judged += _judge(layout, radio, walk)
    return _total(judged)


def _total(judged: Sequence[Judged]) -> Score:
    if not judged:
        raise ValueError(f"the walks are too short to judge: more than {2 * WARM_S:g} seconds with truth are needed")
    right = sum(zone for zone, _ in judged)
    return Score(len(judged), right / len(judged), statistics.median(error for _, error in judged))


def _halves(walk: Walk) -> tuple[Walk, Walk]:
    middle = (walk.packets[0][0] + walk.packets[-1][0]) / 2 if walk.packets else 0.0
    return tuple(  # type: ignore[return-value]
        Walk(
            tuple(p for p in walk.packets if (p[0] < middle) == first),
            tuple(t for t in walk.truth if (t[0] < middle) == first),
        )
        for first in (True, False)
    )


def _judge(layout: Layout, radio: Radio, walk: Walk) -> list[Judged]:
    if not walk.packets or not walk.truth:
        return []
    grid = grid_of(layout)
    locator = GridLocator(layout, calibrated(layout, grid, radio), calibrated=True)
    packets = sorted(walk.packets)
    times = [at for at, _, _ in walk.truth]
    now, heard, judged = packets[0][0] + STEP_S, 0, []
    while now <= packets[-1][0]:
        while heard < len(packets) and packets[heard][0] <= now:
            at, scanner, rssi = packets[heard]
            locator.hear("walk", scanner, at, rssi)
            heard += 1
        true = bisect_right(times, now) - 1
        for position in locator.locate(now):
            if true >= 0 and now >= packets[0][0] + WARM_S and position.x is not None and position.y is not None:
                _, x, y = walk.truth[true]
                judged.append((position.zone == zone_at(grid, x, y), float(np.hypot(position.x - x, position.y - y))))
        now += STEP_S
    return judged


def zone_at(grid: FloorGrid, x: float, y: float) -> str:
    """The zone of the cell whose centre is nearest."""
    nearest = int(((grid.centres - (x, y)) ** 2).sum(axis=1).argmin())
    return grid.zones[int(grid.zone_of[nearest])]
