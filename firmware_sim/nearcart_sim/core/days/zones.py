"""In which zone places are, for many places at once."""

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.store_file import Layout

Places = NDArray[np.float64]


class ZoneLookup:
    """Zones of a layout by number: the first polygon that holds the place, else the nearest scanner's zone."""

    def __init__(self, layout: Layout) -> None:
        self.names = layout.zone_names
        self._polygons = [
            (self.names.index(name), np.array(zone.polygon)) for name, zone in layout.zones.items() if zone.polygon
        ]
        scanners = layout.scanners.values()
        self._scanner_x = np.array([scanner.x for scanner in scanners])
        self._scanner_y = np.array([scanner.y for scanner in scanners])
        self._scanner_zone = np.array([self.names.index(scanner.zone) for scanner in scanners])

    def zones(self, x: Places, y: Places) -> NDArray[np.intp]:
        """Numbers into ``names``."""
        found = np.full(len(x), -1, dtype=np.intp)
        for number, polygon in reversed(self._polygons):
            found[_contains(polygon, x, y)] = number
        lost = np.flatnonzero(found < 0)
        if len(lost):
            squares = (x[lost, None] - self._scanner_x) ** 2 + (y[lost, None] - self._scanner_y) ** 2
            found[lost] = self._scanner_zone[squares.argmin(axis=1)]
        return found


def _contains(polygon: NDArray[np.float64], x: Places, y: Places) -> NDArray[np.bool_]:
    """Even-odd rule."""
    inside = np.zeros(len(x), dtype=bool)
    for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y1 == y2:
            continue
        inside ^= ((y1 > y) != (y2 > y)) & (x < x1 + (y - y1) * (x2 - x1) / (y2 - y1))
    return inside
