"""One walk over a floor plan: in by the door, from stop to stop around what stands in the way, browsing, and out again.

When she is at which zone's gate follows from her stops and her pace alone. What she does between is worked out only where somebody looks: a stop
draws from a stream of its own, so that the rest of the walk is the same whether it was looked at or not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nearcart_sim.core.days.ways import DOOR, Ways, length
from nearcart_sim.core.floor import Spot, apart
from nearcart_sim.core.randomness import RandomStream
from nearcart_sim.core.route import WALKING_PACE, Stop, Waypoint

_SLOWEST_PACE = 0.6
_BROWSING_PACE = 0.5
_BROWSING_S = (4.0, 20.0)
"""She looks at a shelf for so long, then goes a few steps on."""

StopStream = Callable[[int], RandomStream]
"""The stream of a stop, by its number."""


@dataclass(frozen=True, slots=True)
class Itinerary:
    """A walk as it is planned. ``pace`` in m/s; ``lasts_s`` from door to door; ``reaches_s`` when she is at each stop's gate."""

    stops: tuple[Stop, ...]
    pace: float
    reaches_s: tuple[float, ...]
    lasts_s: float


def itinerary(ways: Ways, stops: Sequence[Stop], stream: RandomStream) -> Itinerary:
    """The plan of these stops. Raises ``KeyError`` for a zone that is not on the floor."""
    pace = max(_SLOWEST_PACE, stream.gauss(*WALKING_PACE))
    zone, at, reaches = DOOR, 0.0, []
    for stop in stops:
        at += ways.length(zone, stop.zone) / pace
        reaches.append(at)
        zone, at = stop.zone, at + stop.stay_s
    at += ways.length(zone, DOOR) / pace
    return Itinerary(tuple(stops), pace, tuple(reaches), at)


def walk(
    ways: Ways, plan: Itinerary, entered_at: float, stream: StopStream, looked_at: tuple[float, float]
) -> tuple[Waypoint, ...]:
    """Where she is when, in seconds. At stops that are over before ``looked_at`` or begin after it she just stands at the gate."""
    points, zone = [Waypoint(entered_at, ways.gate(DOOR))], DOOR
    begins, ends = looked_at
    for number, (stop, reaches_s) in enumerate(zip(plan.stops, plan.reaches_s, strict=True)):
        _go(points, ways.path(zone, stop.zone), plan.pace)
        zone, arrives = stop.zone, entered_at + reaches_s
        if arrives < ends and arrives + stop.stay_s > begins:
            _browse(points, ways, zone, arrives + stop.stay_s, stream(number))
        points.append(Waypoint(arrives + stop.stay_s, ways.gate(zone)))
    _go(points, ways.path(zone, DOOR), plan.pace)
    return tuple(points)


def _go(points: list[Waypoint], turns: Sequence[Spot], pace: float) -> None:
    for spot in turns:
        here = points[-1]
        distance = apart(here.spot, spot)
        if distance > 0:
            points.append(Waypoint(here.at + distance / pace, spot))


def _browse(points: list[Waypoint], ways: Ways, zone: str, leaves: float, stream: RandomStream) -> None:
    """From one standing place to the next, and back to the gate in time."""
    count, last = len(ways.spots[zone]), None
    while True:
        to = stream.randrange(count)
        stay = stream.uniform(*_BROWSING_S)
        turns = ways.between(zone, last, to)
        there = points[-1].at + length((points[-1].spot, *turns)) / _BROWSING_PACE
        latest = leaves - length((ways.gate(zone), *ways.reach(zone, to))) / _BROWSING_PACE
        if there >= latest:
            break
        _go(points, turns, _BROWSING_PACE)
        points.append(Waypoint(min(there + stay, latest), points[-1].spot))
        last = to
    if last is not None:
        _go(points, (*ways.reach(zone, last)[-2::-1], ways.gate(zone)), _BROWSING_PACE)
