"""Which cells people hardly ever enter: shelves, and the cells that walls run through."""

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.store_file import Layout, Point, Shelf
from nearcart_gateway.core.location.floor_grid import FloorGrid

ENTERED = 0.02
"""Chance that a step into such a cell is made after all: plans are coarse, shelves are moved, and cells are half a metre."""

ALONG = 8
"""A wall is looked at this many times in each cell that it runs through."""


def open_floor(layout: Layout, grid: FloorGrid) -> NDArray[np.float32] | None:
    """The chance that a step into each cell (columns, rows) is made; ``None`` where nothing stands in the way."""
    if not layout.walls and not layout.shelves:
        return None
    chance = np.ones(grid.cells, dtype=np.float32)
    for shelf in layout.shelves:
        chance[_under(shelf, grid)] = ENTERED
    for wall in layout.walls:
        chance[_through(grid, *wall.line)] = ENTERED
    return chance.reshape(grid.columns, grid.rows)


def _under(shelf: Shelf, grid: FloorGrid) -> NDArray[np.intp]:
    """Cells whose centre lies in the box; of one that is too narrow for any, those along its middle."""
    low, high = np.min(shelf.box, axis=0), np.max(shelf.box, axis=0)
    inside = np.flatnonzero(((grid.centres >= low) & (grid.centres <= high)).all(axis=1))
    if len(inside):
        return np.asarray(inside)
    middle = (low + high) / 2
    ends = ((low[0], middle[1]), (high[0], middle[1])) if high[0] - low[0] > high[1] - low[1] else None
    start, end = ends or ((middle[0], low[1]), (middle[0], high[1]))
    return _through(grid, start, end)


def _through(grid: FloorGrid, start: Point, end: Point) -> NDArray[np.intp]:
    """Cells that a straight line runs through."""
    one, other = np.array(start), np.array(end)
    count = int(np.ceil(np.hypot(*(other - one)) / grid.cell * ALONG)) + 1
    places = one + np.linspace(0, 1, count)[:, None] * (other - one)
    column, row = np.floor((places - (grid.centres[0] - grid.cell / 2)) / grid.cell + 1e-9).astype(np.intp).T
    there = (column >= 0) & (column < grid.columns) & (row >= 0) & (row < grid.rows)
    return np.unique(column[there] * grid.rows + row[there])
