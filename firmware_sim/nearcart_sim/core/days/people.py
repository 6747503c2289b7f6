"""Who comes on a scenario's day, and what they carry. Everybody's chance is her own, so that one more changes nobody's path."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from typing import Generic, Literal, TypeVar

from nearcart_sim.core.chance import CounterStream, key_of
from nearcart_sim.core.days.scenario_file import Rate, ScenarioFile, Shoppers, Tags
from nearcart_sim.core.days.track import Track
from nearcart_sim.core.days.walk import Itinerary, itinerary, walk
from nearcart_sim.core.days.ways import Ways
from nearcart_sim.core.firmware.devices import DeviceKind, Specification
from nearcart_sim.core.firmware.state_machine import Incident
from nearcart_sim.core.route import Stop, Waypoint

Choice = TypeVar("Choice")
Role = Literal["shopper", "stranger", "staff"]

_BEHIND_S = (0.4, 3.0)
"""Those of a group follow each other."""
_TOGETHER = 3
"""A group has at most this many more."""
_STAFF_STAY_S = (20.0, 240.0)
_BOUNCE_US = 60_000
_BUTTONS = ("press", "press", "press", "double_press", "long_press")
_UPDATED_WITHIN_S = 600

_WITH_CELL: frozenset[DeviceKind] = frozenset(
    {"ibeacon", "altbeacon", "eddystone-uid", "eddystone-url", "eddystone-eid", "bthome"}
)


@dataclass(frozen=True, slots=True)
class Carrier:
    """One visit of one person with one device. ``party``: whose group she came with, herself included."""

    name: str
    role: Role
    party: str
    track: Track
    specification: Specification
    stops: tuple[Stop, ...]

    @property
    def enrolled(self) -> bool:
        return self.role != "stranger"


class People:
    """Everybody of a scenario, in order of arrival."""

    def __init__(self, scenario: ScenarioFile, ways: Ways, seed: int, until_s: float) -> None:
        """``until_s``: seconds of the scenario that are played."""
        self._scenario = scenario
        self._ways = ways
        self._seed = seed
        self._until_s = until_s
        popular = scenario.shoppers.popular
        self._zones = Weighted({zone: popular.get(zone, 1.0) for zone in ways.floor.zones})
        self._kinds = Weighted(scenario.tags.kinds)

    def come(self) -> Iterator[Carrier]:
        """Those who come in that time: staff, who is inside at the start, then arrivals."""
        shoppers = self._scenario.shoppers
        for number in range(shoppers.staff):
            yield self._staff(f"staff-{number + 1}", self._scenario.lasts.total_seconds())
        for number in range(shoppers.inside_at_start):
            yield from self._party(f"early-{number + 1}", 0.0, early=True)
        for number, at in enumerate(arrivals(shoppers.arrivals, self._stream("arrivals"), self._until_s)):
            yield from self._party(f"shopper-{number + 1}", at)

    def expected(self) -> float:
        """About how many that will be."""
        shoppers = self._scenario.shoppers
        parties = sum(1 for _ in arrivals(shoppers.arrivals, self._stream("arrivals"), self._until_s))
        return shoppers.staff + shoppers.inside_at_start + parties * (1 + shoppers.groups * (1 + _TOGETHER) / 2)

    def _stream(self, *names: object) -> CounterStream:
        return CounterStream(key_of(self._seed, *names))

    def _party(self, name: str, at: float, *, early: bool = False) -> Iterator[Carrier]:
        shoppers = self._scenario.shoppers
        stream = self._stream("visit", name)
        stops = _tour(self._zones, shoppers, stream)
        plan = itinerary(self._ways, stops, self._stream("route", name))
        if early:
            at -= stream.random() * plan.lasts_s
        points = self._walk(name, plan, at)
        yield self._carrier(name, name, Track(points), stops)
        if not early and stream.random() < shoppers.groups:
            for number in range(1 + stream.randrange(_TOGETHER)):
                behind = Track(points, behind=stream.uniform(*_BEHIND_S))
                yield self._carrier(f"{name}-{number + 2}", name, behind, stops)

    def _staff(self, name: str, lasts_s: float) -> Carrier:
        stream = self._stream("visit", name)
        stops: list[Stop] = []
        stayed_s = 0.0
        while stayed_s < lasts_s:
            stops.append(Stop(stream.choice(self._ways.floor.zones), stream.uniform(*_STAFF_STAY_S)))
            stayed_s += stops[-1].stay_s
        points = self._walk(name, itinerary(self._ways, stops, self._stream("route", name)), 0.0)
        return self._carrier(name, name, Track(points), tuple(stops), role="staff")

    def _walk(self, name: str, plan: Itinerary, at: float) -> tuple[Waypoint, ...]:
        return walk(self._ways, plan, at, lambda stop: self._stream("stop", name, stop), (-_BEHIND_S[1], self._until_s))

    def _carrier(
        self, name: str, party: str, track: Track, stops: tuple[Stop, ...], role: Role | None = None
    ) -> Carrier:
        stream = self._stream("device", name)
        if role is None:
            role = "shopper" if stream.random() < self._scenario.shoppers.enrolled else "stranger"
        return Carrier(name, role, party, track, self._device(name, track, stream), stops)

    def _device(self, name: str, track: Track, stream: CounterStream) -> Specification:
        tags = self._scenario.tags
        kind = self._kinds.drawn(stream)
        on_at = max(0, track.begins)
        return Specification(
            name,
            kind,
            round(stream.uniform(*tags.interval_ms) * 1000),
            tags.tx_power_dbm,
            round(stream.uniform(-tags.drift_ppm, tags.drift_ppm)),
            stream.uniform(*tags.battery.used) if kind in _WITH_CELL else None,
            on_at,
            tuple(incidents(kind, tags, self._updates(kind), on_at, track.ends, stream)),
        )

    def _updates(self, kind: DeviceKind) -> list[tuple[float, float]]:
        """When firmwares of this class come, and with which interval in ms."""
        return [
            (update.at.total_seconds(), update.interval_ms) for update in self._scenario.updates if update.kind == kind
        ]


def arrivals(rates: tuple[Rate, ...], stream: CounterStream, until_s: float) -> Iterator[float]:
    """Seconds at which somebody comes: a Poisson process whose rate changes at the given times."""
    ordered = sorted(rates, key=lambda rate: rate.after)
    for number, rate in enumerate(ordered):
        at = rate.after.total_seconds()
        end = ordered[number + 1].after.total_seconds() if number + 1 < len(ordered) else until_s
        while rate.per_hour > 0 and (at := at + stream.expovariate(rate.per_hour / 3600)) < min(end, until_s):
            yield at


def incidents(
    kind: DeviceKind,
    tags: Tags,
    updates: list[tuple[float, float]],
    on_at: int,
    off_at: int,
    stream: CounterStream,
) -> Iterator[Incident]:
    """What happens to one device while it is carried."""
    for at in _moments(tags.reboots_a_day / timedelta(days=1).total_seconds(), on_at, off_at, stream):
        yield Incident(at, "reboot")
    for at_s, interval_ms in updates:
        at = round((at_s + stream.uniform(0, _UPDATED_WITHIN_S)) * 1e6)
        yield Incident(max(at, on_at), "update", interval_us=round(interval_ms * 1000))
    if kind == "bthome":
        for at in _moments(tags.presses_an_hour / 3600, on_at, off_at, stream):
            button = stream.choice(_BUTTONS)
            chance = stream.random()
            yield Incident(at, "swallowed" if chance >= 1 - tags.swallowed_presses else "press", button=button)
            if chance < min(tags.flaky_buttons, 1 - tags.swallowed_presses):
                yield Incident(at + _BOUNCE_US, "bounce", button=button)


class Weighted(Generic[Choice]):
    """Draws one of the keys, as often as its weight says."""

    def __init__(self, weights: Mapping[Choice, float]) -> None:
        self._choices = tuple(weights)
        self._up_to = tuple(accumulate(weights.values()))

    def drawn(self, stream: CounterStream) -> Choice:
        found = bisect_right(self._up_to, stream.random() * self._up_to[-1])
        return self._choices[min(found, len(self._choices) - 1)]


def _moments(per_second: float, begins: int, ends: int, stream: CounterStream) -> Iterator[int]:
    at = begins
    while per_second > 0 and (at := at + round(stream.expovariate(per_second) * 1e6)) < ends:
        yield at


def _tour(zones: Weighted[str], shoppers: Shoppers, stream: CounterStream) -> tuple[Stop, ...]:
    low, high = min(shoppers.stops), max(shoppers.stops)
    stops = []
    for _ in range(low + stream.randrange(high - low + 1)):
        stops.append(Stop(zones.drawn(stream), stream.uniform(*shoppers.stay_s)))
    if shoppers.last_stop is not None:
        stops.append(Stop(shoppers.last_stop, stream.uniform(*shoppers.stay_s)))
    return tuple(stops)
