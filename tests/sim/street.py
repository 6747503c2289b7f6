"""A shop at a street, the people before it and in it, and whom a gateway takes for a visitor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import dist
from random import Random
from uuid import UUID

from nearcart.replay import Replay
from nearcart_contract.advertisement import Advertisement
from nearcart_contract.store_file import Store
from nearcart_gateway.core.cart_book import CartBook
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.ledger import Ledger
from nearcart_gateway.core.locators import locator_of
from nearcart_gateway.core.offers.compile import compile_offers
from nearcart_sim.core.air.copy import Beacon, walk_again
from nearcart_sim.core.rooms.obstacles import Wall
from nearcart_sim.core.rooms.radio_parameters import RadioParameters

DOOR = (3.0, 12.0)
FAR_LEFT, FAR_RIGHT = -12.0, 30.0
"""Where the street is out of everybody's mind; scanners are taken to hear what is at most 3 m beside the shop front."""
IN_REACH = (-3.0, 21.0)
NOT_VISITS = ("walks past", "looks into the window", "stands at the door", "waits across the street")
VISITS = ("shops", "steps in", "shops, then waits outside")

ZONES = {
    "entrance": {"polygon": [[0, 7], [6, 7], [6, 12], [0, 12]]},
    "wine": {"polygon": [[0, 0], [6, 0], [6, 7], [0, 7]]},
    "cheese": {"polygon": [[6, 0], [12, 0], [12, 6], [6, 6]]},
    "bakery": {"polygon": [[12, 0], [18, 0], [18, 6], [12, 6]]},
    "checkout": {"polygon": [[6, 6], [18, 6], [18, 12], [6, 12]]},
    "mat": {"polygon": [[1.5, 10], [4.5, 10], [4.5, 12], [1.5, 12]]},
}
SCANNERS = {
    "mat": {"x": 3, "y": 11.5, "zone": "mat"},
    "entrance": {"x": 3, "y": 8, "zone": "entrance"},
    "wine": {"x": 3, "y": 3.5, "zone": "wine"},
    "cheese": {"x": 9, "y": 3, "zone": "cheese"},
    "bakery": {"x": 15, "y": 3, "zone": "bakery"},
    "checkout": {"x": 12, "y": 9, "zone": "checkout"},
}
STREET = {"street": {"x": 3, "y": 12.4, "zone": "street"}, "street-2": {"x": 13, "y": 12.4, "zone": "street"}}

Spot = tuple[float, float]
Waypoint = tuple[float, Spot]


def shop(*street: str, door: bool = True, method: str = "median") -> Store:
    """The corner shop, with so many scanners that look at the street, and with its door in the file or not."""
    zones: dict[str, object] = {**ZONES, "mat": {**ZONES["mat"], "place": "door" if door else "inside"}}
    if street:
        zones["street"] = {"place": "outside", "polygon": [[0, 12], [18, 12], [18, 16], [0, 16]]}
    return Store.model_validate(
        {
            "store": "corner", "name": "Corner", "time_zone": "UTC", "currency": "EUR",
            "floor": {"width": 18, "height": 16 if street else 12}, "zones": zones, "locate": {"method": method},
            "scanners": {name: {**scanner, "z": 2.6} for name, scanner in SCANNERS.items()}
            | {name: {**STREET[name], "z": 2.6} for name in street},
        }
    )  # fmt: skip


def walls(glass_db: float) -> tuple[Wall, ...]:
    """A shop front of glass with an open door in it, and three walls of brick."""
    left, right = (DOOR[0] - 0.8, 12.0), (DOOR[0] + 0.8, 12.0)
    return (
        Wall(line=((0.0, 12.0), left), loss_db=glass_db),
        Wall(line=(right, (18.0, 12.0)), loss_db=glass_db),
        Wall(line=((0.0, 0.0), (0.0, 12.0)), loss_db=10),
        Wall(line=((18.0, 0.0), (18.0, 12.0)), loss_db=10),
        Wall(line=((0.0, 0.0), (18.0, 0.0)), loss_db=10),
    )


@dataclass
class Way:
    """Where somebody goes, and when she truly came in and left: seconds from her first step."""

    pace: float
    points: list[Waypoint] = field(default_factory=list)
    came: float | None = None
    left: float | None = None

    @property
    def now(self) -> float:
        return self.points[-1][0] if self.points else 0.0

    def go(self, x: float, y: float) -> None:
        if self.points:
            at, spot = self.points[-1]
            if spot != (x, y):
                self.points.append((at + dist(spot, (x, y)) / self.pace, (x, y)))
        else:
            self.points.append((0.0, (x, y)))

    def stand(self, seconds: float) -> None:
        self.points.append((self.now + seconds, self.points[-1][1]))


