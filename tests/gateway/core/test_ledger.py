"""Counts in sliding periods, against a plain list that says the same."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from nearcart_gateway.core.ledger import SWEPT_AT_ONCE, Count, Ledger, LedgerRow
from nearcart_gateway.core.spending import Spent, Use

VISITORS, OFFERS, CAMPAIGNS = ["anna", "bea"], ["wine", "cheese"], ["autumn", None]
visitors, offers, campaigns = st.sampled_from(VISITORS), st.sampled_from(OFFERS), st.sampled_from(CAMPAIGNS)
times = st.integers(0, 100).map(float)
rows = st.tuples(visitors, offers, campaigns, times)

HER_WINE = Count.of("offer", "wine", 5.0, hers=True)
WINE = Count.of("offer", "wine", 5.0)
AUTUMN = Count.of("campaign", "autumn", 5.0)
HER_AUTUMN = Count.of("campaign", "autumn", 5.0, hers=True)
STORE = Count.of("store", "corner", 5.0)
HER_ALL = Count.of("store", "corner", 5.0, hers=True)
QUESTIONS = (HER_WINE, WINE, AUTUMN, HER_AUTUMN, STORE, HER_ALL)


def counted(rows: list[LedgerRow], question: Count, visitor: str, at: float) -> int:
    """The same by looking at every row."""
    column = {"offer": 1, "campaign": 2, "store": None}[question.scope]
    return sum(
        row[3] > at - question.period_s
        and (column is None or row[column] == question.name)
        and (not question.hers or row[0] == visitor)
        for row in rows
    )


def test_what_happened_at_the_bound_is_not_within_the_period() -> None:
    ledger = Ledger()
    ledger.add("anna", "wine", "autumn", 10.0)
    for question in QUESTIONS:
        assert (ledger.count(question, "anna", 14.9), ledger.count(question, "anna", 15.0)) == (1, 0)


def test_every_scope_counts_its_own() -> None:
    ledger = Ledger()
    ledger.load([("anna", "wine", "autumn", 1.0), ("bea", "wine", "autumn", 2.0), ("anna", "cheese", "autumn", 3.0)])
    ledger.load([("anna", "bread", None, 4.0), (None, "wine", "autumn", 4.5)])
    found = {question.key: ledger.count(question, "anna", 5.0) for question in QUESTIONS}
    assert found == {
        "visitor:offer:wine:5": 1,
        "offer:wine:5": 3,
        "campaign:autumn:5": 4,
        "visitor:campaign:autumn:5": 2,
        "store:corner:5": 5,
        "visitor:store:corner:5": 3,
    }


def test_rows_load_in_any_order() -> None:
    ledger = Ledger()
    ledger.load([("anna", "wine", None, 30.0), ("anna", "wine", None, 10.0), ("anna", "cheese", None, 20.0)])
    assert (ledger.count(HER_WINE, "anna", 15.0), ledger.last("anna"), ledger.last("bea")) == (1, 30.0, None)


def test_a_visitor_can_be_forgotten_and_what_was_offered_still_counts() -> None:
    ledger = Ledger()
    ledger.load([("anna", "wine", None, 1.0), ("bea", "wine", None, 1.0)])
    ledger.forget("anna")
    assert (ledger.count(HER_WINE, "anna", 2.0), ledger.count(HER_WINE, "bea", 2.0)) == (0, 1)
    assert ledger.count(WINE, "anna", 2.0) == 2


def test_offers_that_look_further_back_find_what_was_let_go() -> None:
    every: list[LedgerRow] = [("anna", "wine", "autumn", float(at)) for at in range(100)]
    ledger = Ledger()
    ledger.load(every)
    ledger.prune(50.0)
    year = Count.of("offer", "wine", 1000.0)
    assert ledger.count(year, "anna", 100.0) == 50
    ledger.reach_back(every, 20.0)
    assert ledger.count(year, "anna", 100.0) == 80
    ledger.reach_back(every, 20.0)
    assert ledger.count(year, "anna", 100.0) == 80


def test_a_sweep_takes_the_visitors_a_part_at_a_time() -> None:
    ledger = Ledger()
    ledger.load((f"v-{number}", "wine", None, 1.0) for number in range(SWEPT_AT_ONCE + 1))
    ledger.add("anna", "wine", None, 9.0)
    steps = 0
    while steps == 0 or ledger.sweeping:
        ledger.sweep(5.0)
        steps += 1
    assert steps == 3
    assert [ledger.last(visitor) for visitor in ("v-0", f"v-{SWEPT_AT_ONCE}", "anna")] == [None, None, 9.0]
    assert ledger.count(Count.of("store", "corner", 100.0), "", 10.0) == 1


@pytest.mark.parametrize("pruned", [1500, 3000])
def test_what_is_let_go_gives_its_memory_back(pruned: int) -> None:
    ledger = Ledger()
    ledger.load((None, "wine", "autumn", float(at)) for at in range(3000))
    ledger.prune(float(pruned))
    ledger.add(None, "wine", "autumn", 3000.0)
    everything = Count.of("campaign", "autumn", 1e6)
    assert ledger.count(everything, "", 3000.0) == 3001 - pruned


class LedgerIsAList(RuleBasedStateMachine):
    """Whatever is added, swept and reached back for, a ledger counts as a list of rows does."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.rows: list[LedgerRow] = []
        self.kept_from = 0.0

    @rule(row=rows)
    def add(self, row: LedgerRow) -> None:
        if row[3] >= self.kept_from:
            self.ledger.add(*row)
            self.rows.append(row)

    @rule(before=times)
    def prune(self, before: float) -> None:
        self.ledger.prune(before)
        self.kept_from = max(self.kept_from, before)

    @rule(before=times)
    def sweep(self, before: float) -> None:
        if not self.ledger.sweeping:
            self.kept_from = max(self.kept_from, before)
        self.ledger.sweep(before)

    @rule(keep_from=times)
    def reach_back(self, keep_from: float) -> None:
        self.ledger.reach_back(list(self.rows), keep_from)
        self.kept_from = min(self.kept_from, keep_from)

    @rule(visitor=visitors, question=st.sampled_from(QUESTIONS), at=times)
    def count(self, visitor: str, question: Count, at: float) -> None:
        if at - question.period_s >= self.kept_from:
            assert self.ledger.count(question, visitor, at) == counted(self.rows, question, visitor, at)

    @invariant()
    def last(self) -> None:
        for visitor in VISITORS:
            newest = max((row[3] for row in self.rows if row[0] == visitor), default=None)
            if newest is not None and newest >= self.kept_from:
                assert self.ledger.last(visitor) == newest


