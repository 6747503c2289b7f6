"""Which of a batch is new: the gateway's half of the promise."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from nearcart_contract.presence import PresenceBatch, Stamp, Transition
from nearcart_gateway.core.batch_gate import judge

STAMP = Stamp(at=0, monotonic=0, boot=UUID(int=1))


def batch(first: int, last: int, oldest: int = 1) -> PresenceBatch:
    transitions = tuple(
        Transition(sequence=number, kind="enter", identity="anna", scanner="wine", stamp=STAMP)
        for number in range(first, last + 1)
    )
    return PresenceBatch(epoch=UUID(int=9), after=first - 1, oldest=oldest, sent=STAMP, transitions=transitions)


def numbers(first: int, last: int, committed: int, oldest: int = 1) -> list[int]:
    return [transition.sequence for transition in judge(batch(first, last, oldest), committed).new]


def test_what_follows_is_new() -> None:
    assert numbers(1, 3, committed=0) == [1, 2, 3]
    assert numbers(4, 4, committed=3) == [4]


def test_what_was_taken_is_not_taken_again() -> None:
    assert numbers(1, 3, committed=2) == [3]
    assert numbers(1, 3, committed=3) == []
    assert judge(batch(1, 3), committed=7).committed == 7


def test_past_a_gap_nothing_is_taken_and_the_old_ack_repeated() -> None:
    verdict = judge(batch(5, 6), committed=2)
    assert (verdict.new, verdict.committed, verdict.missing) == ((), 2, 0)


def test_a_gap_that_the_edge_can_not_fill_is_counted_and_passed() -> None:
    verdict = judge(batch(5, 6, oldest=5), committed=2)
    assert [t.sequence for t in verdict.new] == [5, 6]
    assert (verdict.committed, verdict.missing) == (6, 2)


def test_an_edge_that_still_holds_part_of_a_gap_is_asked_for_it() -> None:
    assert judge(batch(5, 6, oldest=4), committed=2).new == ()


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 8)), max_size=60))
def test_in_any_order_and_repetition_each_number_is_taken_once_and_in_order(pieces: list[tuple[int, int]]) -> None:
    committed, taken = 0, []
    for first, length in pieces:
        verdict = judge(batch(first, first + length), committed)
        taken += [transition.sequence for transition in verdict.new]
        committed = verdict.committed
    assert taken == list(range(1, committed + 1))
