"""How people get around: from any zone to any other past walls and shelves, and where they stand in a zone.

Half-metre squares that are free; the shortest way over them, pulled straight wherever nothing stands between. Everybody goes by the *gate* of a
zone, a free place near its middle, from where there is a way to each of its standing places.
"""

from collections import deque
from collections.abc import Iterator
from math import ceil, dist, floor

from nearcart_sim.core.chance import CounterStream, key_of
from nearcart_sim.core.days.floor_plan import FloorPlan
from nearcart_sim.core.floor import Floor, Spot
from nearcart_sim.core.rooms.obstacles import Shelf, Wall

DOOR = "door"
"""Stands for the way out where a zone is meant; no zone may be called so without being it."""

_CELL_M = 0.5
_ROOM_M = 0.25
"""People keep this far from shelves and walls."""
_SPOTS = 32
_TRIES = 400
_SIGHT_M = 0.2
_NEIGHBOURS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))

_Cell = tuple[int, int]


class Ways:
    """Of one floor plan. The same seed gives the same standing places."""

    def __init__(self, plan: FloorPlan, seed: int) -> None:
        self.floor = Floor(plan.layout)
        self._plan = plan
        self._seed = seed
        self._bounds = _bounds(self.floor, plan)
        self._free = frozenset(cell for cell in self._all_cells() if self._is_free(cell))
        self._beside = {cell: tuple(self._around(cell)) for cell in self._free}
        self._door = self._nearest_free(self.floor.door, None)
        self._reachable = self._distances(self._door)
        self._gates = {
            zone: self._nearest_free(self.floor.middle_of(zone), self._reachable) for zone in self.floor.zones
        }
        self._gates[DOOR] = self._door
        self.spots = {zone: tuple(self._standing_places(zone)) for zone in self.floor.zones}
        self._paths: dict[tuple[str, str], tuple[Spot, ...]] = {}
        self._reaches: dict[tuple[str, int], tuple[Spot, ...]] = {}
        self._steps_to: dict[str, dict[_Cell, int]] = {}
        self._between: dict[tuple[str, int, int], bool] = {}

    def gate(self, zone: str) -> Spot:
        """Where one goes in and out of it. The door's is the door itself."""
        return self.floor.door if zone == DOOR else _middle(self._gates[zone])

    def path(self, start: str, to: str) -> tuple[Spot, ...]:
        """The turning points from one zone's gate to another's, both included."""
        if (start, to) not in self._paths:
            self._paths[start, to] = self._found(start, to)
        return self._paths[start, to]

    def clear(self, one: Spot, other: Spot) -> bool:
        """Whether one can walk straight from one to the other."""
        if not self._plan.shelves and not self._plan.walls:
            return True
        steps = max(1, ceil(dist(one, other) / _SIGHT_M))
        return all(
            _cell((one[0] + (other[0] - one[0]) * n / steps, one[1] + (other[1] - one[1]) * n / steps)) in self._free
            for n in range(steps + 1)
        )

    def reach(self, zone: str, spot: int) -> tuple[Spot, ...]:
        """The turning points from a zone's gate to one of its standing places: without the gate, with the place."""
        if (zone, spot) not in self._reaches:
            place = self.spots[zone][spot]
            straight = self.clear(self.gate(zone), place)
            self._reaches[zone, spot] = (place,) if straight else self._around_to(zone, place)
        return self._reaches[zone, spot]

    def between(self, zone: str, one: int | None, other: int) -> tuple[Spot, ...]:
        """From one standing place to another: straight, or by the gate. ``None``: from the gate."""
        if one is None:
            return self.reach(zone, other)
        if self._in_sight(zone, one, other):
            return (self.spots[zone][other],)
        return (*self.reach(zone, one)[-2::-1], self.gate(zone), *self.reach(zone, other))

    def _in_sight(self, zone: str, one: int, other: int) -> bool:
        pair = (zone, min(one, other), max(one, other))
        if pair not in self._between:
            self._between[pair] = self.clear(self.spots[zone][pair[1]], self.spots[zone][pair[2]])
        return self._between[pair]

    def _around_to(self, zone: str, place: Spot) -> tuple[Spot, ...]:
        """From the gate around what stands in the way."""
        cells = [*self._cells(_cell(place), zone)][::-1]
        places = [self.gate(zone), *(_middle(cell) for cell in cells[1:]), place]
        return tuple(self._pulled_straight(places))[1:]

    def _found(self, start: str, to: str) -> tuple[Spot, ...]:
        if start == to:
            return (self.gate(start),)
        if start > to:  # one way for both directions, whoever asks first
            return self.path(to, start)[::-1]
        cells = [*self._cells(self._gates[start], to)]
        places = [self.gate(start), *(_middle(cell) for cell in cells[1:-1]), self.gate(to)]
        return tuple(self._pulled_straight(places))

    def _cells(self, start: _Cell, to: str) -> Iterator[_Cell]:
        """The squares of the shortest way to a zone's gate, both ends included."""
        if to not in self._steps_to:
            self._steps_to[to] = self._distances(self._gates[to])
        distances, cell = self._steps_to[to], start
        yield cell
        while cell != self._gates[to]:
            cell = min(self._beside[cell], key=lambda near: distances.get(near, 1 << 30))
            yield cell

    def _pulled_straight(self, places: list[Spot]) -> Iterator[Spot]:
        """Of these places only those where one has to turn."""
        at = 0
        yield places[0]
        while at < len(places) - 1:
            at = self._furthest_in_sight(places, at)
            yield places[at]

    def _furthest_in_sight(self, places: list[Spot], at: int) -> int:
        """By doubling, then halving: what is in sight is taken to stay so up to the first place that is not."""
        step = 1
        while at + 2 * step < len(places) and self.clear(places[at], places[at + 2 * step]):
            step *= 2
        near, far = at + step, min(at + 2 * step, len(places))
        while far - near > 1:
            between = (near + far) // 2
            near, far = (between, far) if self.clear(places[at], places[between]) else (near, between)
        return near

    def _standing_places(self, zone: str) -> Iterator[Spot]:
        stream, found = CounterStream(key_of(self._seed, "spots", zone)), 0
        for _ in range(_TRIES):
            spot = self.floor.spot_in(zone, stream)
            if _cell(spot) in self._reachable:
                found += 1
                yield spot
            if found == _SPOTS:
                return
        if not found:
            yield self.gate(zone)

    def _distances(self, to: _Cell) -> dict[_Cell, int]:
        """Steps from every reachable square."""
        distances, waiting = {to: 0}, deque([to])
        while waiting:
            cell = waiting.popleft()
            for near in self._beside[cell]:
                if near not in distances:
                    distances[near] = distances[cell] + 1
                    waiting.append(near)
        return distances

    def _around(self, cell: _Cell) -> Iterator[_Cell]:
        """Free squares beside it; across a corner only where both squares beside the way are free."""
        x, y = cell
        for across, down in _NEIGHBOURS:
            if {(x + across, y + down), (x + across, y), (x, y + down)} <= self._free:
                yield (x + across, y + down)

    def _nearest_free(self, spot: Spot, among: dict[_Cell, int] | None) -> _Cell:
        allowed = sorted(self._free if among is None else among)
        return min(allowed, key=lambda cell: dist(_middle(cell), spot))

    def _all_cells(self) -> Iterator[_Cell]:
        left, top, right, bottom = self._bounds
        for x in range(floor(left / _CELL_M), ceil(right / _CELL_M)):
            for y in range(floor(top / _CELL_M), ceil(bottom / _CELL_M)):
                yield (x, y)

    def _is_free(self, cell: _Cell) -> bool:
        x, y = _middle(cell)
        left, top, right, bottom = self._bounds
        return (
            left <= x <= right
            and top <= y <= bottom
            and not any(_beside_shelf(shelf, x, y) for shelf in self._plan.shelves)
            and not any(_beside_wall(wall, x, y) for wall in self._plan.walls)
        )


