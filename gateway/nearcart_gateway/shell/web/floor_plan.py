"""From a store file to the floor that the page draws: zones as polygons, and where each one's name has room."""

from collections.abc import Iterable
from typing import NamedTuple

from nearcart_contract.store_file import Layout, Scanner, Store
from nearcart_gateway.shell.web.views import FloorView, Point, ScannerView, ZoneView

MARGIN_M = 2.0
"""Around the outermost scanner or corner where the store file gives no floor."""

LABEL_INSET_M = 0.3
"""Between a zone's edge and its name."""

_LABEL_LINES = (0.0, 0.15, 0.3, 0.45)
"""How far down a zone, as a share of its height, a line with room for the name is looked for."""


class Rectangle(NamedTuple):
    """Metres, y down."""

    left: float
    top: float
    width: float
    height: float

    def corners(self) -> tuple[Point, ...]:
        """Clockwise on the page."""
        right, bottom = self.left + self.width, self.top + self.height
        return ((self.left, self.top), (right, self.top), (right, bottom), (self.left, bottom))


def floor_view(store: Store) -> FloorView:
    """The floor of a store file. A zone without a polygon is drawn as where its scanners are the nearest."""
    floor = floor_rectangle(store)
    return FloorView(
        store=store.store,
        name=store.name,
        time_zone=store.time_zone,
        left=floor.left,
        top=floor.top,
        width=floor.width,
        height=floor.height,
        zones=tuple(_zone(store, zone, floor) for zone in store.zone_names),
        scanners=tuple(
            ScannerView(name, scanner.x, scanner.y, scanner.z, scanner.zone, scanner.edge or name)
            for name, scanner in store.scanners.items()
        ),
    )


def floor_rectangle(layout: Layout) -> Rectangle:
    """The floor as the file gives it, or else around everything that stands in the file."""
    if layout.floor is not None:
        return Rectangle(0.0, 0.0, layout.floor.width, layout.floor.height)
    corners = [point for zone in layout.zones.values() for point in zone.polygon or ()]
    points = [*corners, *((scanner.x, scanner.y) for scanner in layout.scanners.values())]
    left, top = min(x for x, _ in points) - MARGIN_M, min(y for _, y in points) - MARGIN_M
    right, bottom = max(x for x, _ in points) + MARGIN_M, max(y for _, y in points) + MARGIN_M
    return Rectangle(left, top, right - left, bottom - top)


def nearest_region(scanner: Scanner, others: Iterable[Scanner], floor: Rectangle) -> tuple[Point, ...]:
    """The part of the floor that is nearer to this scanner than to any other (its Voronoi cell); empty where it has none."""
    region = floor.corners()
    for other in others:
        if (other.x, other.y) != (scanner.x, scanner.y):
            region = _nearer_half(region, scanner, other)
    return region


def label_room(shape: tuple[Point, ...]) -> tuple[Point, float]:
    """Where a name may start at the top of a polygon, and how many metres wide it may be there."""
    top, bottom = min(y for _, y in shape), max(y for _, y in shape)
    spans = []
    for share in _LABEL_LINES:
        y = top + LABEL_INSET_M + share * (bottom - top)
        spans += [(right - left, left, y) for left, right in _inside(shape, y + LABEL_INSET_M)]
    if not spans:
        left = min(x for x, _ in shape)
        return (left, top), max(x for x, _ in shape) - left
    widest = max(width for width, _, _ in spans)
    width, left, y = next(span for span in spans if span[0] >= 0.7 * widest)
    return (left + LABEL_INSET_M, y), max(width - 2 * LABEL_INSET_M, 0.0)


def _zone(layout: Layout, zone: str, floor: Rectangle) -> ZoneView:
    written = layout.zones.get(zone)
    if written is not None and written.polygon:
        shapes: tuple[tuple[Point, ...], ...] = (written.polygon,)
    else:
        shapes = tuple(shape for shape in _regions(layout, zone, floor) if shape)
    largest = max(shapes, key=_area, default=floor.corners())
    label, width = label_room(largest)
    return ZoneView(zone, (written and written.name) or zone, shapes, label, width)


def _regions(layout: Layout, zone: str, floor: Rectangle) -> Iterable[tuple[Point, ...]]:
    scanners = layout.scanners.values()
    return (nearest_region(scanner, scanners, floor) for scanner in scanners if scanner.zone == zone)


def _nearer_half(shape: tuple[Point, ...], scanner: Scanner, other: Scanner) -> tuple[Point, ...]:
    """Cut a convex polygon along the line halfway between two scanners (Sutherland-Hodgman, one edge)."""
    dx, dy = other.x - scanner.x, other.y - scanner.y
    middle = dx * (scanner.x + other.x) / 2 + dy * (scanner.y + other.y) / 2

    def beyond(point: Point) -> float:
        return dx * point[0] + dy * point[1] - middle

    kept: list[Point] = []
    for before, after in zip((*shape[-1:], *shape[:-1]), shape, strict=True):
        a, b = beyond(before), beyond(after)
        if (a <= 0) != (b <= 0):
            share = a / (a - b)
            kept.append((before[0] + share * (after[0] - before[0]), before[1] + share * (after[1] - before[1])))
        if b <= 0:
            kept.append(after)
    return tuple(kept)


def _inside(shape: tuple[Point, ...], y: float) -> list[tuple[float, float]]:
    """The stretches of a horizontal line that lie inside a polygon, left to right (even-odd rule)."""
    crossings = []
    for (x1, y1), (x2, y2) in zip(shape, (*shape[1:], shape[0]), strict=True):
        if (y1 <= y) != (y2 <= y):
            crossings.append(x1 + (y - y1) / (y2 - y1) * (x2 - x1))
    crossings.sort()
    return list(zip(crossings[::2], crossings[1::2], strict=True))


def _area(shape: tuple[Point, ...]) -> float:
    """Shoelace formula, square metres."""
    pairs = zip(shape, (*shape[1:], *shape[:1]), strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2
