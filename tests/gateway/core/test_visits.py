"""Visits and moments, as a story and as a state machine."""

from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from nearcart_gateway.core.values import Moment, Position, Visit
from nearcart_gateway.core.visits import (
    LINGER_S,
    SENSOR_LOST_AFTER_S,
    Presence,
    PresenceEnded,
    Press,
    VisitChange,
    Visits,
)

E1, E2 = UUID(int=1), UUID(int=2)


def visits(*dwells: float) -> Visits:
    return Visits("shop", lambda zone: dwells if zone == "wine" else ())


def moments(changes: list[VisitChange]) -> list[tuple[str, str | None]]:
    return [(change.kind, change.zone) for change in changes if isinstance(change, Moment)]


def closed(changes: list[VisitChange]) -> list[tuple[float | None, str | None]]:
    return [(c.left_at, c.exit_reason) for c in changes if isinstance(c, Visit) and c.left_at is not None]


def at(visitor: str, zone: str, now: float) -> Position:
    return Position(visitor, now, zone, 0.9)


def test_she_enters_walks_to_the_wine_stays_and_leaves() -> None:
    store = visits(5.0, 20.0)
    assert moments(store.enter("anna", "door", "door", E1, 1, 100.0)) == [("enter", None)]
    assert moments(store.move(at("anna", "entrance", 100.5))) == [("enter", "entrance")]
    assert moments(store.move(at("anna", "wine", 110.0))) == [("enter", "wine"), ("move", "wine")]
    store.hear("anna", "door", "door", 114.9)
    assert moments(store.tick(114.9)) == []
    store.hear("anna", "door", "door", 115.0)
    assert moments(store.tick(115.1)) == [("dwell", "wine")]
    assert moments(store.tick(115.2)) == []
    gone = store.exit("anna", "door", "door", E1, "silence", 140.0)
    assert any(isinstance(change, PresenceEnded) for change in gone)
    assert moments(store.tick(140.0 + LINGER_S - 0.1)) == []
    last = store.tick(140.0 + LINGER_S)
    assert moments(last) == [("exit", None)]
    assert closed(last) == [(140.0, "left")]


def test_the_next_edge_takes_over_without_a_new_visit() -> None:
    store = visits()
    store.enter("anna", "door", "door", E1, 1, 100.0)
    store.exit("anna", "door", "door", E1, "silence", 120.0)
    assert moments(store.enter("anna", "till", "till", E2, 1, 123.0)) == []
    assert closed(store.tick(200.0)) == []


def test_visits_that_are_told_late_and_all_at_once_are_visits_of_their_own() -> None:
    """A day without a gateway is told in one batch: no tick lets time pass between."""
    store = visits()
    told: list[VisitChange] = []
    for number, came in enumerate((100.0, 1000.0, 5000.0), 1):
        told += store.enter("anna", "door", "door", E1, number, came)
        told += store.exit("anna", "door", "door", E1, "silence", came + 50)
    told += store.tick(90_000.0)
    assert closed(told) == [(150.0, "left"), (1050.0, "left"), (5050.0, "left")]
    assert len({change.id for change in told if isinstance(change, Visit)}) == 3


def test_silence_is_not_standing_still() -> None:
    store = visits(20.0)
    store.enter("anna", "door", "door", E1, 1, 100.0)
    store.move(at("anna", "wine", 101.0))
    assert moments(store.tick(125.0)) == []


def test_a_dead_edge_takes_nobody_out_as_gone() -> None:
    store = visits()
    store.enter("anna", "door", "door", E1, 1, 100.0)
    store.hear("anna", "door", "door", 110.0)
    store.edge_lost("door", 112.0)
    assert closed(store.tick(112.0 + SENSOR_LOST_AFTER_S - 1)) == []
    end = store.tick(112.0 + SENSOR_LOST_AFTER_S)
    assert closed(end) == [(110.0, "sensor_lost")]
    assert moments(end) == []


def test_an_edge_that_only_lost_its_link_still_has_her() -> None:
    store = visits()
    store.enter("anna", "door", "door", E1, 1, 100.0)
    store.edge_lost("door", 112.0)
    store.edge_started("door", E1, 120.0)
    store.hear("anna", "door", "door", 121.0)
    assert closed(store.tick(300.0)) == []


