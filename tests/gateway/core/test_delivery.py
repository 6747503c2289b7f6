"""The way of one offer: a state machine, by examples and against a model of everything that can happen to it."""

from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nearcart_gateway.core.changes import Delivery, Receipt
from nearcart_gateway.core.delivery import (
    AFTER_VISIT_S,
    BACK_OFF_S,
    LONGEST_WAIT_S,
    OPEN,
    PATIENCE,
    No,
    NotTaken,
    Outcome,
    Step,
    Taken,
    Unsure,
    addressed,
    after_attempt,
    after_restart,
    before_attempt,
    receipt,
    shifted,
    visit_ended,
    withdraw,
)

NOW = 1_790_000_000.0
OFFER = Delivery(
    "v.enter:offer", "crm", "anna", "door", "{}", NOW, NOW, NOW + 600, through=("phone", "screen"), visit="v"
)


def anywhere(_channel: str) -> None:
    return None


def but(*names: str) -> object:
    return lambda name: No("skipped", f"no way to {name}") if name in names else None


def test_what_is_taken_is_sent_and_what_is_confirmed_delivered() -> None:
    step = after_attempt(OFFER, Taken(), NOW + 1, anywhere)
    assert (step.delivery.state, step.delivery.published_at) == ("sent", NOW + 1)
    assert step.receipts == (Receipt(OFFER.key, "crm", "sent", NOW + 1),)
    delivered = receipt(step.delivery, "delivered", NOW + 2).delivery
    seen = receipt(delivered, "seen", NOW + 3).delivery
    assert (delivered.state, seen.state, seen.published_at) == ("delivered", "seen", NOW + 1)
    assert receipt(seen, "delivered", NOW + 4).delivery == seen, "a receipt that comes late takes nothing back"


def test_trying_again_takes_longer_each_time() -> None:
    delivery, waits = replace(OFFER, through=()), []
    for _ in range(8):
        delivery = after_attempt(delivery, NotTaken("busy"), NOW, anywhere).delivery
        waits.append(delivery.next_at - NOW)
    assert waits == [*BACK_OFF_S, 30.0, 30.0]
    assert delivery.state == "waiting"


def test_what_fails_for_good_is_handed_over_with_the_same_key() -> None:
    step = after_attempt(OFFER, NotTaken("it answered 410", final=True), NOW, but("phone"))  # type: ignore[arg-type]
    moved = step.delivery
    assert (moved.key, moved.channel, moved.state, moved.through) == (OFFER.key, "screen", "waiting", ())
    assert [(note.channel, note.state) for note in step.receipts] == [("crm", "failed"), ("phone", "skipped")]


def test_patience_ends_only_where_another_can_take_over() -> None:
    tried = replace(OFFER, attempts=PATIENCE - 1)
    assert after_attempt(tried, NotTaken("busy"), NOW, anywhere).delivery.channel == "phone"
    assert after_attempt(tried, NotTaken("busy"), NOW, but("phone", "screen")).delivery.channel == "crm"  # type: ignore[arg-type]


def test_whoever_asks_to_be_left_alone_is_for_as_long_as_the_offer_is_good() -> None:
    alone = replace(OFFER, through=())
    assert after_attempt(alone, NotTaken("busy", wait_s=20), NOW, anywhere).delivery.next_at == NOW + 20
    assert after_attempt(alone, NotTaken("busy", wait_s=0.1), NOW, anywhere).delivery.next_at == NOW + BACK_OFF_S[0]
    assert after_attempt(OFFER, NotTaken("busy", wait_s=20), NOW, anywhere).delivery.channel == "crm"
    assert after_attempt(OFFER, NotTaken("busy", wait_s=LONGEST_WAIT_S), NOW, anywhere).delivery.channel == "phone"
    left = replace(OFFER, left_at=NOW - AFTER_VISIT_S + 10)
    assert after_attempt(left, NotTaken("busy", wait_s=9), NOW, anywhere).delivery.channel == "crm"
    assert after_attempt(left, NotTaken("busy", wait_s=10), NOW, anywhere).delivery.channel == "phone", "or never"


def test_skipped_is_not_failed() -> None:
    alone = replace(OFFER, through=("phone",))
    leads_nowhere = NotTaken("no page is open", final=True, skipped=True)
    assert after_attempt(alone, leads_nowhere, NOW, but("phone")).delivery.state == "skipped"  # type: ignore[arg-type]
    failed = NotTaken("it answered 400", final=True)
    assert after_attempt(alone, failed, NOW, but("phone")).delivery.state == "failed"  # type: ignore[arg-type]


