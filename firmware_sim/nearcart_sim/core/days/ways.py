"""How people get around: from any zone to any other past walls and shelves, and where they stand in a zone.

Half-metre squares that are free; the shortest way over them, pulled straight wherever nothing stands between. Everybody goes by the *gate* of a
zone, a free place near its middle, from where there is a way to each of its standing places. Ways are worked out many at once, when the first of
them is asked for.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from nearcart_sim.core.chance import CounterStream, key_of
from nearcart_sim.core.days.floor_plan import FloorPlan
from nearcart_sim.core.days.ground import FAR, Ground
from nearcart_sim.core.days.pulling import pulled_straight
from nearcart_sim.core.floor import Floor, Spot, apart

DOOR = "door"
"""Stands for the way out where a zone is meant; no zone may be called so without being it."""

_SPOTS = 32
_TRIES = 400
_TOGETHER = 64
"""So many zones have their ways worked out at once."""

Turns = tuple[Spot, ...]


class Ways:
    """Of one floor plan. The same seed gives the same standing places."""

    def __init__(self, plan: FloorPlan, seed: int) -> None:
        self.floor = Floor(plan.layout)
        self._seed = seed
        self._ground = ground = Ground(self.floor, plan)
        door = ground.nearest_free(self.floor.door)
        self._reachable = ground.steps_to([door])[0] < FAR
        gates = {zone: ground.nearest_free(self.floor.middle_of(zone), self._reachable) for zone in self.floor.zones}
        self._gates = {**gates, DOOR: door}
        self._numbers = {zone: number for number, zone in enumerate(sorted(self._gates))}
        self.spots = {zone: tuple(self._standing_places(zone)) for zone in self.floor.zones}
        self._steps: dict[int, NDArray[np.int32]] = {}
        self._paths: dict[tuple[str, str], Turns] = {}
        self._lengths: dict[tuple[str, str], float] = {}
        self._reaches: dict[str, tuple[Turns, ...]] = {}
        self._in_sight: dict[str, frozenset[tuple[int, int]]] = {}

    def gate(self, zone: str) -> Spot:
        """Where one goes in and out of it. The door's is the door itself."""
        return self.floor.door if zone == DOOR else self._ground.middle(self._gates[zone])

    def path(self, start: str, to: str) -> Turns:
        """The turning points from one zone's gate to another's, both included: the same in both directions."""
        if (start, to) not in self._paths:
            self._find(min(start, to), max(start, to))
        return self._paths[start, to]

    def length(self, start: str, to: str) -> float:
        """Metres of that path."""
        if (start, to) not in self._lengths:
            self._lengths[start, to] = length(self.path(start, to))
        return self._lengths[start, to]

    def clear(self, one: Spot, other: Spot) -> bool:
        """Whether one can walk straight from one to the other."""
        return self._ground.clear([(one, other)])[0]

    def reach(self, zone: str, spot: int) -> Turns:
        """The turning points from a zone's gate to one of its standing places: without the gate, with the place."""
        if zone not in self._reaches:
            self._reaches[zone] = tuple(self._reached(zone))
        return self._reaches[zone][spot]

    def between(self, zone: str, one: int | None, other: int) -> Turns:
        """From one standing place to another: straight, or by the gate. ``None``: from the gate."""
        if one is None:
            return self.reach(zone, other)
        if zone not in self._in_sight:
            self._in_sight[zone] = frozenset(self._seen(zone))
        if one == other or (min(one, other), max(one, other)) in self._in_sight[zone]:
            return (self.spots[zone][other],)
        return (*self.reach(zone, one)[-2::-1], self.gate(zone), *self.reach(zone, other))

    def _find(self, one: str, other: str) -> None:
        """The paths between all gates, or only between these two where there are very many."""
        if one == other:
            self._paths[one, one] = (self.gate(one),)
            return
        few = len(self._numbers) <= _TOGETHER
        pairs = list(combinations(self._numbers, 2)) if few else [(one, other)]
        steps = self._steps_near(other)
        rows = np.array([self._numbers[to] % _TOGETHER for _, to in pairs])
        found = self._ground.ways(np.array([self._gates[start] for start, _ in pairs]), rows, steps)
        places = [
            [self.gate(start), *map(self._ground.middle, squares[1:-1]), self.gate(to)]
            for (start, to), squares in zip(pairs, found, strict=True)
        ]
        for (start, to), turns in zip(pairs, pulled_straight(places, self._ground.clear), strict=True):
            self._paths[start, to], self._paths[to, start] = turns, turns[::-1]

    def _reached(self, zone: str) -> Iterator[Turns]:
        """The ways from a zone's gate to all its standing places."""
        gate, places = self.gate(zone), self.spots[zone]
        straight = self._ground.clear([(gate, place) for place in places])
        around = iter(self._around(zone, [place for place, clear in zip(places, straight, strict=True) if not clear]))
        return ((place,) if clear else next(around)[1:] for place, clear in zip(places, straight, strict=True))

    def _around(self, zone: str, places: Sequence[Spot]) -> Sequence[Turns]:
        """From the gate around what stands in the way."""
        ground = self._ground
        squares = np.array([ground.square(place) for place in places], dtype=np.intp)
        rows = np.full(len(places), self._numbers[zone] % _TOGETHER)
        found = ground.ways(squares, rows, self._steps_near(zone))
        full = [
            [self.gate(zone), *map(ground.middle, way[-2::-1]), place] for way, place in zip(found, places, strict=True)
        ]
        return pulled_straight(full, ground.clear)

    def _seen(self, zone: str) -> Iterator[tuple[int, int]]:
        """Pairs of standing places with nothing between them."""
        places = self.spots[zone]
        pairs = list(combinations(range(len(places)), 2))
        straight = self._ground.clear([(places[one], places[other]) for one, other in pairs])
        return (pair for pair, clear in zip(pairs, straight, strict=True) if clear)

    def _steps_near(self, zone: str) -> NDArray[np.int32]:
        """Steps to the gate of this zone, in its row, and of those that are worked out with it."""
        first = self._numbers[zone] // _TOGETHER * _TOGETHER
        if first not in self._steps:
            gates = [self._gates[name] for name in list(self._numbers)[first : first + _TOGETHER]]
            self._steps[first] = self._ground.steps_to(gates)
        return self._steps[first]

    def _standing_places(self, zone: str) -> Iterator[Spot]:
        stream, found = CounterStream(key_of(self._seed, "spots", zone)), 0
        for _ in range(_TRIES):
            spot = self.floor.spot_in(zone, stream)
            if self._reachable[self._ground.square(spot)]:
                found += 1
                yield spot
            if found == _SPOTS:
                return
        if not found:
            yield self.gate(zone)


def length(turns: Turns) -> float:
    """Metres; added one after the other, since ``sum`` adds in other ways from one Python to the next."""
    metres = 0.0
    for one, other in pairwise(turns):
        metres += apart(one, other)
    return metres