def way(kind: str, random: Random) -> Way:
    """One of ``NOT_VISITS`` or ``VISITS``."""
    found, lane = Way(max(0.7, random.gauss(1.2, 0.15))), random.uniform(12.8, 15.5)
    comes, goes = random.choice(((FAR_LEFT, FAR_RIGHT), (FAR_RIGHT, FAR_LEFT)))
    found.go(comes, lane)
    if kind == "looks into the window":
        found.go(random.uniform(6, 17), 12.6)
        found.stand(random.uniform(20, 60))
    elif kind == "stands at the door":
        found.go(DOOR[0] + random.uniform(-1, 1), 12.6)
        found.stand(random.uniform(10, 40))
    elif kind == "waits across the street":
        found.go(random.uniform(0, 17), 15.2)
        found.stand(random.uniform(120, 300))
    elif kind in VISITS:
        _inside(found, kind, random)
    found.go(goes, lane)
    return found


def _inside(found: Way, kind: str, random: Random) -> None:
    found.go(DOOR[0], 13.0)
    found.go(*DOOR)
    found.came = found.now
    found.go(DOOR[0], 11.0)
    if kind == "steps in":
        found.go(DOOR[0] + random.uniform(-1.5, 1.5), random.uniform(7, 9))
        found.stand(random.uniform(10, 25))
    else:
        for _ in range(random.randrange(1, 4)):
            found.go(random.uniform(1, 17), random.uniform(1, 11))
            found.stand(random.uniform(15, 60))
    found.go(DOOR[0], 11.0)
    found.go(*DOOR)
    found.left = found.now
    found.go(DOOR[0], 13.0)
    if kind.endswith("waits outside"):
        found.go(DOOR[0] + random.uniform(-2, 3), random.uniform(13, 15))
        found.stand(random.uniform(60, 180))


@dataclass(frozen=True)
class Said:
    """What a gateway said of one person: seconds from her first step. ``opened``: when a visit was told, ``closed``: when its end was."""

    opened: tuple[float, ...]
    closed: tuple[float, ...]


@dataclass(frozen=True)
class Street:
    """Some of each kind, each with a tag of 0.3 to 1 s, before and in one shop; ``deaf``: scanners that hear nobody, and whose edge does not know."""

    seed: int
    each: int = 6
    glass_db: float = 6.0
    kinds: tuple[str, ...] = NOT_VISITS + VISITS
    deaf: frozenset[str] = frozenset()

    def people(self) -> dict[tuple[str, int], Way]:
        random = Random(self.seed)
        return {(kind, number): way(kind, random) for kind in self.kinds for number in range(self.each)}

    def said(self, store: Store) -> dict[tuple[str, int], Said]:
        """Of everybody, by the store's own cores."""
        engine = StoreEngine(
            store, locator_of(store, store.locate, None), compile_offers(store, {}, (), "none"), CartBook(), Ledger()
        )
        people = self.people()
        names = {_identity(number): who for number, who in enumerate(people)}
        opened: dict[tuple[str, int], list[float]] = {who: [] for who in people}
        closed: dict[tuple[str, int], list[float]] = {who: [] for who in people}
        known: set[str] = set()
        for at, changes in _run(engine, self._adverts(store, list(people.values()))):
            for visit in changes.visits.values():
                who = names[visit.visitor]
                if visit.id not in known:
                    known.add(visit.id)
                    opened[who].append(at)
                if visit.left_at is not None:
                    closed[who].append(at)
        return {who: Said(tuple(opened[who]), tuple(closed[who])) for who in people}

    def _adverts(self, store: Store, ways: Sequence[Way]) -> Iterator[Advertisement]:
        random = Random(self.seed + 1)
        heard: list[tuple[float, int, str, int]] = []
        for number, each in enumerate(ways):
            beacon = Beacon(random.uniform(300, 1000), random.gauss(0, 2), name=f"tag-{number}")
            places = [(at, x, y) for at, (x, y) in each.points]
            packets = walk_again(store, places, beacon, RadioParameters(), self.seed, walls=walls(self.glass_db))
            heard += [
                (at, number, scanner, rssi) for at, scanner, rssi in packets
                if scanner not in self.deaf and IN_REACH[0] <= _across(each, at) <= IN_REACH[1]
            ]  # fmt: skip
        for at, number, scanner, rssi in sorted(heard):
            data = bytes.fromhex("0215") + UUID(int=number).bytes + bytes.fromhex("00010002c5")
            yield Advertisement(at, scanner, f"C0:00:00:00:00:{number:02X}", rssi, {0x004C: data})


def _across(each: Way, at: float) -> float:
    for (one, (x, _)), (other, (to, _)) in zip(each.points, each.points[1:], strict=False):
        if one <= at <= other:
            return x + (to - x) * (at - one) / (other - one)
    return each.points[-1][1][0]


def _identity(number: int) -> str:
    """What an edge calls this tag."""
    return f"ibeacon-{UUID(int=number)}-1-2"


def _run(engine: StoreEngine, adverts: Iterator[Advertisement]) -> Iterator[tuple[float, Changes]]:
    """The replay, and what time alone does after it."""
    at = 0.0
    for step in Replay(engine, None).run(adverts):
        at = step.at
        yield at, step.changes
    for _ in range(130):
        at += 1
        changes = Changes()
        engine.tick(at, changes)
        yield at, changes