def test_an_edge_that_started_again_must_hear_her_again() -> None:
    store = visits()
    store.enter("anna", "door", "door", E1, 1, 100.0)
    store.edge_started("door", E2, 112.0)
    store.hear("anna", "door", "door", 113.0)
    assert closed(store.tick(113.0 + SENSOR_LOST_AFTER_S)) != []


def test_a_late_exit_of_an_older_epoch_ends_nothing() -> None:
    store = visits()
    store.enter("anna", "door", "door", E1, 1, 100.0)
    store.enter("anna", "door", "door", E2, 1, 110.0)
    assert store.exit("anna", "door", "door", E1, "silence", 111.0) == []


def test_taken_up_from_disk_a_visit_goes_on_when_an_edge_says_so() -> None:
    store = visits()
    visit = Visit("v", "anna", 100.0, "wine", 105.0, 1)
    store.load([visit], [Presence("anna", "door", "door", E1, 1, 100.0)], now=200.0)
    store.hear("anna", "door", "door", 201.0)
    assert closed(store.tick(400.0)) == []


def test_taken_up_from_disk_a_visit_that_no_edge_knows_ends() -> None:
    store = visits()
    store.load([Visit("v", "anna", 100.0, "wine", 105.0, 1)], [], now=200.0)
    assert closed(store.tick(200.0 + LINGER_S)) == [(200.0, "left")]


def test_after_a_kill_of_the_gateway_no_visit_stays_open_for_more_than_30_s_of_silence() -> None:
    """Whoever left while it was down is heard by nobody and told of by nobody, where her edge died too."""
    store = visits()
    store.load(
        [Visit("v", "anna", 100.0, "wine", 105.0, 1)], [Presence("anna", "door", "door", E1, 1, 100.0)], now=200.0
    )
    assert closed(store.tick(200.0 + SENSOR_LOST_AFTER_S - 0.1)) == []
    assert [reason for _, reason in closed(store.tick(200.0 + SENSOR_LOST_AFTER_S))] == ["sensor_lost"]
    assert SENSOR_LOST_AFTER_S <= 30


def test_after_a_kill_of_the_gateway_an_exit_from_the_outbox_ends_her_visit_at_its_own_time() -> None:
    store = visits()
    store.load(
        [Visit("v", "anna", 100.0, "wine", 105.0, 1)], [Presence("anna", "door", "door", E1, 1, 100.0)], now=200.0
    )
    store.exit("anna", "door", "door", E1, "silence", 150.0)
    assert closed(store.tick(200.0 + LINGER_S)) == [(150.0, "left")]


def test_after_a_kill_of_an_edge_a_visit_is_open_for_30_s_at_most() -> None:
    """Its last will is there at once; her exit would have been due 10 s after her last packet."""
    store = visits()
    store.enter("anna", "door", "door", E1, 1, 100.0)
    store.hear("anna", "door", "door", 120.0)
    store.edge_lost("door", 120.1)
    assert closed(store.tick(120.1 + 30.0)) == [(120.0, "sensor_lost")]


def test_a_stepped_clock_fires_no_dwell() -> None:
    store = visits(20.0)
    store.enter("anna", "door", "door", E1, 1, 100.0)
    store.move(at("anna", "wine", 101.0))
    store.shift(7200.0)
    store.hear("anna", "door", "door", 7302.0)
    assert moments(store.tick(7302.0)) == []
    store.hear("anna", "door", "door", 7321.0)
    assert moments(store.tick(7321.0)) == [("dwell", "wine")]


