"""Who comes next: a scenario's opening first, then arrivals for ever, all from the seed and none from the clock."""

from nearcart_contract.roster import AddressIdentity, IBeaconIdentity
from nearcart_sim.core.floor import Floor
from nearcart_sim.core.randomness import RandomStream, Streams
from nearcart_sim.core.route import Stop
from nearcart_sim.core.scenario import Person, Scenario, person_by_id
from nearcart_sim.core.shopper import Shopper, Visit, plan_visit
from nearcart_sim.core.tag import Tag

TAG_INTERVAL_S = (0.2, 0.5)
STAFF_STOPS = 240
"""Staff walk the floor all day; this many stops are more than an hour."""

_SHORTEST_GAP_S = 0.5
_FOREIGN_UUID = "e2c56db5-dffb-48d2-b060-d0f5a71096e0"
"""Apple's AirLocate sample: a beacon that many strangers' gadgets send."""


class Crowd:
    """Gives visits in order of arrival."""

    def __init__(self, floor: Floor, scenario: Scenario, streams: Streams) -> None:
        self._floor = floor
        self._scenario = scenario
        self._streams = streams
        self._stream = streams("crowd")
        self._people = person_by_id(scenario.people)
        self._opening = list(reversed(scenario.opening))
        self._visits_of: dict[str, int] = {}
        self._back_at: dict[str, float] = {}
        self._leaving: list[float] = []
        self._strangers = 0
        self._last = 0.0

    def next_visit(self) -> Visit:
        """The next to come in; there is always one."""
        if self._opening:
            arrival = self._opening.pop()
            return self._plan(self._people[arrival.visitor].shopper, arrival.stops, arrival.at)
        at = self._when_there_is_room(self._last + max(_SHORTEST_GAP_S, self._gap()))
        if self._stream.random() < self._scenario.bustle.stranger_share or not self._people:
            return self._plan(self._stranger(), self._tour(self._floor.zones), at)
        rested = [person for name, person in self._people.items() if self._back_at.get(name, 0.0) <= at]
        if not rested:
            at = min(self._back_at.values())
            rested = [person for name, person in self._people.items() if self._back_at[name] <= at]
        person = self._stream.choice(rested)
        return self._plan(person.shopper, self._stops_of(person), at)

    def _plan(self, shopper: Shopper, stops: tuple[Stop, ...], at: float) -> Visit:
        number = self._visits_of[shopper.id] = self._visits_of.get(shopper.id, 0) + 1
        visit = plan_visit(self._floor, shopper, stops, at, self._streams, number)
        if shopper.kind != "stranger":
            self._back_at[shopper.id] = visit.route.left_at + self._scenario.bustle.rest_s
        self._leaving = sorted([left for left in self._leaving if left > at] + [visit.route.left_at])
        self._last = at
        return visit

    def _gap(self) -> float:
        return self._stream.expovariate(1 / self._scenario.bustle.mean_gap_s)

    def _when_there_is_room(self, at: float) -> float:
        over = len([left for left in self._leaving if left > at]) - self._scenario.bustle.max_inside
        return at if over < 0 else max(at, [left for left in self._leaving if left > at][over])

    def _stops_of(self, person: Person) -> tuple[Stop, ...]:
        if person.shopper.kind == "staff":
            return rounds(self._floor.zones, self._stream)
        return self._tour(person.favourites)

    def _tour(self, zones: tuple[str, ...]) -> tuple[Stop, ...]:
        bustle = self._scenario.bustle
        stops = 1 + self._stream.randrange(min(bustle.most_stops, len(zones)))
        return tuple(Stop(self._stream.choice(zones), self._stream.uniform(*bustle.stay_s)) for _ in range(stops))

    def _stranger(self) -> Shopper:
        self._strangers += 1
        name = f"stranger-{self._strangers}"
        stream = self._streams(f"stranger/{self._strangers}")
        return Shopper(name, Tag(_strange_identity(name, stream), stream.uniform(*TAG_INTERVAL_S)), "stranger")


def rounds(zones: tuple[str, ...], stream: RandomStream) -> tuple[Stop, ...]:
    """What staff do: a while here, a while there."""
    return tuple(Stop(stream.choice(zones), stream.uniform(8.0, 25.0)) for _ in range(STAFF_STOPS))


def _strange_identity(name: str, stream: RandomStream) -> AddressIdentity | IBeaconIdentity:
    if stream.random() < 0.5:
        return IBeaconIdentity(
            id=name,
            kind="ibeacon",
            uuid=_FOREIGN_UUID,
            major=stream.randrange(0x10000),
            minor=stream.randrange(0x10000),
        )
    # 01 in the highest bits: a resolvable private address (Bluetooth Core, Vol 6 Part B 1.3.2.2), as phones use.
    octets = [0x40 | stream.randrange(0x40), *(stream.randrange(0x100) for _ in range(5))]
    return AddressIdentity(id=name, kind="address", address=":".join(f"{octet:02X}" for octet in octets))
