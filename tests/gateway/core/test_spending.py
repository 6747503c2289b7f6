"""What a campaign has spent, and that it never spends more than it has: against a plain dictionary that says the same."""

import contextlib
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from nearcart_gateway.core.spending import REMEMBERED_S, Ceiling, NotRedeemedError, Spending, Spent, Use

FREE = Ceiling()


def use(key: str = "k1", **changed: object) -> Use:
    made = Use(key, "anna", "wine", "autumn", 0.0, 600.0, "held", money=Decimal(5), gives=True)
    return replace(made, **changed)  # type: ignore[arg-type]


def spending(*uses: Use) -> Spending:
    found = Spending()
    found.load(uses, 0.0)
    return found


def test_an_offer_holds_its_part_until_it_expires() -> None:
    budget = spending(use())
    assert budget.spent("autumn") == Spent(1, Decimal(5))
    budget.expire(599.0)
    assert budget.spent("autumn") == Spent(1, Decimal(5))
    budget.expire(600.0)
    assert budget.spent("autumn") == Spent()


def test_what_was_used_is_spent_for_good_at_what_it_came_to() -> None:
    budget = spending(use())
    budget.redeem(use(), 10.0, FREE, Decimal("3.50"))
    budget.expire(1e9)
    assert budget.spent("autumn") == Spent(1, Decimal("3.50"))


def test_using_twice_is_using_once() -> None:
    budget = spending(use())
    first = budget.redeem(use(), 10.0, FREE, order="o1")
    assert budget.redeem(use(), 20.0, FREE, Decimal(9)) is first
    assert budget.spent("autumn") == Spent(1, Decimal(5))


def test_a_cancelled_use_is_given_back_once() -> None:
    budget = spending(use())
    budget.redeem(use(), 10.0, FREE, order="o1")
    (went_in,) = budget.of_order("o1")
    assert budget.give_back(went_in, 20.0).state == "given_back"
    budget.give_back(went_in, 21.0)
    assert budget.spent("autumn") == Spent()
    with pytest.raises(NotRedeemedError, match="taken back"):
        budget.redeem(use(), 22.0, FREE)


def test_what_was_given_back_and_is_used_again_needs_room() -> None:
    first, second = use("first"), use("second")
    budget = spending(first)
    budget.redeem(first, 10.0, FREE, order="o1")
    back = budget.give_back(first, 20.0)
    budget.put(second)
    with pytest.raises(NotRedeemedError, match="spent"):
        budget.redeem(back, 30.0, Ceiling(redemptions=1), order="o2", again=True)
    used = budget.redeem(back, 31.0, Ceiling(redemptions=2), order="o2", again=True)
    assert (used.state, used.order, budget.spent("autumn").redemptions) == ("redeemed", "o2", 2)


def test_one_used_long_ago_is_still_spent_and_can_still_be_given_back() -> None:
    long_ago = use(state="redeemed", settled_at=10.0)
    budget = spending(long_ago)
    budget.expire(10.0 + REMEMBERED_S)
    assert (budget.use("k1"), budget.spent("autumn")) == (None, Spent(1, Decimal(5)))
    budget.give_back(long_ago, 20.0 + REMEMBERED_S)
    budget.give_back(long_ago, 21.0 + REMEMBERED_S)
    assert budget.spent("autumn") == Spent()


def test_a_ghost_spends_nothing_and_can_not_be_used() -> None:
    ghost = use(state="ghost", money=Decimal(0))
    budget = spending(ghost)
    assert budget.spent("autumn") == Spent()
    assert budget.holds("anna", 1.0) == (ghost,)
    with pytest.raises(NotRedeemedError, match="hold-out"):
        budget.redeem(ghost, 1.0, FREE)


def test_an_offer_that_gives_nothing_costs_nothing() -> None:
    plain = use(gives=False)
    budget = spending(plain)
    assert (budget.spent("autumn"), budget.holds("anna", 1.0)) == (Spent(), ())
    with pytest.raises(NotRedeemedError, match="gives nothing"):
        budget.redeem(plain, 1.0, FREE)


