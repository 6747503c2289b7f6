"""How soon a real move can be seen at all, if a tag that stands is to stay where it is: the bound beside our locator. JSON.

    python benchmarks/move_bound.py [--hours 8] [--moves 300]

The aisle of benchmarks/locate.py, located by the exact filter of that very world. It is told what nobody in a shop knows: path loss, noise,
tag power and loss as they are, that people walk at 1 m/s along the aisle, which link is ever blocked, by how much, and how often and how
long on the mean. It keeps the joint probability of place, way of walking and blocked link. How sure it has to be, and how often people
set off, are its points of the trade between steadiness and speed; no locator that hears the same packets, and is
not told when the link will be blocked, can be better at both.
"""

import argparse
import json
import math
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.store_file import Layout
from nearcart_gateway.core.values import Position

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.locate import SENSITIVITY_DBM, WORLDS, changes_while_still, seconds_until_a_move_shows

Array = NDArray[np.float64]

CELL_M, METRES_A_SECOND, LENGTH_M = 0.5, 1.0, 24.0
LOST, BLOCKED_DB = 0.5, 15.0
BLOCKED_S, FREE_S = 30.0, 90.0
WALK_S = 7.0
"""How long a walk lasts on the mean: that of the moves that are timed."""

ZONE_M = 8.0
POINTS = (
    (1 / 60, 0.5),
    (1 / 60, 0.8),
    (1 / 120, 0.8),
    (1 / 300, 0.8),
    (1 / 300, 0.9),
    (1 / 300, 0.95),
    (1 / 3000, 0.95),
)
"""How many people set off each second, and how probable another zone has to be."""


class Exact:
    """(ways, blocked, cells): stand, walk up, walk down; the first link free, blocked."""

    def __init__(self, layout: Layout, sets_off: float, sure: float) -> None:
        aisle = WORLDS["aisle"]
        self._centres = np.arange(CELL_M / 2, LENGTH_M, CELL_M)
        self._names = list(layout.scanners)
        places = [(scanner.x, scanner.y, scanner.z) for scanner in layout.scanners.values()]
        metres = np.array([[max(0.5, math.dist((x, aisle.y, 1.2), at)) for x in self._centres] for at in places])
        self._levels = -60 - 20 * np.log10(metres)
        self._noise, self._sure = aisle.noise, sure
        stops = 1 / WALK_S
        self._ways = np.array(
            [[1 - sets_off, sets_off / 2, sets_off / 2], [stops, 1 - stops, 0.0], [stops, 0.0, 1 - stops]]
        )
        self._links = np.array([[1 - 1 / FREE_S, 1 / FREE_S], [1 / BLOCKED_S, 1 - 1 / BLOCKED_S]])
        free = np.array([FREE_S, BLOCKED_S]) / (FREE_S + BLOCKED_S)
        self._belief = np.ones((3, 1, len(self._centres))) * free[None, :, None]
        self._heard: dict[str, int] = {}
        self._at = -1.0
        self._zone = 0

    def hear(self, _visitor: str, scanner: str, _at: float, rssi: int) -> None:
        self._heard[scanner] = rssi

    def locate(self, now: float) -> Iterator[Position]:
        """A step a second, when its packets have come."""
        if now - self._at >= 1.0:
            self._at = now
            self._step()
            self._heard.clear()
        yield Position("tag", now, self._names[self._zone], self._sure)

    def forget(self, _visitor: str) -> None:
        self._belief[:] = 1 / self._belief.size

    def shift(self, seconds: float) -> None:
        self._at += seconds

    def _step(self) -> None:
        moved = np.einsum("wv,bc,wbx->vcx", self._ways, self._links, self._belief)
        cells = round(METRES_A_SECOND / CELL_M)
        up, down = np.zeros_like(moved[1]), np.zeros_like(moved[2])
        up[:, cells:], down[:, :-cells] = moved[1][:, :-cells], moved[2][:, cells:]
        up[:, -1] += moved[1][:, -cells:].sum(axis=1)
        down[:, 0] += moved[2][:, :cells].sum(axis=1)
        fits = np.exp(self._log_fits())
        self._belief = np.stack([moved[0], up, down]) * fits[None]
        self._belief /= self._belief.sum()
        zones = self._belief.sum(axis=(0, 1)).reshape(-1, round(ZONE_M / CELL_M)).sum(axis=1)
        if zones.max() > self._sure:
            self._zone = int(zones.argmax())

    def _log_fits(self) -> Array:
        """(blocked, cells): of what each scanner heard, and of what it did not."""
        total = np.zeros((2, len(self._centres)))
        for number, name in enumerate(self._names):
            for blocked in (0, 1):
                level = self._levels[number] - (BLOCKED_DB if blocked and number == 0 else 0.0)
                rssi = self._heard.get(name)
                if rssi is None:
                    weak = np.array([_below((SENSITIVITY_DBM - 0.5 - each) / self._noise) for each in level])
                    total[blocked] += np.log(LOST + (1 - LOST) * weak)
                else:
                    total[blocked] -= (rssi - level) ** 2 / (2 * self._noise**2)
        return total


def _below(deviations: float) -> float:
    """Of the normal distribution."""
    return math.erfc(-deviations / math.sqrt(2)) / 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--moves", type=int, default=300)
    options = parser.parse_args()
    aisle, points = WORLDS["aisle"], []
    for sets_off, sure in POINTS:
        make = partial(Exact, sets_off=sets_off, sure=sure)
        points.append(
            {
                "sets off every s": round(1 / sets_off),
                "sure": sure,
                "changes while still": changes_while_still(make, aisle, options.hours),
                "seconds until a move shows": seconds_until_a_move_shows(make, aisle, options.moves),
            }
        )
    json.dump({"hours": options.hours, "moves": options.moves, "points": points}, sys.stdout, indent=2)


if __name__ == "__main__":
    main()
