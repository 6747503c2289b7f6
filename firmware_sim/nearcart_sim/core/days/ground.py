"""The floor in half-metre squares: which of them are free, how far each is from a gate, and whether one can walk straight between two places.

Squares have numbers, column by column, with a border around them that nobody enters, so that every neighbour has a number, too.
"""

from collections.abc import Sequence
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from nearcart_sim.core.days.floor_plan import FloorPlan
from nearcart_sim.core.floor import Floor, Spot
from nearcart_sim.core.rooms.obstacles import Shelf, Wall

Squares = NDArray[np.intp]
Metres = NDArray[np.float64]

_SQUARE_M = 0.5
_ROOM_M = 0.25
"""People keep this far from shelves and walls."""
_SIGHT_M = 0.2
_AROUND_M = 2.0
"""A layout without a floor is taken to end this far from the middles of its zones."""
_NEIGHBOURS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
FAR = 1 << 30
"""So many steps are no way."""


class Ground:
    """Of one floor plan."""

    def __init__(self, floor_: Floor, plan: FloorPlan) -> None:
        left, top, right, bottom = _bounds(floor_, plan)
        self._first = (floor(left / _SQUARE_M) - 1, floor(top / _SQUARE_M) - 1)
        self._shape = (ceil(right / _SQUARE_M) - self._first[0] + 1, ceil(bottom / _SQUARE_M) - self._first[1] + 1)
        columns, rows = np.arange(self._shape[0]) + self._first[0], np.arange(self._shape[1]) + self._first[1]
        self._x = np.repeat((columns + 0.5) * _SQUARE_M, self._shape[1])
        self._y = np.tile((rows + 0.5) * _SQUARE_M, self._shape[0])
        self._middles: list[Spot] = list(zip(self._x.tolist(), self._y.tolist(), strict=True))
        free = (left <= self._x) & (self._x <= right) & (top <= self._y) & (self._y <= bottom)
        for shelf in plan.shelves:
            free &= ~_beside_shelf(shelf, self._x, self._y)
        for wall in plan.walls:
            free &= ~_beside_wall(wall, self._x, self._y)
        self._free = self._without_border(free)
        self._bare = not plan.shelves and not plan.walls
        self._offsets = [across * self._shape[1] + down for across, down in _NEIGHBOURS]
        self._open = [self._opening(across, down) for across, down in _NEIGHBOURS]

    def middle(self, square: int) -> Spot:
        """Metres."""
        return self._middles[square]

    def square(self, spot: Spot) -> int:
        """Its number; one of the border's for a spot that is beyond it."""
        columns, rows = self._shape
        column = floor(spot[0] / _SQUARE_M) - self._first[0]
        row = floor(spot[1] / _SQUARE_M) - self._first[1]
        return min(max(column, 0), columns - 1) * rows + min(max(row, 0), rows - 1)

    def nearest_free(self, spot: Spot, among: NDArray[np.bool_] | None = None) -> int:
        """The free square whose middle is nearest; of two, the one further to the left, then to the top. A micrometre decides nothing."""
        allowed = np.flatnonzero(self._free if among is None else among)
        across, down = self._x[allowed] - round(spot[0], 6), self._y[allowed] - round(spot[1], 6)
        return int(allowed[np.argmin(across * across + down * down)])

    def steps_to(self, gates: Sequence[int]) -> NDArray[np.int32]:
        """For each of these squares a row: steps to it from every square, and very many from where there is no way."""
        count = len(self._free)
        steps = np.full(len(gates) * count, FAR, dtype=np.int32)
        edge = np.arange(len(gates)) * count + np.array(gates, dtype=np.intp)
        steps[edge], step = 0, 0
        while len(edge):
            step += 1
            reached = []
            square = edge % count
            for offset, open_ in zip(self._offsets, self._open, strict=True):
                beside = edge[open_[square]] + offset
                beside = beside[steps[beside] == FAR]
                steps[beside] = step
                reached.append(beside)
            edge = np.concatenate(reached)
        return steps.reshape(len(gates), count)

    def ways(self, starts: Squares, rows: NDArray[np.intp], steps: NDArray[np.int32]) -> list[list[int]]:
        """The squares of the shortest ways, both ends included: from each start to the square that its row of ``steps`` leads to."""
        at, left = starts, steps[rows, starts]
        passed = [at]
        for _ in range(int(left.max(initial=0))):
            options = [
                np.where(open_[at], steps[rows, at + offset], FAR)
                for offset, open_ in zip(self._offsets, self._open, strict=True)
            ]
            best = np.argmin(options, axis=0)
            at = np.where(steps[rows, at] > 0, at + np.array(self._offsets)[best], at)
            passed.append(at)
        squares = np.stack(passed, axis=1).tolist()
        return [way[: length + 1] for way, length in zip(squares, left.tolist(), strict=True)]

    def clear(self, lines: Sequence[tuple[Spot, Spot]]) -> list[bool]:
        """Whether one can walk straight from one to the other, for many at once."""
        if self._bare or not lines:
            return [True] * len(lines)
        ends = np.array(lines)
        x, y = ends[:, 0, 0], ends[:, 0, 1]
        across, down = ends[:, 1, 0] - x, ends[:, 1, 1] - y
        steps = np.maximum(1, np.ceil(np.sqrt(across * across + down * down) / _SIGHT_M)).astype(np.intp)
        line = np.repeat(np.arange(len(lines)), steps + 1)
        first = np.cumsum(steps + 1) - (steps + 1)
        step = np.arange(len(line)) - first[line]
        passed = self._squares(x[line] + across[line] * step / steps[line], y[line] + down[line] * step / steps[line])
        return [bool(free) for free in np.logical_and.reduceat(self._free[passed], first)]

    def _squares(self, x: Metres, y: Metres) -> Squares:
        column = np.floor(x / _SQUARE_M).astype(np.intp) - self._first[0]
        row = np.floor(y / _SQUARE_M).astype(np.intp) - self._first[1]
        columns, rows = self._shape
        return np.asarray(column.clip(0, columns - 1) * rows + row.clip(0, rows - 1))

    def _without_border(self, free: NDArray[np.bool_]) -> NDArray[np.bool_]:
        inner = np.zeros(self._shape, dtype=bool)
        inner[1:-1, 1:-1] = free.reshape(self._shape)[1:-1, 1:-1]
        return inner.ravel()

    def _opening(self, across: int, down: int) -> NDArray[np.bool_]:
        """From which squares one may go this way; across a corner only where both squares beside the way are free."""
        free = self._free.reshape(self._shape)
        beside = [np.roll(free, (-one, -other), (0, 1)) for one, other in ((across, down), (across, 0), (0, down))]
        return np.asarray((free & beside[0] & beside[1] & beside[2]).ravel())


