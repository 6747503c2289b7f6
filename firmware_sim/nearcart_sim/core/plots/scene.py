"""What there is to draw: the floor, where people were, and what scanners heard of one of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nearcart_contract.store_file import Layout
from nearcart_sim.core.rooms.obstacles import Shelf, Wall

Place = tuple[float, float, float]
"""Seconds since the beginning, x and y in metres."""
Packet = tuple[float, str, int]
"""Seconds since the beginning, scanner, dBm."""


@dataclass(frozen=True, slots=True)
class Scene:
    """``name``: what it is of. ``tracks``: places of each person, each half second; ``packets``: of those whose packets were kept."""

    name: str
    layout: Layout
    walls: tuple[Wall, ...]
    shelves: tuple[Shelf, ...]
    tracks: Mapping[str, list[Place]]
    packets: Mapping[str, list[Packet]]

    @property
    def seconds(self) -> float:
        """Up to the last place of anybody."""
        return max((track[-1][0] for track in self.tracks.values() if track), default=0.0)

    @property
    def length(self) -> str:
        """The same in words."""
        return f"{self.seconds / 60:.0f} minutes" if self.seconds >= 120 else f"{self.seconds:.0f} seconds"

    def only(self, who: str) -> "Scene":
        """The same floor with one person. Raises ``KeyError``."""
        return replace(self, tracks={who: self.tracks[who]})

    def extent(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom in metres: the floor, or what is on it."""
        if self.layout.floor is not None:
            return 0.0, 0.0, self.layout.floor.width, self.layout.floor.height
        corners = [corner for zone in self.layout.zones.values() for corner in zone.polygon or ()]
        corners += [(scanner.x, scanner.y) for scanner in self.layout.scanners.values()]
        corners += [(x, y) for track in self.tracks.values() for _, x, y in track]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return min(xs) - 1, min(ys) - 1, max(xs) + 1, max(ys) + 1
