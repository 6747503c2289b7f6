"""Orders are the same in whatever order their words come, and a code finds the offer that gave it."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from nearcart_contract.cart import CancelledOrder, Order
from nearcart_gateway.core.orders import OrderRecord, cancelled, offer_with_code, placed
from nearcart_gateway.core.spending import Use

T0 = 1_790_000_000.0
Word = tuple[str, int]
"""What is said, and when the platform says that it was so."""


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(T0 + seconds, UTC)


def order(changed: float, total: str = "10.00") -> Order:
    return Order(id="o1", source="web", customer="c1", total=Decimal(total), placed_at=at(0), updated_at=at(changed))


def undone(when: float) -> CancelledOrder:
    return CancelledOrder(id="o1", source="web", cancelled_at=at(when))


def told(words: list[Word]) -> OrderRecord:
    record = None
    for now, (what, when) in enumerate(words):
        if what == "placed":
            record = placed(record, order(when, f"{when}.00"), None, float(now))
        else:
            record = cancelled(record, undone(when), float(now))
    assert record is not None
    return record


def known(record: OrderRecord) -> tuple[object, ...]:
    return record.state, record.state_at, record.order, record.customer


@given(st.lists(st.tuples(st.sampled_from(["placed", "cancelled"]), st.integers(0, 9)), min_size=1, max_size=5))
def test_state_and_customer_are_those_of_the_newest_word(words: list[Word]) -> None:
    newest = max(when for _, when in words)
    last = "cancelled" if ("cancelled", newest) in words else "placed"
    for shuffled in permutations(words):
        record = told(list(shuffled))
        assert (record.state, record.state_at) == (last, T0 + newest)
        assert told([*shuffled, *shuffled]) is not None
        assert known(told([*shuffled, *shuffled]))[:2] == (last, T0 + newest)
        assert (record.order is None) == all(what == "cancelled" for what, _ in words)


def test_an_older_word_changes_nothing_that_is_known() -> None:
    record = told([("placed", 5), ("placed", 2)])
    assert record.order is not None
    assert record.order.total == 5


def test_a_cancellation_before_its_order_stands() -> None:
    record = told([("cancelled", 5), ("placed", 0)])
    assert (record.state, record.placed_at, record.customer) == ("cancelled", T0, "c1")


def use(key: str, visitor: str | None, code: str, *, own: bool = False, state: str = "held", when: float = 0) -> Use:
    return Use(key, visitor, "wine", None, when, when + 60, state, gives=True, code=code, own_code=own)  # type: ignore[arg-type]


def test_a_code_of_her_own_is_used_whoever_orders() -> None:
    mine = use("a", "anna", "A-1", own=True)
    for whose in (("anna",), ("bea",), ()):
        assert offer_with_code("A-1", [mine], whose, "web:o1") == mine


def test_a_shared_code_uses_the_offer_of_who_orders() -> None:
    annas, beas = use("a", "anna", "ALL"), use("b", "bea", "ALL")
    assert offer_with_code("ALL", [annas, beas], ("bea",), "web:o1") == beas
    assert offer_with_code("ALL", [annas, beas], ("cleo",), "web:o1") is None
    assert offer_with_code("ALL", [annas], (), "web:o1") is None, "whoever found the code elsewhere used nobody's offer"


def test_what_is_still_to_be_used_goes_first_and_the_newest() -> None:
    old, new = use("old", "anna", "ALL", when=1), use("new", "anna", "ALL", when=2)
    spent = use("spent", "anna", "ALL", state="redeemed", when=3)
    assert offer_with_code("ALL", [old, spent, new], ("anna",), "web:o1") == new
    assert offer_with_code("ALL", [spent], ("anna",), "web:o1") == spent
    back = use("back", "anna", "ALL", state="given_back", when=9)
    assert offer_with_code("ALL", [back, spent, old], ("anna",), "web:o1") == old
    assert offer_with_code("ALL", [spent, back], ("anna",), "web:o1") == back, (
        "a shop that takes a code again has given it again"
    )
    assert offer_with_code("ALL", [use("ghost", "anna", "ALL", state="ghost")], ("anna",), "web:o1") is None
    assert offer_with_code("OTHER", [old], ("anna",), "web:o1") is None


def test_an_order_that_is_told_again_uses_what_it_used() -> None:
    used = replace(use("used", "anna", "ALL", state="redeemed", when=1), order="web:o1")
    other = use("other", "anna", "ALL", when=2)
    assert offer_with_code("ALL", [other, used], ("anna",), "web:o1") == used
    assert offer_with_code("ALL", [other, used], ("anna",), "web:o2") == other
