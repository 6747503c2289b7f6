"""One walk over a floor plan: in by the door, from stop to stop around what stands in the way, browsing, and out again."""

from collections.abc import Sequence
from math import dist

from nearcart_sim.core.days.ways import DOOR, Ways
from nearcart_sim.core.floor import Spot
from nearcart_sim.core.randomness import RandomStream
from nearcart_sim.core.route import WALKING_PACE, Stop, Waypoint

_SLOWEST_PACE = 0.6
_BROWSING_PACE = 0.5
_BROWSING_S = (4.0, 20.0)
"""She looks at a shelf for so long, then goes a few steps on."""


def walk(ways: Ways, stops: Sequence[Stop], entered_at: float, stream: RandomStream) -> tuple[Waypoint, ...]:
    """Where she is when, in seconds. Raises ``KeyError`` for a zone that is not on the floor."""
    pace = max(_SLOWEST_PACE, stream.gauss(*WALKING_PACE))
    points = [Waypoint(entered_at, ways.gate(DOOR))]
    zone = DOOR
    for stop in stops:
        _go(points, ways.path(zone, stop.zone), pace)
        _browse(points, ways, stop, stream)
        zone = stop.zone
        _go(points, (ways.gate(zone),), _BROWSING_PACE)
    _go(points, ways.path(zone, DOOR), pace)
    return tuple(points)


def _go(points: list[Waypoint], turns: Sequence[Spot], pace: float) -> None:
    for spot in turns:
        here = points[-1]
        distance = dist(here.spot, spot)
        if distance > 0:
            points.append(Waypoint(here.at + distance / pace, spot))


def _browse(points: list[Waypoint], ways: Ways, stop: Stop, stream: RandomStream) -> None:
    """From one standing place to the next, by the gate where nothing nearer is sure to be free, until the stay is over."""
    spots = ways.spots[stop.zone]
    gate = ways.gate(stop.zone)
    ends = points[-1].at + stop.stay_s
    last: int | None = None
    while points[-1].at < ends:
        to = stream.randrange(len(spots))
        turns = (spots[to],) if last is None or ways.in_sight(stop.zone, last, to) else (gate, spots[to])
        _go(points, turns, _BROWSING_PACE)
        last = to
        stay = stream.uniform(*_BROWSING_S)
        here = points[-1]
        points.append(Waypoint(min(here.at + stay, max(ends, here.at + 1.0)), here.spot))