TestLedgerIsAList = LedgerIsAList.TestCase
TestLedgerIsAList.settings = settings(deadline=None, max_examples=60)


@settings(deadline=None)
@given(st.lists(rows), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[Any], random: Any) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    one, other = Ledger(), Ledger()
    one.load(rows)
    other.load(shuffled)
    for visitor, _, _, at in rows:
        assert all(one.count(question, visitor, at) == other.count(question, visitor, at) for question in QUESTIONS)
        assert one.last(visitor) == other.last(visitor)


def test_who_is_forgotten_leaves_counts_and_sums_and_nothing_that_is_hers() -> None:
    ledger = Ledger()
    ledger.add("anna", "wine", "autumn", 10.0)
    ledger.spending.put(Use("k1", "anna", "wine", "autumn", 10.0, 600.0, "held", money=Decimal(5), gives=True))
    ledger.forget("anna")
    everybody = Count.of("campaign", "autumn", 3600.0)
    hers = Count.of("campaign", "autumn", 3600.0, hers=True)
    assert (ledger.count(everybody, "ben", 20.0), ledger.count(hers, "anna", 20.0)) == (1, 0)
    assert (ledger.last("anna"), ledger.holds("anna", 20.0)) == (None, ())
    assert ledger.spending.open_of("anna", 20.0) == ()
    assert ledger.spending.use("k1") is None
    assert ledger.spent("autumn") == Spent(1, Decimal(5))