class VisitsMachine(RuleBasedStateMachine):
    """Any order of presence, moves, deaths and time: visits open and close in turn, and no moment comes twice."""

    def __init__(self) -> None:
        super().__init__()
        self.store = visits(1.0, 3.0)
        self.now = 1000.0
        self.sequence = 0
        self.seen: set[str] = set()
        self.open: dict[str, str] = {}
        self.epochs = {"door": 1, "till": 1}

    def take(self, changes: list[VisitChange]) -> None:
        for change in changes:
            if isinstance(change, Moment):
                assert change.id not in self.seen
                self.seen.add(change.id)
                assert change.at <= self.now
            elif isinstance(change, Visit):
                if change.left_at is None:
                    assert self.open.setdefault(change.visitor, change.id) == change.id
                else:
                    assert self.open.pop(change.visitor) == change.id
                    assert change.entered_at <= change.left_at <= self.now

    @rule(who=st.sampled_from("ab"), edge=st.sampled_from(["door", "till"]))
    def enter(self, who: str, edge: str) -> None:
        self.sequence += 1
        self.take(self.store.enter(who, edge, edge, UUID(int=self.epochs[edge]), self.sequence, self.now))

    @rule(who=st.sampled_from("ab"), edge=st.sampled_from(["door", "till"]))
    def leave(self, who: str, edge: str) -> None:
        self.take(self.store.exit(who, edge, edge, UUID(int=self.epochs[edge]), "silence", self.now))

    @rule(who=st.sampled_from("ab"), edge=st.sampled_from(["door", "till"]))
    def hear(self, who: str, edge: str) -> None:
        self.take(self.store.hear(who, edge, edge, self.now))

    @rule(who=st.sampled_from("ab"), zone=st.sampled_from(["wine", "cheese"]))
    def move(self, who: str, zone: str) -> None:
        self.take(self.store.move(at(who, zone, self.now)))

    @rule(edge=st.sampled_from(["door", "till"]))
    def die(self, edge: str) -> None:
        self.take(self.store.edge_lost(edge, self.now))

    @rule(edge=st.sampled_from(["door", "till"]), fresh=st.booleans())
    def start(self, edge: str, fresh: bool) -> None:
        self.epochs[edge] += fresh
        self.take(self.store.edge_started(edge, UUID(int=self.epochs[edge]), self.now))

    @rule(seconds=st.sampled_from([0.5, 2.0, 6.0, 31.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.take(self.store.tick(self.now))

    @invariant()
    def nobody_is_in_two_visits(self) -> None:
        assert {visit.visitor: visit.id for visit in self.store.open_visits()} == self.open


TestVisitsMachine = VisitsMachine.TestCase
TestVisitsMachine.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_who_was_here_before_returns() -> None:
    store = visits()
    assert moments(store.enter("anna", "door", "door", E1, 1, 100.0)) == [("enter", None)]
    store.exit("anna", "door", "door", E1, "silence", 160.0)
    store.tick(170.0)
    store.enter("anna", "door", "door", E1, 2, 1000.0)
    store.exit("anna", "door", "door", E1, "silence", 1060.0)
    store.tick(1070.0)
    back = [
        change for change in store.enter("anna", "door", "door", E1, 3, 1060.0 + 7200) if isinstance(change, Moment)
    ]
    assert [moment.kind for moment in back] == ["enter", "return"]
    assert (back[1].away_s, back[1].id) == (7200.0, f"shop.door.{E1.hex}.3.anna.return")


def test_a_press_says_how() -> None:
    store = visits()
    store.enter("anna", "door", "door", E1, 1, 100.0)
    (pressed,) = store.press("anna", Press(101.0, "door", E1, "long_press"), 2)
    assert isinstance(pressed, Moment)
    assert pressed.button == "long_press"


def test_one_press_that_two_edges_hear_is_one_moment() -> None:
    store = visits()
    store.enter("anna", "door", "door", E1, 1, 100.0)
    assert len(store.press("anna", Press(101.0, "door", E1, "press", 7), 2)) == 1
    assert store.press("anna", Press(101.4, "wine", E2, "press", 7), 9) == []
    assert store.press("anna", Press(100.2, "cheese", E2, "press"), 9) == []
    assert store.press("anna", Press(101.9, "door", E2, "press", 7), 1) == [], "the same edge, started again"
    assert len(store.press("anna", Press(101.5, "wine", E2, "press", 8), 10)) == 1
    assert len(store.press("anna", Press(101.5, "wine", E2, "long_press", 8), 11)) == 1
    assert len(store.press("anna", Press(101.6, "door", E1, "press"), 3)) == 0
    assert len(store.press("anna", Press(140.0, "cheese", E2, "press", 7), 12)) == 1
