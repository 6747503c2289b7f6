"""The floor as a grid of square cells, each of which belongs to one zone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.store_file import Layout, Point

MARGIN_M = 1.0
"""Cells reach this far past the outermost scanner where the layout has no floor."""

MAX_CELLS = 1600
"""The cells grow until there are no more than this: cost and memory of every visitor follow their number."""

SMALLEST_CELL_M = 0.5


@dataclass(frozen=True, slots=True)
class FloorGrid:
    """``columns`` x ``rows`` cells of ``cell`` metres. ``centres`` is (cells, 2) in metres; ``zone_of`` an index a cell."""

    cell: float
    columns: int
    rows: int
    centres: NDArray[np.float64]
    zones: tuple[str, ...]
    zone_of: NDArray[np.intp]

    @property
    def cells(self) -> int:
        return self.columns * self.rows


def grid_of(layout: Layout) -> FloorGrid:
    """The grid of a layout: its floor, or else the rectangle around its scanners."""
    left, top, width, height = _extent(layout)
    cell = SMALLEST_CELL_M
    while np.ceil(width / cell) * np.ceil(height / cell) > MAX_CELLS:
        cell *= 1.1
    columns, rows = max(1, int(np.ceil(width / cell))), max(1, int(np.ceil(height / cell)))
    x, y = left + (np.arange(columns) + 0.5) * cell, top + (np.arange(rows) + 0.5) * cell
    centres = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
    return FloorGrid(cell, columns, rows, centres, layout.zone_names, _zones(layout, centres))


def _extent(layout: Layout) -> tuple[float, float, float, float]:
    """left, top, width and height in metres."""
    if layout.floor is not None:
        return 0.0, 0.0, layout.floor.width, layout.floor.height
    places = np.array([(scanner.x, scanner.y) for scanner in layout.scanners.values()])
    low, high = places.min(axis=0) - MARGIN_M, places.max(axis=0) + MARGIN_M
    return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])


def _zones(layout: Layout, centres: NDArray[np.float64]) -> NDArray[np.intp]:
    """The polygon that a cell's centre lies in; outside all of them the zone of the nearest scanner."""
    index = {zone: number for number, zone in enumerate(layout.zone_names)}
    scanners = list(layout.scanners.values())
    places = np.array([(scanner.x, scanner.y) for scanner in scanners])
    nearest = ((centres[:, None, :] - places[None, :, :]) ** 2).sum(axis=-1).argmin(axis=1)
    found = np.array([index[scanner.zone] for scanner in scanners])[nearest]
    for name, zone in layout.zones.items():
        if zone.polygon is not None:
            found[_inside(zone.polygon, centres)] = index[name]
    return np.asarray(found)


def _inside(polygon: tuple[Point, ...], points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Even-odd rule: a ray to the right crosses the outline an odd number of times."""
    x, y = points[:, 0], points[:, 1]
    inside = np.zeros(len(points), dtype=bool)
    for (x1, y1), (x2, y2) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if y1 != y2:
            crosses = (y1 > y) != (y2 > y)
            inside ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return inside
