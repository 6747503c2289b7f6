"""What counts as lost and as doubled."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart.demo import reckoning
from nearcart.demo.reckoning import Balance, Limit, Stay
from nearcart.demo.records import DecisionRow, Stream, VisitRow

WINE = Stream("wine", UUID(int=1))
AGAIN = Stream("wine", UUID(int=2))


def sent(number: int, at: float, visitor: str = "anna", outcome: str = "sent") -> DecisionRow:
    return DecisionRow(
        number=number,
        key=f"key-{number}",
        visitor=visitor,
        at=at,
        heard_at=at,
        zone="wine",
        outcome=outcome,
        gate=None,
        reason="",
        offer="hello",
        channel="phone",
        text="Hello.",
        published_at=at,
    )


def test_numbers_that_were_all_applied_once_are_in_balance() -> None:
    assert reckoning.transitions({WINE: 3, AGAIN: 1}, {WINE: [1, 2, 3], AGAIN: [1]}) == Balance(0, 0)


@pytest.mark.parametrize(
    ("applied", "balance"),
    [
        ({WINE: [1, 3]}, Balance(lost=1)),
        ({}, Balance(lost=3)),
        ({WINE: [1, 2, 2, 3]}, Balance(duplicates=1)),
        ({WINE: [1, 2, 3, 4]}, Balance(duplicates=1)),
        ({WINE: [1, 2, 3], AGAIN: [1]}, Balance(duplicates=1)),
    ],
)
def test_a_gap_is_lost_and_what_no_edge_gave_is_too_much(applied: dict[Stream, list[int]], balance: Balance) -> None:
    assert reckoning.transitions({WINE: 3}, applied) == balance


@given(last=st.integers(1, 50), applied=st.lists(st.integers(1, 60)))
def test_what_is_missing_and_what_is_too_much_add_up(last: int, applied: list[int]) -> None:
    balance = reckoning.transitions({WINE: last}, {WINE: applied})
    assert len(applied) == last - balance.lost + balance.duplicates


def test_a_stay_with_its_visit_is_in_balance_and_others_visits_do_not_matter() -> None:
    rows = [VisitRow("anna", 101, 131, "wine"), VisitRow("ben", 90, None, None), VisitRow("anna", 200, None, "wine")]
    assert reckoning.visits([Stay("anna", 100, 130)], rows) == Balance(0, 0)


@pytest.mark.parametrize(("left_at", "lost"), [(109.9, 0), (110.0, 1)])
def test_a_stay_without_a_visit_is_lost_unless_it_was_short(left_at: float, lost: int) -> None:
    assert reckoning.visits([Stay("anna", 100, left_at)], [VisitRow("anna", 10, 50, None)]) == Balance(lost, 0)


def test_two_visits_in_one_stay_are_one_too_many() -> None:
    rows = [VisitRow("anna", 101, 110, "wine"), VisitRow("anna", 112, None, "wine")]
    assert reckoning.visits([Stay("anna", 100, 130)], rows) == Balance(0, 1)


def test_an_offer_that_no_phone_got_is_lost_and_a_repeat_of_its_key_is_one_offer() -> None:
    decisions = [sent(1, at=0), sent(2, at=0, visitor="ben"), sent(3, at=0, visitor="cleo", outcome="ghost")]
    assert reckoning.offers(decisions, {"key-1": 2}, {}) == Balance(lost=1)


def test_an_offer_that_nobody_decided_is_one_too_many() -> None:
    decisions = [sent(1, at=0, outcome="ghost")]
    assert reckoning.offers(decisions, {"key-1": 1}, {}) == Balance(duplicates=1)


@pytest.mark.parametrize(("second_at", "duplicates"), [(59.0, 1), (60.0, 0)])
def test_an_offer_past_its_limit_is_one_too_many(second_at: float, duplicates: int) -> None:
    decisions = [sent(1, at=0), sent(2, at=second_at), sent(3, at=1, visitor="ben")]
    received = {decision.key: 1 for decision in decisions}
    balance = reckoning.offers(decisions, received, {"hello": Limit(times=1, period_s=60)})
    assert balance == Balance(0, duplicates)