def test_what_may_have_arrived_goes_to_nobody_else() -> None:
    timed_out = after_attempt(OFFER, NotTaken("no answer in time", maybe=True), NOW, anywhere).delivery
    assert (timed_out.state, timed_out.channel) == ("waiting", "crm"), "the same channel knows the key"
    refused = after_attempt(timed_out, NotTaken("it answered 410", final=True), NOW + 1, anywhere)
    assert (refused.delivery.state, refused.delivery.channel) == ("unknown", "crm")
    assert after_attempt(OFFER, Unsure("no answer"), NOW, anywhere).delivery.state == "unknown"


def test_after_a_restart_nobody_knows_whether_an_attempt_was_under_way() -> None:
    waiting = after_restart(OFFER, NOW).delivery
    assert (waiting.state, waiting.maybe) == ("waiting", True)
    assert after_restart(replace(OFFER, state="sending"), NOW).delivery.state == "unknown"


def test_nothing_leaves_a_minute_after_she_left_or_after_it_expired() -> None:
    left = visit_ended(OFFER, NOW + 10)
    assert before_attempt(left, NOW + 10 + AFTER_VISIT_S - 0.1, anywhere).send
    late = before_attempt(left, NOW + 10 + AFTER_VISIT_S, anywhere)
    assert (late.send, late.delivery.state) == (False, "expired")
    assert late.delivery.error == "she had left 60 seconds before it could leave"
    assert before_attempt(OFFER, NOW + 600, anywhere, NOW + 599).delivery.state == "expired"


def test_who_was_not_heard_for_a_minute_may_be_gone() -> None:
    """The gateway was down for two minutes: her visit is still open, and nobody knows yet that she left."""
    looks = before_attempt(OFFER, NOW + 120, anywhere)
    assert (looks.send, looks.delivery.state, looks.receipts) == (False, "waiting", ())
    assert looks.delivery.next_at == NOW + 121
    assert before_attempt(OFFER, NOW + 120, anywhere, heard_at=NOW + 119).send


def test_her_no_hands_over_to_a_channel_she_agreed_to() -> None:
    said_no = lambda name: No("withdrawn", "she took it back") if name == "crm" else None  # noqa: E731
    assert before_attempt(OFFER, NOW, said_no).delivery.channel == "phone"
    assert before_attempt(replace(OFFER, through=()), NOW, said_no).delivery.state == "withdrawn"


def test_what_is_taken_back_stays_so() -> None:
    back = withdraw(OFFER, "the cart was bought", NOW)
    assert (back.delivery.state, back.delivery.error) == ("withdrawn", "the cart was bought")
    assert withdraw(back.delivery, "again", NOW + 1).receipts == ()
    assert receipt(back.delivery, "seen", NOW + 2).delivery.state == "withdrawn"


def test_a_step_of_the_clock_moves_all_of_it() -> None:
    moved = shifted(visit_ended(OFFER, NOW + 5), 3600.0)
    assert (moved.expires_at, moved.left_at, moved.heard_at) == (NOW + 4200, NOW + 3605, None)


def test_another_channel_says_whom_it_is_for_or_nobody() -> None:
    body = (
        '{"type":"offer","key":"k","store":"s","offer":"hello","visitor":"anna","text":"Hello.","language":"en",'
        '"decided_at":"2026-11-04T14:00:04Z","expires_at":"2026-11-04T14:10:04Z"}'
    )
    assert "anna" not in addressed(body, None)
    assert addressed(addressed(body, None), "anna") == body


RARELY = st.sampled_from([False] * 7 + [True])
"""What ends the way of an offer, or makes everything uncertain: else hardly any run would come far."""

REPEATABLE = {"crm": True, "phone": True, "rooms": False}


FATES = ["taken", "confirmed", "busy", "refused", "refused", "gone", "gone", "timeout", "timeout", "killed", "killed"]