def _bounds(floor_: Floor, plan: FloorPlan) -> tuple[float, float, float, float]:
    size = plan.layout.floor
    if size is not None:
        return 0.0, 0.0, size.width, size.height
    middles = [floor_.middle_of(zone) for zone in floor_.zones]
    xs, ys = [x for x, _ in middles], [y for _, y in middles]
    return min(xs) - 2, min(ys) - 2, max(xs) + 2, max(ys) + 2


def _cell(spot: Spot) -> _Cell:
    return floor(spot[0] / _CELL_M), floor(spot[1] / _CELL_M)


def _middle(cell: _Cell) -> Spot:
    return (cell[0] + 0.5) * _CELL_M, (cell[1] + 0.5) * _CELL_M


def _beside_shelf(shelf: Shelf, x: float, y: float) -> bool:
    (ax, ay), (bx, by) = shelf.box
    return min(ax, bx) - _ROOM_M <= x <= max(ax, bx) + _ROOM_M and min(ay, by) - _ROOM_M <= y <= max(ay, by) + _ROOM_M


def _beside_wall(wall: Wall, x: float, y: float) -> bool:
    (ax, ay), (bx, by) = wall.line
    along, down = bx - ax, by - ay
    square = along * along + down * down
    share = ((x - ax) * along + (y - ay) * down) / square if square else 0.0
    share = min(1.0, max(0.0, share))
    return dist((x, y), (ax + share * along, ay + share * down)) <= _ROOM_M
