"""No transition lost, none applied twice: examples, and a property over a link that loses, repeats and reorders."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from nearcart_edge.core.batches import REPEATED_ACK_PAUSE_S, RESEND_AFTER_S, Batches, Forget, Held, Send

OLD, NEW = UUID(int=1), UUID(int=2)


def test_what_waits_is_sent_at_once_and_only_once() -> None:
    batches = Batches()
    assert batches.next(0.0) is None
    batches.add(NEW, 3, count=3)
    assert batches.next(1.0) == Send(NEW, after=0, upto=3)
    assert batches.next(1.1) is None
    assert batches.acknowledge(NEW, 3) == Forget(NEW, 3)
    assert batches.next(1.2) is None
    assert batches.waiting == 0


def test_what_comes_meanwhile_follows_in_the_next_batch() -> None:
    batches = Batches()
    batches.add(NEW, 1)
    batches.next(0.0)
    batches.add(NEW, 2)
    batches.add(NEW, 3)
    batches.acknowledge(NEW, 1)
    assert batches.next(0.1) == Send(NEW, after=1, upto=3)


def test_a_batch_is_limited_and_holds_one_epoch_the_older_first() -> None:
    batches = Batches([Held(OLD, 5, 1204)], limit=500)
    batches.add(NEW, 1)
    sent = []
    while (send := batches.next(0.0)) is not None:
        sent.append((send.epoch, send.after, send.upto))
        batches.acknowledge(send.epoch, send.upto)
    assert sent == [(OLD, 4, 504), (OLD, 504, 1004), (OLD, 1004, 1204), (NEW, 0, 1)]


def test_an_ack_that_falls_short_brings_the_rest_again_at_once() -> None:
    batches = Batches()
    batches.add(NEW, 10, count=10)
    batches.next(0.0)
    assert batches.acknowledge(NEW, 4) == Forget(NEW, 4)
    assert batches.next(0.0) == Send(NEW, after=4, upto=10)


def test_without_an_ack_it_is_sent_again_ever_more_patiently() -> None:
    batches = Batches()
    batches.add(NEW, 1)
    times = []
    now = 0.0
    while now < 120:
        if batches.next(now) is not None:
            times.append(now)
        deadline = batches.deadline()
        assert deadline is not None
        now = deadline
    assert times == [0.0, 3.0, 9.0, 21.0, 45.0, 75.0, 105.0]


def test_a_repeated_ack_asks_for_the_batch_again_but_never_in_a_tight_loop() -> None:
    batches = Batches([Held(NEW, 11, 12)])
    sends = 0
    for millisecond in range(1000):
        sends += batches.next(millisecond / 1000) is not None
        batches.acknowledge(NEW, 7)
    assert sends == 1 / REPEATED_ACK_PAUSE_S


def test_a_new_connection_sends_at_once() -> None:
    batches = Batches()
    batches.add(NEW, 1)
    batches.next(0.0)
    batches.reconnected()
    assert batches.next(0.1) == Send(NEW, 0, 1)


def test_an_ack_of_an_epoch_that_is_not_held_is_no_news() -> None:
    batches = Batches()
    assert batches.acknowledge(OLD, 5) is None


def test_a_card_restored_from_an_old_image_meets_a_gateway_that_knows_more() -> None:
    batches = Batches([Held(OLD, 5, 8)])
    assert batches.acknowledge(OLD, 20) == Forget(OLD, 8)
    assert batches.waiting == 0


@dataclass
class ModelGateway:
    """What DESIGN.md promises of a gateway: it takes what follows, or what can never be resent, and repeats its ack else."""

    committed: dict[UUID, int] = field(default_factory=dict)
    applied: list[tuple[UUID, int]] = field(default_factory=list)

    def take(self, send: Send, held_from: int) -> tuple[UUID, int]:
        committed = self.committed.get(send.epoch, 0)
        if send.after <= committed or held_from > committed + 1:
            self.applied += [(send.epoch, each) for each in range(max(committed, send.after) + 1, send.upto + 1)]
            self.committed[send.epoch] = max(committed, send.upto)
        return send.epoch, self.committed.get(send.epoch, 0)


@dataclass
class Wire:
    """Both directions of an unreliable link: any message may be lost, doubled or overtaken."""

    random: Random
    loss: float
    under_way: list[tuple[str, Send | tuple[UUID, int]]] = field(default_factory=list)

    def put(self, kind: str, message: Send | tuple[UUID, int]) -> None:
        for _ in range(self.random.choice((1, 1, 2))):
            if self.random.random() >= self.loss:
                self.under_way.append((kind, message))

    def take(self) -> tuple[str, Send | tuple[UUID, int]]:
        return self.under_way.pop(self.random.randrange(len(self.under_way)))


class Play:
    """An edge and a gateway over a wire, all by one seed."""

    def __init__(self, seed: int, held: Sequence[Held], loss: float) -> None:
        self.random = Random(seed)
        self.wire = Wire(self.random, loss)
        self.gateway = ModelGateway()
        self.batches = Batches(held)
        self.numbered = [(each.epoch, number) for each in held for number in range(each.oldest, each.newest + 1)]
        self.newest = 0
        self.now = 0.0

    def record(self, count: int) -> None:
        self.numbered += [(NEW, self.newest + offset) for offset in range(1, count + 1)]
        self.newest += count
        self.batches.add(NEW, self.newest, count)

    def turn(self) -> None:
        self.now += self.random.choice((0.0, 0.05, 0.5, RESEND_AFTER_S))
        send = self.batches.next(self.now)
        if send is not None:
            self.wire.put("batch", send)
        while self.wire.under_way and self.random.random() < 0.7:
            self.deliver(*self.wire.take())

    def deliver(self, kind: str, message: Send | tuple[UUID, int]) -> None:
        if isinstance(message, Send):
            self.wire.put("ack", self.gateway.take(message, held_from=message.after + 1))
        else:
            self.batches.acknowledge(*message)

    def settle(self) -> None:
        self.wire.loss = 0.0
        for _ in range(200):
            if not self.batches.waiting:
                return
            self.now += 60
            self.turn()


EARLIER = st.sampled_from([(), (Held(OLD, 1, 3),), (Held(OLD, 1, 700),)])
RECORDED = st.lists(st.integers(0, 4), max_size=30)


@given(seed=st.integers(0, 2**32), held=EARLIER, recorded=RECORDED, loss=st.sampled_from([0.0, 0.3, 0.8]))
@settings(max_examples=200, deadline=None)
def test_everything_is_applied_exactly_once_and_in_order(
    seed: int, held: tuple[Held, ...], recorded: list[int], loss: float
) -> None:
    play = Play(seed, held, loss)
    for count in recorded:
        if count:
            play.record(count)
        if count == 3:
            play.batches.reconnected()
        play.turn()
    play.settle()
    assert play.batches.waiting == 0
    assert play.gateway.applied == play.numbered


@given(seed=st.integers(0, 2**32), recorded=RECORDED, back_to=st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_a_gateway_restored_from_a_backup_gets_everything_still_held(
    seed: int, recorded: list[int], back_to: float
) -> None:
    play = Play(seed, (), 0.3)
    for count in recorded:
        if count:
            play.record(count)
        play.turn()
    committed = play.gateway.committed.get(NEW, 0)
    restored = int(committed * back_to)
    held = {number for _, number in play.numbered[-play.batches.waiting :]} if play.batches.waiting else set()
    play.gateway.committed = {NEW: restored}
    play.gateway.applied = [(NEW, number) for number in range(1, restored + 1)]
    play.wire.under_way.clear()
    play.batches.acknowledge(NEW, restored)
    play.record(1)
    play.settle()
    assert play.batches.waiting == 0
    assert len(play.gateway.applied) == len(set(play.gateway.applied))
    assert {(NEW, number) for number in held} <= set(play.gateway.applied)
    assert play.gateway.applied[-1] == (NEW, play.newest)
