"""``where:``: a condition in CEL. It is bounded before it is asked, and one that fails stops nothing but its offer."""

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_gateway.core.offers.where import WhereError, check_where


@pytest.mark.parametrize(
    ("where", "passes"),
    [
        ("cart.value >= 30.0 && cart.count == 2", True),
        ("cart.items.exists(i, i.sku == 'W-1' && i.price > 14.0)", True),
        ("cart.items.filter(i, 'Wine' in i.categories).size() > 1", False),
        ("visitor.tier == 'gold' || local.weekday == 'wed'", True),
        ("moment.zone == 'wine' && moment.dwell >= 5.0", True),
        ("visitor.known ? cart.state == 'open' : true", True),
        ("cart.items[0].brand == 'none ( of } these'", False),
    ],
)
def test_it_says_yes_or_no(shop: Any, where: str, passes: bool) -> None:
    check_where(where)
    decision = shop.decide(shop.offer(where=where), cart=shop.cart())
    assert decision.gate == (None if passes else "where")


def test_without_a_cart_there_is_nothing_in_it(shop: Any) -> None:
    assert shop.verdict(shop.offer(where="cart.count == 0 && cart.value < 1.0"))[0] is None


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("cart.value >", "not an expression: "),
        ("cart.valeu > 1.0", "unknown variable 'cart.valeu', allowed: cart.state, cart.value, cart.count, cart.items; did you mean 'cart.value'?"),
        ("vistor.tier == 'gold'", "unknown variable 'vistor', allowed: moment, visitor, cart, local; did you mean 'visitor'?"),
        ("cart.items.exists(i, i.colour == 'red')", "unknown variable 'i.colour'"),
        ("visitor.tier.matches('(a+)+')", "unknown function 'matches', allowed: size, contains"),
        ("cart.value", "says neither yes nor no"),
        ("cart.value + 1 > 2.0", "can't be answered: Unsupported operation: float + int"),
        ("visitor.segments.exists(s, s == 'vip')", "only cart.items can be walked"),
        ("cart.items.exists(i, cart.items.exists(j, i.sku == j.sku))", "inside of a walk"),
        (" || ".join(["cart.items.exists(i, i.sku == 'a')"] * 3), "walks cart.items 3 times, allowed: at most 2"),
        ("(" * 21 + "true" + ")" * 21, "more than 20 brackets"),
        ("!" * 21 + "true", "more than 20 signs"),
        ("cart.count > 1 || " * 30 + "true", "characters long, allowed: at most 500"),
    ],
)  # fmt: skip
def test_a_mistake_is_told(where: str, said: str) -> None:
    with pytest.raises(WhereError) as told:
        check_where(where)
    assert said in str(told.value)


def test_one_that_fails_stops_its_offer_and_no_other(shop: Any) -> None:
    failing = shop.offer("first", where="cart.items[0].price > 1.0", priority=9)
    decision = shop.decide(failing, shop.offer("second"))
    assert decision.offer == "second"
    assert (decision.considered[0].gate, decision.considered[0].observed) == ("where", "no answer")


@given(st.text(alphabet="cart.items()[]{}!-?:&|'\"\\ value>0123456789\n", max_size=120))
def test_nothing_that_is_written_ends_the_check(where: str) -> None:
    try:
        check_where(where)
    except WhereError as told:
        assert str(told)


def test_the_library_is_loaded_by_who_needs_it() -> None:
    """In a process of its own: compiling offers without ``where`` leaves it out, and its command line always."""
    program = (
        "import sys; from nearcart_gateway.core.offers import where\n"
        "assert 'cel' not in sys.modules\n"
        "where.check_where('cart.count > 1')\n"
        "assert 'cel' in sys.modules and 'prompt_toolkit' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.mark.parametrize(
    ("where", "gate"),
    [
        ("local.weekday == 'wed'", "clock_unknown"),
        ("local . hour == 12", "clock_unknown"),
        ("moment.away_days < 3.0", "clock_unknown"),
        ("visitor.tier != 'local.hour'", None),
        ("cart.count >= 0", None),
    ],
)
def test_while_the_clock_is_unknown_it_is_not_asked_for_the_time(shop: Any, where: str, gate: str | None) -> None:
    offer = shop.offer(where=where)
    assert shop.verdict(offer, clock_synchronised=False)[0] == gate
    assert shop.verdict(offer)[0] is None


@pytest.mark.parametrize("where", ["cart.value > 20.0", "cart.items.exists(i, i.price > 14.0)"])
def test_no_amount_is_compared_across_currencies(shop: Any, where: str) -> None:
    offer = shop.offer(where=where)
    assert shop.verdict(offer, cart=shop.cart(currency="JPY"))[0] == "currency"
    assert shop.verdict(offer, cart=shop.cart(currency="EUR"))[0] is None
    assert shop.verdict(shop.offer(where="cart.count > 1"), cart=shop.cart(currency="JPY"))[0] is None
