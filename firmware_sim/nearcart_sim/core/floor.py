"""The floor plan as a shopper sees it: zones to stand in and a door to come and go by."""

from math import dist, sqrt

from nearcart_contract.store_file import Layout
from nearcart_sim.core.randomness import RandomStream

Spot = tuple[float, float]
"""x and y in metres."""

ENTRANCE = "entrance"
"""The zone of this name has the door; else the first zone has it."""

_REACH_M = 1.5
"""How far from its scanner people stand in a zone that has no polygon."""
_TRIES = 64


class Floor:
    """Zones of a layout, with or without polygons."""

    def __init__(self, layout: Layout) -> None:
        self._polygons = {name: zone.polygon for name, zone in layout.zones.items() if zone.polygon}
        self._scanners = {name: (scanner.x, scanner.y) for name, scanner in layout.scanners.items()}
        self._zone_of = {name: scanner.zone for name, scanner in layout.scanners.items()}
        self.zones = layout.zone_names
        self.entrance = ENTRANCE if ENTRANCE in self.zones else self.zones[0]
        self.door = self._door(layout)

    def zone_at(self, spot: Spot) -> str | None:
        """The first zone whose polygon holds the spot; the nearest scanner's where no zone has a polygon."""
        for name, polygon in self._polygons.items():
            if contains(polygon, spot):
                return name
        if self._polygons:
            return None
        nearest = min(self._scanners, key=lambda name: dist(self._scanners[name], spot))
        return self._zone_of[nearest]

    def spot_in(self, zone: str, stream: RandomStream) -> Spot:
        """Somewhere in a zone, rather near its middle. Raises ``KeyError`` for a zone that is not there."""
        middle = self.middle_of(zone)
        polygon = self._polygons.get(zone)
        if polygon is None:
            return (middle[0] + stream.uniform(-_REACH_M, _REACH_M), middle[1] + stream.uniform(-_REACH_M, _REACH_M))
        wide = max(x for x, _ in polygon) - min(x for x, _ in polygon)
        high = max(y for _, y in polygon) - min(y for _, y in polygon)
        for _ in range(_TRIES):
            spot = (middle[0] + stream.gauss(0, wide / 6), middle[1] + stream.gauss(0, high / 6))
            if contains(polygon, spot):
                return spot
        return middle

    def middle_of(self, zone: str) -> Spot:
        """Centroid of its polygon, or the middle of its scanners. Raises ``KeyError``."""
        polygon = self._polygons.get(zone)
        if polygon is not None:
            return centroid(polygon)
        scanners = [self._scanners[name] for name, of in self._zone_of.items() if of == zone]
        if not scanners:
            raise KeyError(f"no zone '{zone}' in the layout, which has {', '.join(self.zones)}")
        return (sum(x for x, _ in scanners) / len(scanners), sum(y for _, y in scanners) / len(scanners))

    def _door(self, layout: Layout) -> Spot:
        """The point of the outer wall nearest to the middle of the entrance."""
        x, y = self.middle_of(self.entrance)
        if layout.floor is None:
            return (x, y)
        width, height = layout.floor.width, layout.floor.height
        walls = ((0.0, y), (width, y), (x, 0.0), (x, height))
        return min(walls, key=lambda wall: dist(wall, (x, y)))


def apart(one: Spot, other: Spot) -> float:
    """Metres between them, by operations that every processor and every Python rounds alike."""
    across, down = other[0] - one[0], other[1] - one[1]
    return sqrt(across * across + down * down)


def contains(polygon: tuple[Spot, ...], spot: Spot) -> bool:
    """Even-odd rule: whether a ray to the right crosses the outline an odd number of times."""
    x, y = spot
    inside = False
    for (x1, y1), (x2, y2) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside


def centroid(polygon: tuple[Spot, ...]) -> Spot:
    """Of the area; of the corners where the area is nothing."""
    area = cx = cy = 0.0
    for (x1, y1), (x2, y2) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        cross = x1 * y2 - x2 * y1
        area += cross / 2
        cx += (x1 + x2) * cross / 6
        cy += (y1 + y2) * cross / 6
    if abs(area) < 1e-9:
        return (sum(x for x, _ in polygon) / len(polygon), sum(y for _, y in polygon) / len(polygon))
    return (cx / area, cy / area)
