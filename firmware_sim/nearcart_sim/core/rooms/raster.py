"""Places in columns and rows, and how they lie between the knots of lattices: worked out once for all scanners of a floor."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]
Knots = NDArray[np.int64]


def knot(column: NDArray[np.int64], row: NDArray[np.int64]) -> Knots:
    """The number of a lattice's knot."""
    return np.asarray((column + (1 << 20)) << 24 | (row + (1 << 20)))


@dataclass(frozen=True, slots=True)
class Side:
    """Columns or rows between the knots before and after them: which knot is before, and what the two weigh."""

    before: NDArray[np.intp]
    weights: tuple[Column, Column]


@dataclass(frozen=True, slots=True)
class Mesh:
    """A raster over the knots of one lattice, which are ``knots``: rows of columns. ``width``: of the field at each place, as it comes out of
    weighing alone."""

    knots: Knots
    across: Side
    down: Side
    width: NDArray[np.float64]


class Raster:
    """Columns at ``x`` and rows at ``y``, metres."""

    def __init__(self, x: Column, y: Column) -> None:
        self.x = np.tile(x, len(y))
        """Of each place, row by row."""
        self.y = np.repeat(y, len(x))
        self._columns, self._rows = x, y
        self._meshes: dict[float, Mesh] = {}

    def mesh(self, spacing: float) -> Mesh:
        """Over a lattice whose knots are so many metres apart."""
        if spacing not in self._meshes:
            self._meshes[spacing] = self._laid(spacing)
        return self._meshes[spacing]

    def _laid(self, spacing: float) -> Mesh:
        (columns, across), (rows, down) = _side(self._columns / spacing), _side(self._rows / spacing)
        squares = np.zeros((len(self._rows), len(self._columns)))
        for horizontal in across.weights:
            for vertical in down.weights:
                weight = horizontal * vertical[:, None]
                squares += weight * weight
        return Mesh(knot(columns, rows[:, None]), across, down, np.sqrt(squares))


def _side(places: Column) -> tuple[NDArray[np.int64], Side]:
    """All knots that they lie between, and how."""
    before = np.floor(places)
    share, number = places - before, before.astype(np.int64)
    first = int(number.min())
    return np.arange(first, int(number.max()) + 2), Side((number - first).astype(np.intp), (1 - share, share))
