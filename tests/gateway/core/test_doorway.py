"""Who comes in by the door, and who only passes by: a belief for each visitor, as stories, as a state machine, and in the store's engine."""

from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pydantic import ValidationError

from nearcart_contract.edge_state import Death
from nearcart_contract.presence import PresenceBatch, Stamp, Transition
from nearcart_contract.samples import Sample, Samples
from nearcart_contract.store_file import Layout, Store
from nearcart_gateway.core.cart_book import CartBook
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.doorway import (
    FORGET_AFTER_S,
    LONG_ABSENCE_S,
    OUT_FOR_S,
    Crossing,
    Doorway,
    doorway_of,
)
from nearcart_gateway.core.engine import Enrolled, StoreEngine
from nearcart_gateway.core.ledger import Ledger
from nearcart_gateway.core.locators import locator_of
from nearcart_gateway.core.offers.compile import compile_offers
from nearcart_gateway.core.values import Moment, Position, Visit, Visitor
from nearcart_gateway.core.visits import LINGER_S, VisitChange, Visits

SHOP = {
    "floor": {"width": 12, "height": 8},
    "zones": {
        "mat": {"polygon": [[0, 0], [3, 0], [3, 3], [0, 3]], "place": "door"},
        "wine": {"polygon": [[3, 0], [12, 0], [12, 8], [3, 8]]},
        "street": {"place": "outside"},
    },
    "scanners": {
        "mat": {"x": 1, "y": 1, "zone": "mat"},
        "wine": {"x": 8, "y": 4, "zone": "wine"},
        "street": {"x": 1, "y": -0.5, "zone": "street"},
    },
}
SHOP_OF = {"outside": (-60, -75, -85), "door": (-68, -62, -78), "inside": (-85, -75, -62)}
"""dBm at street, mat and wine where she stands there."""


def stands(doorway: Doorway, where: str, begins: float, seconds: float, who: str = "anna") -> list[Crossing]:
    """Heard twice a second."""
    said: list[Crossing] = []
    now = begins
    while now < begins + seconds:
        now += 0.5
        for scanner, rssi in zip(("street", "mat", "wine"), SHOP_OF[where], strict=True):
            doorway.hear(who, scanner, now, rssi)
        doorway.locate(Position(who, now, {"outside": "street", "door": "mat", "inside": "wine"}[where], 0.9))
        said += doorway.tick(now)
    return said


def doorway() -> Doorway:
    return Doorway(Layout.model_validate(SHOP))


def test_a_store_without_a_door_has_none() -> None:
    plain = Layout.model_validate({"scanners": {"a": {"x": 0, "y": 0, "zone": "wine"}}})
    assert doorway_of(plain) is None
    assert doorway_of(Layout.model_validate(SHOP)) is not None


def test_a_store_of_scanners_outside_alone_is_refused() -> None:
    only = {"zones": {"street": {"place": "outside"}}, "scanners": {"a": {"x": 0, "y": 0, "zone": "street"}}}
    with pytest.raises(ValidationError, match="at least one must hang inside"):
        Layout.model_validate(only)


def test_who_comes_in_by_the_door_is_inside_within_seconds() -> None:
    door = doorway()
    assert stands(door, "outside", 0, 6) == []
    assert stands(door, "door", 6, 3) == []
    came = stands(door, "inside", 9, 10)
    assert [crossing.inside for crossing in came] == [True]
    assert came[0].at <= 15.0
    assert door.admits("anna")


@pytest.mark.parametrize("seconds", [5, 30, 300])
def test_who_passes_by_never_is(seconds: float) -> None:
    door = doorway()
    assert stands(door, "outside", 0, seconds) == []
    assert not door.admits("anna")


def test_who_stands_at_the_door_and_goes_away_never_is() -> None:
    door = doorway()
    said = stands(door, "outside", 0, 5) + stands(door, "door", 5, 40) + stands(door, "outside", 45, 20)
    assert said == []


def test_who_goes_out_is_gone_since_she_was_outside_though_she_is_heard() -> None:
    door = doorway()
    stands(door, "inside", 0, 60)
    said = stands(door, "door", 60, 3) + stands(door, "outside", 63, 60)
    assert [crossing.inside for crossing in said] == [False]
    assert 63 <= said[0].at <= 75
    assert stands(door, "inside", 123, 30)[0].inside