def _bounds(floor_: Floor, plan: FloorPlan) -> tuple[float, float, float, float]:
    size = plan.layout.floor
    if size is not None:
        return 0.0, 0.0, size.width, size.height
    middles = [floor_.middle_of(zone) for zone in floor_.zones]
    xs, ys = [x for x, _ in middles], [y for _, y in middles]
    return min(xs) - _AROUND_M, min(ys) - _AROUND_M, max(xs) + _AROUND_M, max(ys) + _AROUND_M


def _beside_shelf(shelf: Shelf, x: Metres, y: Metres) -> NDArray[np.bool_]:
    (ax, ay), (bx, by) = shelf.box
    in_width = (min(ax, bx) - _ROOM_M <= x) & (x <= max(ax, bx) + _ROOM_M)
    return np.asarray(in_width & (min(ay, by) - _ROOM_M <= y) & (y <= max(ay, by) + _ROOM_M))


def _beside_wall(wall: Wall, x: Metres, y: Metres) -> NDArray[np.bool_]:
    (ax, ay), (bx, by) = wall.line
    along, down = bx - ax, by - ay
    square = along * along + down * down
    share = ((x - ax) * along + (y - ay) * down) / square if square else np.zeros_like(x)
    share = np.minimum(1.0, np.maximum(0.0, share))
    from_x, from_y = x - (ax + share * along), y - (ay + share * down)
    return np.asarray(from_x * from_x + from_y * from_y <= _ROOM_M * _ROOM_M)
