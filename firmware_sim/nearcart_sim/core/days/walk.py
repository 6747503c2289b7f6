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
    """Where she is when, in seconds, from door to door. What is over before ``looked_at`` is left out, as if she had gone straight to where she
    is then, and so is what comes after it."""
    begins, ends = looked_at
    points = [Waypoint(entered_at, ways.gate(DOOR))]
    first = _first_in_detail(plan, begins - entered_at)
    zone, sets_out = _before(plan, first)
    if first:
        points.append(Waypoint(entered_at + sets_out, ways.gate(zone)))
    for number in range(first, len(plan.stops)):
        if entered_at + sets_out >= ends:
            break
        stop = plan.stops[number]
        _go(points, ways.path(zone, stop.zone), plan.pace)
        zone, sets_out = stop.zone, plan.reaches_s[number] + stop.stay_s
        if entered_at + plan.reaches_s[number] < ends and entered_at + sets_out > begins:
            _browse(points, ways, zone, entered_at + sets_out, stream(number))
        points.append(Waypoint(entered_at + sets_out, ways.gate(zone)))
    else:
        _go(points, ways.path(zone, DOOR)[:-1], plan.pace)
    return (*points, Waypoint(entered_at + plan.lasts_s, ways.gate(DOOR)))


def _first_in_detail(plan: Itinerary, begins: float) -> int:
    """The first stop that is not over by then; or one before it, from which on she stays in one zone and faces as she came."""
    stops = plan.stops
    over = sum(1 for stop, reaches in zip(stops, plan.reaches_s, strict=True) if reaches + stop.stay_s <= begins)
    while 0 < over < len(stops) and stops[over].zone == stops[over - 1].zone:
        over -= 1
    return over


def _before(plan: Itinerary, number: int) -> tuple[str, float]:
    """Where she comes from to this stop, and when she sets out."""
    if number == 0:
        return DOOR, 0.0
    stop = plan.stops[number - 1]
    return stop.zone, plan.reaches_s[number - 1] + stop.stay_s


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