def test_a_step_out_and_back_is_no_exit() -> None:
    door = doorway()
    stands(door, "inside", 0, 60)
    assert stands(door, "outside", 60, OUT_FOR_S / 2) + stands(door, "inside", 68, 60) == []


def test_a_visit_lingers_where_nobody_saw_her_leave() -> None:
    door = doorway()
    assert door.linger_s("nobody") == LINGER_S
    stands(door, "inside", 0, 60)
    assert door.linger_s("anna") == LONG_ABSENCE_S
    stands(door, "door", 60, 20)
    assert door.linger_s("anna") == LINGER_S


def test_blind_it_lets_everybody_in_and_nobody_out() -> None:
    door = doorway()
    stands(door, "outside", 0, 10)
    door.blind = True
    assert [crossing.inside for crossing in stands(door, "outside", 10, 60)] == [True]
    assert door.admits("bert")
    assert door.linger_s("anna") == LINGER_S
    door.blind = False
    assert [crossing.inside for crossing in stands(door, "outside", 70, 60)] == [False]


def test_what_is_faint_on_both_sides_says_nothing() -> None:
    door = doorway()
    for second in range(240):
        door.hear("anna", "wine", second, -93)
        assert door.tick(float(second)) == []


def test_deep_inside_she_is_inside_however_far_the_street_is() -> None:
    door = doorway()
    for second in range(60):
        door.hear("anna", "wine", second, -45)
        door.tick(float(second))
    assert door.admits("anna")


def test_a_stepped_clock_leaves_no_level_behind() -> None:
    """What was heard a second ago is as fresh after the step, and what comes next is not older than it."""
    door, straight = doorway(), doorway()
    for each, by in ((door, -3600.0), (straight, 0.0)):
        stands(each, "door", 0, 5)
        each.shift(by)
        each.hear("anna", "wine", 5.5 + by, -62)
        each.tick(5.5 + by)
    assert door._tracks["anna"].belief == pytest.approx(straight._tracks["anna"].belief)


def test_the_street_is_no_zone_of_a_visit() -> None:
    door = doorway()
    assert door.locate(Position("anna", 1.0, "street", 0.9)).zone is None
    assert door.locate(Position("anna", 1.0, "wine", 0.9)).zone == "wine"


def test_a_stepped_clock_moves_nobody() -> None:
    door = doorway()
    stands(door, "inside", 0, 20)
    door.shift(86_400.0)
    assert stands(door, "inside", 86_420.0, 20) == []
    assert door.linger_s("anna") == LONG_ABSENCE_S


def test_a_passer_by_is_forgotten_and_a_visitor_is_not() -> None:
    door = doorway()
    stands(door, "outside", 0, 10)
    stands(door, "inside", 0, 10, who="bert")
    door.tick(2 * FORGET_AFTER_S)
    assert door._tracks.keys() == {"bert"}


NOW, E1 = 1_790_000_000.0, UUID(int=1)