def test_one_used_after_it_expired_needs_room() -> None:
    late, other = use("late"), use("other", expires_at=5000.0)
    budget = spending(late, other)
    with pytest.raises(NotRedeemedError, match="spent"):
        budget.redeem(late, 700.0, Ceiling(redemptions=1))
    with pytest.raises(NotRedeemedError, match=r"9\.99"):
        budget.redeem(late, 700.0, Ceiling(money=Decimal("9.99")))
    assert budget.redeem(late, 700.0, Ceiling(2, Decimal(10))).state == "redeemed"


def test_more_than_was_held_needs_room() -> None:
    budget = spending(use())
    with pytest.raises(NotRedeemedError):
        budget.redeem(use(), 1.0, Ceiling(money=Decimal(6)), Decimal(7))
    assert budget.redeem(use(), 1.0, Ceiling(money=Decimal(7)), Decimal(7)).money == 7


def test_she_holds_what_has_not_expired_or_been_used() -> None:
    budget = spending(use("a"), use("b", at=1.0), use("c", expires_at=50.0), use("d", visitor="bea"))
    assert [held.key for held in budget.holds("anna", 60.0)] == ["a", "b"]
    budget.redeem(use("a"), 61.0, FREE)
    assert [held.key for held in budget.holds("anna", 60.0)] == ["b"]


def test_an_erased_visitor_leaves_her_sums() -> None:
    budget = spending(use())
    budget.forget("anna")
    assert (budget.spent("autumn"), budget.holds("anna", 0.0)) == (Spent(1, Decimal(5)), ())


class BudgetIsKept(RuleBasedStateMachine):
    """Offers are sent while there is room, used, cancelled, forgotten by time, and loaded again: never more than the budget."""

    CEILING = Ceiling(3, Decimal(20))

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.budget = Spending()
        self.rows: dict[str, Use] = {}

    @rule(money=st.integers(1, 9).map(Decimal), lasts=st.integers(1, 60), ghost=st.booleans())
    def send(self, money: Decimal, lasts: int, ghost: bool) -> None:
        self.budget.expire(self.now)
        spent = self.budget.spent("autumn")
        if spent.redemptions >= 3 or spent.money + money > 20:
            return
        made = use(f"k{len(self.rows)}", at=self.now, expires_at=self.now + lasts, money=Decimal(0) if ghost else money)
        made = replace(made, state="ghost" if ghost else "held")
        self.budget.put(made)
        self.rows[made.key] = made

    @rule(seconds=st.integers(1, 40))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule(data=st.data(), money=st.none() | st.integers(0, 12).map(Decimal), again=st.booleans())
    def redeem(self, data: st.DataObject, money: Decimal | None, again: bool) -> None:
        if self.rows:
            row = self.rows[data.draw(st.sampled_from(sorted(self.rows)))]
            with contextlib.suppress(NotRedeemedError):
                self.rows[row.key] = self.budget.redeem(row, self.now, self.CEILING, money, "o1", again=again)

    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        if self.rows:
            row = self.rows[data.draw(st.sampled_from(sorted(self.rows)))]
            self.rows[row.key] = self.budget.give_back(row, self.now)

    @rule()
    def start_again(self) -> None:
        self.budget = Spending()
        self.budget.load(self.rows.values(), self.now)

    @invariant()
    def never_more_than_the_budget(self) -> None:
        self.budget.expire(self.now)
        counted = [
            row
            for row in self.rows.values()
            if row.state == "redeemed" or (row.state == "held" and row.expires_at > self.now)
        ]
        spent = self.budget.spent("autumn")
        assert spent == Spent(len(counted), sum((row.money for row in counted), Decimal(0)))
        assert spent.redemptions <= 3 and spent.money <= 20


TestBudgetIsKept = BudgetIsKept.TestCase
TestBudgetIsKept.settings = settings(deadline=None, max_examples=100, stateful_step_count=40)
