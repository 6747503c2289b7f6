"""Who walks where, and what edges tell of it, without a network."""

import itertools
import uuid

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from nearcart_contract.presence import MAX_TRANSITIONS, Ack, PresenceBatch
from nearcart_sim.core.load.crowd import EXIT_AFTER_S, LoadCrowd, unacknowledged
from nearcart_sim.core.load.edge import RESEND_AFTER_S, LoadEdge
from nearcart_sim.core.load.walkers import OPENING_S, Move, Walkers
from nearcart_sim.shell.streams import seeded

EDGES = ("bakery", "cheese", "door", "wine")
NOW = 1_790_000_000.0


def edge(name: str = "door") -> LoadEdge:
    return LoadEdge(name, name, uuid.UUID(int=1), uuid.UUID(int=2), "")


def walkers(count: int = 50, seed: int = 0, stay_s: float = 20.0, outside: float = 0.1) -> Walkers:
    return Walkers([f"t-{n}" for n in range(count)], EDGES, seeded(seed), stay_s=stay_s, outside=outside)


def way_of(identity: str, moves: list[Move]) -> list[Move]:
    return [move for move in moves if move.identity == identity]


class TestWalkers:
    def test_everybody_comes_soon_and_goes_on_from_where_she_is(self) -> None:
        moves = list(walkers().until(600.0))
        assert [move.at for move in moves] == sorted(move.at for move in moves)
        for number in range(50):
            way = way_of(f"t-{number}", moves)
            assert way[0].at <= OPENING_S
            assert way[0].left is None
            assert all(before.entered == after.left for before, after in itertools.pairwise(way))
            assert all(move.left != move.entered for move in way)

    def test_one_more_tag_changes_nobody_elses_way(self) -> None:
        few, many = list(walkers(3).until(300.0)), list(walkers(4).until(300.0))
        assert [way_of(f"t-{n}", many) for n in range(3)] == [way_of(f"t-{n}", few) for n in range(3)]
        assert list(walkers(3, seed=1).until(300.0)) != few

    def test_they_stay_as_long_as_asked_and_are_out_as_often(self) -> None:
        moves = list(walkers(200, stay_s=20.0, outside=0.25).until(2000.0))
        left = [move for move in moves if move.left is not None]
        assert sum(move.entered is None for move in left) / len(left) == pytest.approx(0.25, abs=0.06)
        assert 200 * 2000 / len(moves) == pytest.approx(21.0, rel=0.1)  # some draws lead to where she stands


class TestCrowd:
    def play(self, seconds: float) -> tuple[LoadCrowd, list[LoadEdge], Walkers]:
        edges, people = [edge(name) for name in EDGES], walkers()
        crowd = LoadCrowd(edges, people, heard_by=3)
        for quarter in range(int(seconds * 4)):
            crowd.advance(quarter / 4, (NOW + quarter / 4, quarter / 4))
        return crowd, edges, people

    def test_every_enter_has_its_exit_in_the_end(self) -> None:
        crowd, edges, _ = self.play(200.0)
        assert crowd.counted["enter"] > 200
        crowd.leave_all((NOW + 200, 200.0))
        assert crowd.counted["enter"] == crowd.counted["exit"]
        assert unacknowledged(edges) == sum(crowd.counted.values())

    def test_an_exit_is_told_after_silence_and_not_of_who_came_back(self) -> None:
        crowd, edges, _ = self.play(200.0)
        inside: dict[tuple[str, str], float] = {}
        for each in edges:
            for batch in _all_batches(each):
                for transition in batch.transitions:
                    key, at = (each.name, transition.identity), transition.stamp.at
                    assert (key in inside) == (transition.kind == "exit"), "enter and exit take turns"
                    if transition.kind == "enter":
                        inside[key] = at
                    else:
                        assert at - inside.pop(key) >= EXIT_AFTER_S
        assert crowd.counted["enter"] - crowd.counted["exit"] == len(inside)

    def test_each_tag_is_heard_once_a_second_by_its_edge_and_the_next_ones(self) -> None:
        crowd, _, people = self.play(30.0)
        where = {name: zone for name, zone in people.where.items() if zone is not None}
        heard = [(name, *packet) for name in EDGES for quarter in range(4) for packet in crowd.heard(name, quarter)]
        assert len(heard) == len({(name, identity) for name, identity, _ in heard}) == 3 * len(where)
        loudest: dict[str, tuple[int, str]] = {}
        for name, identity, rssi in heard:
            loudest[identity] = max(loudest.get(identity, (-200, "")), (rssi, name))
        assert {identity: name for identity, (_, name) in loudest.items()} == where


def _all_batches(each: LoadEdge) -> list[PresenceBatch]:
    batches = []
    while (batch := each.batch((NOW, 0.0))) is not None:
        batches.append(batch)
        each.take(Ack(epoch=batch.epoch, committed=batch.transitions[-1].sequence))
    return batches


class OneEdge(RuleBasedStateMachine):
    """Against a gateway that takes batches in order and acknowledges some, while messages get lost both ways."""

    def __init__(self) -> None:
        super().__init__()
        self.edge = edge()
        self.at = 0.0
        self.taken: list[str] = []
        self.made: list[str] = []

    @rule(count=st.integers(1, 700))
    def people_come(self, count: int) -> None:
        for _ in range(count):
            name = f"t-{len(self.made)}"
            self.made.append(name)
            self.edge.enter(name, (NOW + self.at, self.at), -60)

    @rule(batch_lost=st.booleans(), ack_lost=st.booleans())
    def send(self, batch_lost: bool, ack_lost: bool) -> None:
        batch = self.edge.batch((NOW + self.at, self.at))
        if batch is None or batch_lost:
            return
        assert len(batch.transitions) <= MAX_TRANSITIONS
        assert batch.oldest == self.edge.acknowledged + 1
        if batch.after <= len(self.taken):
            new = batch.transitions[len(self.taken) - batch.after :]
            self.taken += [transition.identity for transition in new]
        if not ack_lost:
            self.edge.take(Ack(epoch=batch.epoch, committed=len(self.taken)))

    @rule()
    def time_passes(self) -> None:
        self.at += RESEND_AFTER_S

    @rule()
    def an_ack_of_another_start_changes_nothing(self) -> None:
        assert self.edge.take(Ack(epoch=uuid.UUID(int=9), committed=10_000)) is None

    @invariant()
    def nothing_is_lost_or_told_twice(self) -> None:
        assert self.taken == self.made[: len(self.taken)]
        assert self.edge.acknowledged <= len(self.taken)
        assert self.edge.unacknowledged == len(self.made) - self.edge.acknowledged

    def teardown(self) -> None:
        for _ in range(len(self.made) // MAX_TRANSITIONS + 2):
            self.time_passes()
            self.send(False, False)
        assert self.taken == self.made


OneEdge.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestOneEdge = OneEdge.TestCase
