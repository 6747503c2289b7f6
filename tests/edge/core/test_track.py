"""Enter, update, exit: as examples, and against a model that keeps every packet."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from nearcart_contract.edge_file import Tracking
from nearcart_edge.core.presence import PresenceEvent
from nearcart_edge.core.telemetry import TagTelemetry
from nearcart_edge.core.track import MAX_PACKETS, Heard, Tracker

TRACKING = Tracking(enter_packets=2, enter_within_s=5, exit_after_s=10, exit_gaps=0)


def heard(at: float, identity: str = "anna", scanner: str = "door", rssi: int | None = -60) -> Heard:
    return Heard(identity, scanner, at, rssi)


def entered(*times: float) -> Tracker:
    tracker = Tracker(TRACKING)
    for at in times:
        tracker.hear(heard(at))
    return tracker


def kinds(events: tuple[PresenceEvent, ...]) -> list[tuple[str, float]]:
    return [(event.kind, event.at) for event in events]


def test_the_second_packet_in_time_is_an_enter() -> None:
    tracker = Tracker(TRACKING)
    assert tracker.hear(heard(0)) == ()
    assert tracker.hear(heard(4, rssi=-50)) == (PresenceEvent("enter", "anna", "door", 4, -50),)
    assert tracker.hear(heard(5)) == ()
    assert tracker.present == 1


def test_nobody_leaves_a_scanner_that_is_doubted_until_it_is_trusted_again() -> None:
    tracker = entered(0, 1)
    tracker.doubt("door", True)
    assert tracker.tick(11) == ()
    assert tracker.next_deadline() == 12
    assert tracker.tick(40) == ()
    tracker.doubt("door", False)
    assert kinds(tracker.tick(41)) == [("exit", 41)]
    assert tracker.present == 0


def test_whoever_is_heard_again_by_a_doubted_scanner_never_left() -> None:
    tracker = entered(0, 1)
    tracker.doubt("door", True)
    assert tracker.tick(30) == ()
    tracker.doubt("door", False)
    assert tracker.hear(heard(30.5)) == ()
    assert tracker.tick(40.4) == ()
    assert kinds(tracker.tick(40.5)) == [("exit", 40.5)]


def test_doubt_is_of_one_scanner_and_ends_with_its_loss() -> None:
    tracker = entered(0, 1)
    for at in (0, 1):
        tracker.hear(heard(at + 1, scanner="wine"))
    tracker.doubt("door", True)
    assert [(event.scanner, event.cause) for event in tracker.tick(20)] == [("wine", "silence")]
    assert [(event.scanner, event.cause) for event in tracker.scanner_lost("door", 25)] == [("door", "scanner_lost")]
    assert tracker.tick(60) == ()


def test_packets_too_far_apart_are_no_enter() -> None:
    tracker = Tracker(TRACKING)
    assert [tracker.hear(heard(at)) for at in (0, 6, 12, 18)] == [(), (), (), ()]


def test_three_packets_must_all_fall_within_the_window() -> None:
    tracker = Tracker(Tracking(enter_packets=3, enter_within_s=5))
    assert [tracker.hear(heard(at)) for at in (0, 4, 6)] == [(), (), ()]
    assert kinds(tracker.hear(heard(8))) == [("enter", 8)]


def test_one_packet_is_enough_where_the_file_says_so() -> None:
    assert kinds(Tracker(Tracking(enter_packets=1)).hear(heard(3))) == [("enter", 3)]


def test_silence_is_an_exit_at_its_deadline_however_late_it_is_looked_for() -> None:
    tracker = entered(0, 1)
    assert tracker.next_deadline() == 11
    assert tracker.tick(10.9) == ()
    assert tracker.tick(500) == (PresenceEvent("exit", "anna", "door", 11, -60, "silence"),)
    assert tracker.tick(501) == ()
    assert tracker.next_deadline() is None


def test_a_packet_after_the_deadline_gives_the_exit_first_and_starts_anew() -> None:
    tracker = entered(0, 1)
    assert kinds(tracker.hear(heard(30))) == [("exit", 11)]
    assert kinds(tracker.hear(heard(31))) == [("enter", 31)]


def test_exits_fall_due_in_the_order_of_the_last_packets() -> None:
    tracker = Tracker(Tracking(enter_packets=1, exit_after_s=10))
    for at, identity in ((0, "anna"), (1, "ben"), (2, "anna")):
        tracker.hear(heard(at, identity))
    assert [(event.identity, event.at) for event in tracker.tick(99)] == [("ben", 11), ("anna", 12)]


def test_scanners_are_tracked_apart() -> None:
    tracker = Tracker(Tracking(enter_packets=1))
    assert kinds(tracker.hear(heard(0, scanner="door"))) == [("enter", 0)]
    assert kinds(tracker.hear(heard(1, scanner="till"))) == [("enter", 1)]
    assert tracker.present == 1
    lost = tracker.scanner_lost("door", 2)
    assert lost == (PresenceEvent("exit", "anna", "door", 2, -60, "scanner_lost"),)
    assert tracker.scanner_lost("door", 3) == ()


def test_a_lost_scanner_forgets_who_was_about_to_enter() -> None:
    tracker = entered(0)
    tracker.scanner_lost("door", 1)
    assert tracker.hear(heard(2)) == ()


def test_who_withdraws_consent_leaves_everywhere_at_once_and_leaves_no_samples() -> None:
    tracker = Tracker(Tracking(enter_packets=1))
    tracker.hear(heard(0, scanner="door"))
    tracker.hear(heard(1, scanner="till"))
    assert [(e.scanner, e.cause) for e in tracker.withdraw("anna", 2)] == [("door", "silence"), ("till", "silence")]
    assert tracker.take_updates() == ()


def test_updates_hold_each_packet_once_those_before_the_enter_included() -> None:
    tracker = Tracker(TRACKING)
    tracker.hear(heard(0, rssi=-70))
    assert tracker.take_updates() == ()
    tracker.hear(heard(1, rssi=-60))
    tracker.hear(Heard("anna", "door", 2, -50, measured_power=-59, telemetry=TagTelemetry(battery_mv=3000)))
    (update,) = tracker.take_updates()
    assert update.packets == ((0, -70), (1, -60), (2, -50))
    assert (update.measured_power, update.telemetry) == (-59, TagTelemetry(battery_mv=3000))
    assert tracker.take_updates() == ()
    tracker.hear(heard(3))
    (update,) = tracker.take_updates()
    assert (update.packets, update.measured_power, update.telemetry) == (((3, -60),), -59, None)


def test_a_packet_without_rssi_keeps_somebody_present_but_is_no_sample() -> None:
    tracker = entered(0, 1)
    tracker.take_updates()
    tracker.hear(heard(9, rssi=None))
    assert tracker.take_updates() == ()
    assert tracker.tick(12) == ()


def test_the_newest_packets_are_kept_when_nobody_takes_them() -> None:
    tracker = entered(*(at / 10 for at in range(1000)))
    (update,) = tracker.take_updates()
    assert len(update.packets) == MAX_PACKETS
    assert update.packets[-1][0] == 99.9


def test_passers_by_are_forgotten() -> None:
    tracker = Tracker(TRACKING)
    for at in range(1000):
        tracker.hear(heard(at, identity=f"tag-{at}"))
    assert len(tracker._candidates) <= 7


NAMES, SCANNERS = st.sampled_from(["anna", "ben"]), st.sampled_from(["door", "till"])
STEPS = st.sampled_from([0.0, 0.4, 1.0, 3.0, 5.0, 5.1, 9.0, 10.0, 25.0])


class TrackerAgainstModel(RuleBasedStateMachine):
    """The model keeps all arrival times of each pair and works out from them who must be present."""

    def __init__(self) -> None:
        super().__init__()
        self.tracker = Tracker(TRACKING)
        self.now = 0.0
        self.arrivals: dict[tuple[str, str], list[float]] = {}
        self.present: dict[tuple[str, str], float] = {}

    def check(self, events: tuple[PresenceEvent, ...], causes: set[str | None]) -> None:
        for event in events:
            key = event.identity, event.scanner
            assert event.at <= self.now
            if event.kind == "exit":
                assert key in self.present, "an exit without an enter"
                del self.present[key]
                self.arrivals[key] = []
                assert event.cause in causes
            else:
                assert key not in self.present, "two enters in a row"
                assert len([at for at in self.arrivals[key] if self.now - at <= TRACKING.enter_within_s]) >= 2
                self.present[key] = self.now

    @rule(step=STEPS, identity=NAMES, scanner=SCANNERS)
    def hear(self, step: float, identity: str, scanner: str) -> None:
        self.now += step
        key = identity, scanner
        events = self.tracker.hear(heard(self.now, identity, scanner))
        exits = tuple(event for event in events if event.kind == "exit")
        self.check(exits, {"silence"})
        self.arrivals.setdefault(key, []).append(self.now)
        self.check(events[len(exits) :], set())
        if key in self.present:
            self.present[key] = self.now
        else:
            recent = [at for at in self.arrivals[key] if self.now - at <= TRACKING.enter_within_s]
            assert len(recent) < TRACKING.enter_packets, "an enter is missing"

    @rule(step=STEPS)
    def tick(self, step: float) -> None:
        self.now += step
        self.check(self.tracker.tick(self.now), {"silence"})

    @rule(scanner=SCANNERS)
    def lose_scanner(self, scanner: str) -> None:
        self.check(self.tracker.scanner_lost(scanner, self.now), {"silence", "scanner_lost"})
        for key in self.arrivals:
            if key[1] == scanner:
                self.arrivals[key] = []
        assert not any(key[1] == scanner for key in self.present)

    @rule(identity=NAMES)
    def withdraw(self, identity: str) -> None:
        self.check(self.tracker.withdraw(identity, self.now), {"silence"})
        for key in self.arrivals:
            if key[0] == identity:
                self.arrivals[key] = []
        assert not any(key[0] == identity for key in self.present)

    @rule()
    def take(self) -> None:
        for update in self.tracker.take_updates():
            assert (update.identity, update.scanner) in self.present
            assert list(update.packets) == sorted(update.packets)

    @invariant()
    def the_deadline_is_the_first_present_to_fall_silent(self) -> None:
        deadline = self.tracker.next_deadline()
        due = [at + TRACKING.exit_after_s for at in self.present.values()]
        assert deadline == (min(due) if due else None)


TestTrackerAgainstModel = TrackerAgainstModel.TestCase
TestTrackerAgainstModel.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
