"""One walk through the store: in by the door, from stop to stop, out by the door. Planned whole, so a place is a look-up."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import dist

from nearcart_sim.core.floor import Floor, Spot
from nearcart_sim.core.randomness import RandomStream

WALKING_PACE = (1.2, 0.15)
"""Mean and deviation in m/s; people with a basket are a little slower than the 1.34 m/s of Weidmann (1993)."""

_SLOWEST_PACE = 0.6
_BROWSING_PACE = 0.5
_BROWSING_S = (3.0, 8.0)
"""A browsing shopper stands this long, then takes a few steps along the shelf."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Stay in a zone for some seconds, the walk to it not counted."""

    zone: str
    stay_s: float


@dataclass(frozen=True, slots=True)
class Waypoint:
    at: float
    spot: Spot


class Route:
    """Waypoints in order of time; between two of them she walks straight, or stands if they are one spot."""

    __slots__ = ("_times", "waypoints")

    def __init__(self, waypoints: Sequence[Waypoint]) -> None:
        self.waypoints = tuple(waypoints)
        self._times = [waypoint.at for waypoint in waypoints]

    @property
    def entered_at(self) -> float:
        return self._times[0]

    @property
    def left_at(self) -> float:
        return self._times[-1]

    def spot_at(self, at: float) -> Spot | None:
        """Where she is, ``None`` before she entered and after she left."""
        if not self.entered_at <= at <= self.left_at:
            return None
        index = bisect_right(self._times, at)
        if index == len(self._times):
            return self.waypoints[-1].spot
        before, after = self.waypoints[index - 1], self.waypoints[index]
        share = (at - before.at) / (after.at - before.at)
        (x1, y1), (x2, y2) = before.spot, after.spot
        return (x1 + share * (x2 - x1), y1 + share * (y2 - y1))

    def speeds(self) -> list[float]:
        """Metres per second of each leg."""
        return [dist(a.spot, b.spot) / (b.at - a.at) for a, b in pairwise(self.waypoints)]


def plan_route(floor: Floor, stops: Sequence[Stop], entered_at: float, stream: RandomStream) -> Route:
    """Walk in at ``entered_at``, make all stops, walk out. Raises ``KeyError`` for a zone that is not on the floor."""
    pace = max(_SLOWEST_PACE, stream.gauss(*WALKING_PACE))
    waypoints = [Waypoint(entered_at, floor.door)]
    for stop in stops:
        _walk(waypoints, floor.spot_in(stop.zone, stream), pace)
        _browse(waypoints, floor, stop, stream)
    _walk(waypoints, floor.door, pace)
    return Route(waypoints)


def _walk(waypoints: list[Waypoint], to: Spot, pace: float) -> None:
    here = waypoints[-1]
    distance = dist(here.spot, to)
    if distance > 0:
        waypoints.append(Waypoint(here.at + distance / pace, to))


def _browse(waypoints: list[Waypoint], floor: Floor, stop: Stop, stream: RandomStream) -> None:
    ends = waypoints[-1].at + stop.stay_s
    while waypoints[-1].at < ends:
        here = waypoints[-1]
        stand = stream.uniform(*_BROWSING_S)
        to = floor.spot_in(stop.zone, stream)
        steps = dist(here.spot, to) / _BROWSING_PACE
        if here.at + stand + steps >= ends:
            waypoints.append(Waypoint(ends, here.spot))
            return
        waypoints.append(Waypoint(here.at + stand, here.spot))
        _walk(waypoints, to, _BROWSING_PACE)