class DoorMachine(RuleBasedStateMachine):
    """Any order of packets, presences, deaths and steps of the clock: visits begin and end in turn, whatever the door says of them."""

    def __init__(self) -> None:
        super().__init__()
        self.door = doorway()
        self.visits = Visits("shop", lambda _: (), linger_s=self.door.linger_s)
        self.now, self.sequence = NOW, 0
        self.open: dict[str, str] = {}
        self.ended: set[str] = set()

    def take(self, changes: list[VisitChange]) -> None:
        for change in changes:
            if isinstance(change, Visit):
                assert change.id not in self.ended
                if change.left_at is None:
                    assert self.open.setdefault(change.visitor, change.id) == change.id
                else:
                    assert self.open.pop(change.visitor) == change.id
                    assert change.entered_at <= change.left_at <= self.now
                    self.ended.add(change.id)
                    self.door.forget(change.visitor)
            elif isinstance(change, Moment):
                assert change.at <= self.now

    @rule(who=st.sampled_from("ab"), where=st.sampled_from(list(SHOP_OF)), seconds=st.sampled_from([0.5, 3.0, 20.0]))
    def stand(self, who: str, where: str, seconds: float) -> None:
        for crossing in stands(self.door, where, self.now, seconds, who):
            crosses = self.visits.come_in if crossing.inside else self.visits.go_out
            self.now = max(self.now, crossing.at)
            self.take(crosses(who, crossing.at))
        self.now = max(self.now, self.now + seconds)
        self.take(self.visits.hear(who, "wine", "wine", self.now, opens=self.door.admits(who)))
        self.take(self.visits.tick(self.now))

    @rule(who=st.sampled_from("ab"), scanner=st.sampled_from(["mat", "wine"]))
    def enter(self, who: str, scanner: str) -> None:
        self.sequence += 1
        opens = self.door.admits(who)
        changes = self.visits.enter(who, scanner, scanner, E1, self.sequence, self.now, opens=opens)
        assert opens or who in self.open or not any(isinstance(c, Visit) and c.left_at is None for c in changes)
        self.take(changes)

    @rule(who=st.sampled_from("ab"), scanner=st.sampled_from(["mat", "wine"]))
    def leave(self, who: str, scanner: str) -> None:
        self.take(self.visits.exit(who, scanner, scanner, E1, "silence", self.now))

    @rule(blind=st.booleans())
    def lose(self, blind: bool) -> None:
        self.door.blind = blind

    @rule(edge=st.sampled_from(["mat", "wine"]))
    def die(self, edge: str) -> None:
        self.take(self.visits.edge_lost(edge, self.now))

    @rule(seconds=st.sampled_from([1.0, 6.0, 40.0, 200.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.take(self.visits.tick(self.now))

    @rule(seconds=st.sampled_from([-3600.0, 3600.0]))
    def step_the_clock(self, seconds: float) -> None:
        self.now += seconds
        self.door.shift(seconds)
        self.take(self.visits.shift(seconds))

    @invariant()
    def beliefs_are_chances(self) -> None:
        for track in self.door._tracks.values():
            assert sum(track.belief) == pytest.approx(1.0)
            assert min(track.belief) >= 0.0

    @invariant()
    def nobody_is_in_two_visits(self) -> None:
        assert {visit.visitor: visit.id for visit in self.visits.open_visits()} == self.open


TestDoorMachine = DoorMachine.TestCase
TestDoorMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


BOOT = UUID(int=2)


class World:
    """The shop's engine, and an edge a scanner."""

    def __init__(self) -> None:
        store = Store.model_validate(
            {**SHOP, "store": "shop", "name": "Shop", "time_zone": "UTC", "currency": "EUR"}
        )  # fmt: skip
        offers = compile_offers(store, {}, (), "none")
        self.engine = StoreEngine(store, locator_of(store, store.locate, None), offers, CartBook(), Ledger())
        self.engine.enrol([Enrolled(Visitor("anna", consents=frozenset({"offers"})), ("tag",))])
        self.now = NOW
        self.changes = Changes()
        self.numbers = dict.fromkeys(("street", "mat", "wine"), 0)

    def stamp(self, ago: float = 0.0) -> Stamp:
        return Stamp(at=self.now - ago, monotonic=self.now - NOW + 1e5 - ago, boot=BOOT)

    def tell(self, scanner: str, kind: str, ago: float = 0.0) -> None:
        self.numbers[scanner] += 1
        number, cause = self.numbers[scanner], "silence" if kind == "exit" else None
        row = Transition(
            sequence=number, kind=kind, identity="tag", scanner=scanner, stamp=self.stamp(ago), cause=cause  # type: ignore[arg-type]
        )  # fmt: skip
        batch = PresenceBatch(epoch=E1, after=number - 1, oldest=number, sent=self.stamp(), transitions=(row,))
        self.engine.take_batch(scanner, batch, self.now, self.changes)

    def stands(self, where: str, seconds: float) -> None:
        for _ in range(round(seconds * 2)):
            self.now += 0.5
            for scanner, rssi in zip(("street", "mat", "wine"), SHOP_OF[where], strict=True):
                sample = Sample(identity="tag", scanner=scanner, packets=((0, rssi),), measured_power=None)
                self.engine.take_samples(scanner, Samples(sent=self.stamp(), samples=(sample,)), self.now, self.changes)
            self.engine.tick(self.now, self.changes)

    def silence(self, seconds: float) -> None:
        for _ in range(round(seconds)):
            self.now += 1
            self.engine.tick(self.now, self.changes)

    def visits(self) -> list[Visit]:
        return list(self.changes.visits.values())


def test_a_passer_by_has_no_visit_and_no_moment() -> None:
    world = World()
    for scanner in ("street", "mat"):
        world.tell(scanner, "enter")
    world.stands("outside", 20)
    for scanner in ("street", "mat"):
        world.tell(scanner, "exit")
    world.silence(30)
    assert world.visits() == []
    assert world.changes.counted["moments"] == 0


def test_a_visitor_s_visit_begins_inside_and_ends_when_the_door_has_seen_her_out() -> None:
    world = World()
    for scanner in ("street", "mat", "wine"):
        world.tell(scanner, "enter")
    world.stands("outside", 5)
    world.stands("door", 3)
    world.stands("inside", 30)
    (visit,) = world.visits()
    assert visit.left_at is None and 8 <= visit.entered_at - NOW <= 20
    assert visit.zone == "wine"
    world.stands("door", 3)
    world.stands("outside", 40)
    (visit,) = world.visits()
    assert visit.left_at is not None and 41 <= visit.left_at - NOW <= 50
    assert visit.exit_reason == "left"
    world.stands("inside", 30)
    assert len(world.visits()) == 2


def test_who_falls_silent_well_inside_is_gone_only_after_the_long_absence() -> None:
    world = World()
    world.tell("wine", "enter")
    world.stands("inside", 30)
    world.tell("wine", "exit")
    gone = world.now
    world.silence(LONG_ABSENCE_S - 2)
    assert world.visits()[0].left_at is None
    world.silence(4)
    assert world.visits()[0].left_at == pytest.approx(gone, abs=0.01)


@pytest.mark.parametrize("dead", ["street", "mat"])
def test_with_a_dead_door_scanner_a_visit_begins_as_without_a_door(dead: str) -> None:
    world = World()
    world.engine.take_state(dead, Death(epoch=E1), world.now, world.changes)
    world.silence(1)
    world.tell("wine", "enter")
    assert [visit.entered_at for visit in world.visits()] == [world.now]
    world.tell("wine", "exit")
    world.silence(LINGER_S + 1)
    assert world.visits()[0].left_at is not None


def test_a_door_that_dies_while_she_waits_before_it_lets_her_in() -> None:
    world = World()
    world.tell("wine", "enter")
    world.stands("outside", 10)
    assert world.visits() == []
    world.engine.take_state("mat", Death(epoch=E1), world.now, world.changes)
    world.stands("outside", 2)
    assert len(world.visits()) == 1


def test_what_an_edge_tells_late_is_a_visit_as_without_a_door() -> None:
    """Its samples are gone, so that nobody can tell any more on which side she stood."""
    world = World()
    world.tell("wine", "enter", ago=3600.0)
    world.tell("wine", "exit", ago=3000.0)
    world.silence(LONG_ABSENCE_S + 2)
    (visit,) = world.visits()
    assert (visit.entered_at, visit.left_at) == (pytest.approx(NOW - 3600), pytest.approx(NOW - 3000))


def test_a_visit_that_the_database_has_open_goes_on() -> None:
    from nearcart_gateway.core.engine import Memory
    from nearcart_gateway.core.visits import Presence

    world = World()
    visit = Visit("v", "anna", NOW - 100, "wine", NOW - 90, 1)
    memory = Memory(
        enrolled=[Enrolled(Visitor("anna", consents=frozenset({"offers"})), ("tag",))],
        visits=[visit],
        presences=[Presence("anna", "wine", "wine", E1, 1, NOW - 100)],
    )
    world.engine.load(memory, NOW)
    world.stands("inside", 60)
    assert [(each.id, each.left_at) for each in world.engine.visits.open_visits()] == [("v", None)]
