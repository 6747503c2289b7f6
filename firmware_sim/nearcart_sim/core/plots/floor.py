"""The floor plan as a drawing: zones, walls, shelves and scanners, and where metres are on the page."""

from collections.abc import Iterator

from nearcart_sim.core.plots import svg
from nearcart_sim.core.plots.scene import Scene

_MOST_HEIGHT = 760
_SCANNERS_WITH_NAMES = 24


class Plan:
    """Metres to pixels of one scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.left, self.top, right, bottom = scene.extent()
        wide = svg.WIDTH - 2 * svg.MARGIN
        self.scale = min(wide / (right - self.left), _MOST_HEIGHT / (bottom - self.top))
        self.bottom = svg.TOP + (bottom - self.top) * self.scale
        self.right = svg.MARGIN + (right - self.left) * self.scale

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a place is on the page."""
        return svg.MARGIN + (x - self.left) * self.scale, svg.TOP + (y - self.top) * self.scale

    def ground(self) -> Iterator[str]:
        """Zones; to be drawn first."""
        for zone in self._scene.layout.zones.values():
            if zone.polygon:
                yield svg.polygon([self.at(x, y) for x, y in zone.polygon], fill=svg.FILL, stroke=svg.LINE)

    def names(self) -> Iterator[str]:
        """The zones' names."""
        for name, zone in self._scene.layout.zones.items():
            if zone.polygon:
                points = [self.at(x, y) for x, y in zone.polygon]
                x, y = min(points, key=lambda point: point[0] + point[1])
                yield svg.text(x + 8, y + 18, zone.name or name, colour=svg.SOFT, size=14 if self.scale > 20 else 11)

    def furniture(self) -> Iterator[str]:
        """Names of zones, shelves, walls and scanners; to be drawn over the rest."""
        yield from self.names()
        for shelf in self._scene.shelves:
            (ax, ay), (bx, by) = (self.at(*corner) for corner in shelf.box)
            yield svg.rect(min(ax, bx), min(ay, by), abs(bx - ax), abs(by - ay), fill="#d7dade", stroke="#9aa1a9")
        for wall in self._scene.walls:
            (ax, ay), (bx, by) = (self.at(*corner) for corner in wall.line)
            yield svg.line(ax, ay, bx, by, colour=svg.INK, width=4)
        scanners = self._scene.layout.scanners
        for name, scanner in scanners.items():
            x, y = self.at(scanner.x, scanner.y)
            yield _diamond(x, y)
            if len(scanners) <= _SCANNERS_WITH_NAMES:
                yield svg.text(x + 9, y + 4, name, size=11)

    def ruler(self) -> Iterator[str]:
        """How long some metres are."""
        metres = 5 if self.scale * 5 < 300 else 1
        y = self.bottom + 26
        yield svg.line(svg.MARGIN, y, svg.MARGIN + metres * self.scale, y, colour=svg.INK, width=2)
        yield svg.text(svg.MARGIN + metres * self.scale + 8, y + 5, f"{metres} m", colour=svg.SOFT)
        x = svg.MARGIN + metres * self.scale + 80
        yield _diamond(x, y)
        yield svg.text(x + 14, y + 5, "scanner", colour=svg.SOFT)


def _diamond(x: float, y: float) -> str:
    return svg.polygon([(x, y - 6), (x + 6, y), (x, y + 6), (x - 6, y)], fill=svg.INK, stroke=svg.PAPER)