class OneOffer(RuleBasedStateMachine):
    """One offer through three channels. The world knows where it really arrived; the machine only what it was told."""

    @initialize(order=st.permutations(sorted(REPEATABLE)), life=st.sampled_from([20.0, 600.0]))
    def decide(self, order: list[str], life: float) -> None:
        self.now = NOW
        self.delivery = Delivery(
            "k", order[0], "anna", "door", "{}", NOW, NOW, NOW + life, through=tuple(order[1:]), visit="v"
        )
        self.disk = self.delivery
        self.closed: set[str] = set()
        self.arrived: list[str] = []
        self.sent_at: list[float] = []
        self.heard_at, self.left_at = NOW, None
        self.notes: list[Receipt] = []
        self.outcomes: dict[str, list[bool]] = {name: [] for name in order}

    def ask(self, name: str) -> No | None:
        return No("skipped", "closed") if name in self.closed else None

    def take(self, step: Step) -> None:
        assert step.delivery.key == "k"
        self.delivery = self.disk = step.delivery
        self.notes += step.receipts

    def open(self) -> bool:
        return self.delivery.state in OPEN

    @rule(seconds=st.sampled_from([0.5, 9.0, 40.0, 61.0]), there=st.booleans())
    def time_passes(self, seconds: float, there: bool) -> None:
        self.now += seconds
        if there and self.left_at is None:
            self.heard_at = self.now

    @rule(really=st.booleans())
    def she_leaves(self, really: bool) -> None:
        if really and self.left_at is None:
            self.left_at = self.heard_at
            self.delivery = self.disk = visit_ended(self.delivery, self.left_at)

    @rule(name=st.sampled_from(sorted(REPEATABLE)), really=RARELY)
    def a_way_closes_or_opens(self, name: str, really: bool) -> None:
        if really:
            self.closed ^= {name}

    @precondition(lambda self: self.open())
    @rule(
        fate=st.sampled_from(FATES),
        arrives=st.booleans(),
    )
    def an_attempt(self, fate: str, arrives: bool) -> None:
        step = before_attempt(self.delivery, self.now, self.ask, self.heard_at if self.left_at is None else 0.0)
        if not step.send:
            self.take(step)
            return
        channel = self.delivery.channel
        assert channel not in self.closed
        self.sent_at.append(self.now)
        if not REPEATABLE[channel]:
            self.disk = replace(self.delivery, state="sending")
        unclear = fate in ("timeout", "killed")
        if fate in ("taken", "confirmed") or (unclear and arrives):
            self.arrived.append(channel)
        if fate == "killed":
            self.restart()
            return
        outcomes: dict[str, Outcome] = {
            "taken": Taken(),
            "confirmed": Taken("delivered"),
            "busy": NotTaken("busy"),
            "refused": NotTaken("refused", final=True),
            "gone": NotTaken("gone", final=True, skipped=True),
            "timeout": NotTaken("timeout", maybe=True) if REPEATABLE[channel] else Unsure("timeout"),
        }
        self.take(after_attempt(self.delivery, outcomes[fate], self.now, self.ask))

    @rule(really=RARELY)
    def a_restart(self, really: bool) -> None:
        if really:
            self.restart()

    def restart(self) -> None:
        if self.disk.state in OPEN:
            self.take(after_restart(self.disk, self.now))

    @rule(state=st.sampled_from(["delivered", "seen"]))
    def a_receipt(self, state: str) -> None:
        if self.arrived and self.delivery.channel == self.arrived[-1]:
            self.take(receipt(self.delivery, state, self.now))  # type: ignore[arg-type]

    @rule(really=RARELY)
    def taken_back(self, really: bool) -> None:
        if really:
            self.take(withdraw(self.delivery, "bought", self.now))

    @invariant()
    def one_channel_at_most_and_no_repeat_without_key(self) -> None:
        assert len(set(self.arrived)) <= 1
        assert self.arrived.count("rooms") <= 1

    @invariant()
    def nothing_left_too_late(self) -> None:
        for at in self.sent_at:
            assert at < self.delivery.expires_at
            assert self.left_at is None or at <= self.left_at + AFTER_VISIT_S

    @invariant()
    def failed_means_that_a_channel_failed(self) -> None:
        states = {note.state for note in self.notes}
        if self.delivery.state == "failed":
            assert "failed" in states
            assert not self.arrived
        if self.delivery.state == "skipped":
            assert "failed" not in states
            assert not self.arrived
        if self.delivery.state in ("sent", "delivered", "seen"):
            assert self.delivery.state in states
            assert self.arrived

    @invariant()
    def nobody_hears_of_it_twice_in_two_words(self) -> None:
        ends = [note.state for note in self.notes if note.state in ("expired", "unknown", "withdrawn")]
        assert len(ends) == len(set(ends))


TestOneOffer = OneOffer.TestCase
TestOneOffer.settings = settings(
    max_examples=1000, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.filter_too_much]
)
