"""Counts in sliding periods, against a plain list that says the same."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from nearcart_gateway.core.ledger import MAX_KEPT, Ledger

visitors, offers = st.sampled_from(["anna", "bea"]), st.sampled_from(["wine", "cheese"])
times = st.integers(0, 100).map(float)


def test_what_happened_at_the_bound_is_not_within_the_period() -> None:
    ledger = Ledger()
    ledger.add("anna", "wine", "autumn", 10.0)
    assert (ledger.count("anna", "wine", 9.9), ledger.count("anna", "wine", 10.0)) == (1, 0)


def test_rows_load_in_any_order() -> None:
    ledger = Ledger()
    ledger.load([("anna", "wine", None, 30.0), ("anna", "wine", None, 10.0), ("anna", "cheese", None, 20.0)])
    assert (ledger.count("anna", "wine", 15.0), ledger.last("anna"), ledger.last("bea")) == (1, 30.0, None)


def test_the_oldest_of_too_many_are_let_go() -> None:
    ledger = Ledger()
    ledger.load(("anna", "wine", None, float(at)) for at in range(MAX_KEPT + 5))
    assert ledger.count("anna", "wine", -1.0) == MAX_KEPT
    assert ledger.last("anna") == MAX_KEPT + 4


def test_a_visitor_can_be_forgotten() -> None:
    ledger = Ledger()
    ledger.load([("anna", "wine", None, 1.0), ("bea", "wine", None, 1.0)])
    ledger.forget("anna")
    assert (ledger.count("anna", "wine", 0.0), ledger.count("bea", "wine", 0.0)) == (0, 1)


class LedgerIsAList(RuleBasedStateMachine):
    """Whatever is added and pruned, a ledger counts as a list of rows does."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.rows: list[tuple[str, str, float]] = []

    @rule(visitor=visitors, offer=offers, at=times)
    def add(self, visitor: str, offer: str, at: float) -> None:
        self.ledger.add(visitor, offer, None, at)
        self.rows.append((visitor, offer, at))

    @rule(before=times)
    def prune(self, before: float) -> None:
        self.ledger.prune(before)
        self.rows = [row for row in self.rows if row[2] >= before]

    @rule(visitor=visitors, offer=offers, since=times)
    def count(self, visitor: str, offer: str, since: float) -> None:
        expected = sum(row[:2] == (visitor, offer) and row[2] > since for row in self.rows)
        assert self.ledger.count(visitor, offer, since) == expected

    @invariant()
    def last(self) -> None:
        for visitor in ("anna", "bea"):
            assert self.ledger.last(visitor) == max((row[2] for row in self.rows if row[0] == visitor), default=None)


TestLedgerIsAList = LedgerIsAList.TestCase
TestLedgerIsAList.settings = settings(deadline=None, max_examples=60)


@settings(deadline=None)
@given(st.lists(st.tuples(visitors, offers, st.none(), times)), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[Any], random: Any) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    one, other = Ledger(), Ledger()
    one.load(rows)
    other.load(shuffled)
    for visitor, offer, _, since in rows:
        assert one.count(visitor, offer, since) == other.count(visitor, offer, since)
        assert one.last(visitor) == other.last(visitor)
