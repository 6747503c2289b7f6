"""What an offer gives: said, counted against budgets, and with its coupon."""

import json
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter

from nearcart_contract.offer_file import Give
from nearcart_contract.offer_message import OfferMessage
from nearcart_gateway.core.consequences import offer_message
from nearcart_gateway.core.cost import cost_of
from nearcart_gateway.core.coupons import CouponBook, CouponError, read_codes
from nearcart_gateway.core.decide import redecide
from nearcart_gateway.core.facts import StoreFacts
from nearcart_gateway.core.visit_history import VisitHistory


def give(**fields: Any) -> Give:
    return TypeAdapter[Give](Give).validate_python(fields)


@pytest.mark.parametrize(
    ("given", "say", "said"),
    [
        ({"kind": "percent", "percent": 10, "maximum": 5}, "{{ give.percent }} %, at most {{ give.maximum }}", "10 %, at most 5.00 EUR"),
        ({"kind": "gift", "gift": "a piece of cheese"}, "Take {{ give.gift }}", "Take a piece of cheese"),
        ({"kind": "free_shipping", "code": "HOME"}, "Delivered free with {{ give.code }}", "Delivered free with HOME"),
        ({"kind": "points", "points": 50}, "{{ give.points }} points", "50 points"),
    ],
)  # fmt: skip
def test_it_is_said_and_sent(shop: Any, given: dict[str, Any], say: str, said: str) -> None:
    decision = shop.decide(shop.offer(give=given, say=say))
    assert (decision.outcome, decision.text) == ("sent", said)
    message = json.loads(offer_message(decision, shop.store(), shop.now).model_dump_json())
    assert message["benefit"]["kind"] == given["kind"]
    OfferMessage.model_validate(message)


ITEMS = [
    {"sku": "W-1", "categories": ["Wine"], "quantity": 2, "unit_price": "15.00"},
    {"sku": "C-1", "categories": ["Cheese"], "quantity": 1, "unit_price": "7.00"},
]


@pytest.mark.parametrize(
    ("given", "cost"),
    [
        ({"kind": "percent", "percent": 10}, "3.70"),
        ({"kind": "percent", "percent": 10, "maximum": 2}, "2"),
        ({"kind": "percent", "percent": 10, "applies_to": {"categories": ["wine"]}}, "3.00"),
        ({"kind": "percent", "percent": 10, "applies_to": {"skus": ["C-1"]}}, "0.70"),
        ({"kind": "percent", "percent": "0.7"}, "0.26"),
        ({"kind": "gift", "gift": "cheese", "worth": "2.5"}, "2.5"),
        ({"kind": "points", "points": 50}, None),
    ],
)
def test_what_it_costs(shop: Any, given: dict[str, Any], cost: str | None) -> None:
    assert cost_of(give(**given), shop.cart(items=ITEMS), "EUR") == (None if cost is None else Decimal(cost))


def test_a_cart_in_another_currency_costs_nobody_knows_what(shop: Any) -> None:
    percent = give(kind="percent", percent=10)
    assert cost_of(percent, shop.cart(currency="JPY"), "EUR") is None
    assert cost_of(percent, shop.cart(currency="EUR"), "EUR") == Decimal("3.00")
    campaign = shop.campaign(budget={"money": {"amount": 100, "currency": "EUR"}})
    offer = shop.offer(give={"kind": "percent", "percent": 10}, campaign="autumn")
    assert shop.verdict(offer, cart=shop.cart(currency="JPY"), campaigns=(campaign,))[0] == "budget_money"
    assert shop.verdict(offer, cart=shop.cart(), campaigns=(campaign,))[0] is None


def with_codes(*codes: str) -> StoreFacts:
    facts = StoreFacts(VisitHistory())
    facts.coupons.fill("autumn", codes)
    return facts


OWN_CODE = {"kind": "percent", "percent": 10, "pool": "autumn"}


class TestOwnCodes:
    def test_she_gets_the_next_and_the_decision_replays(self, shop: Any) -> None:
        offer = shop.offer(give=OWN_CODE, say="Show {{ give.code }}")
        decision = shop.decide(offer, facts=with_codes("A-1", "A-2"))
        assert (decision.text, decision.benefit.code) == ("Show A-1", "A-1")
        assert redecide(decision.inputs, shop.compile(offer)) == decision
        message = offer_message(decision, shop.store(), shop.now).model_dump(mode="json")
        assert message["benefit"]["code"] == "A-1"

    def test_without_any_left_it_is_withheld(self, shop: Any) -> None:
        offer = shop.offer(give=OWN_CODE, say="Show {{ give.code }}")
        assert shop.verdict(offer, facts=with_codes()) == ("coupon", "silent: no code is left in coupon pool autumn")

    def test_who_is_held_out_takes_none(self, shop: Any) -> None:
        offer = shop.offer(give=OWN_CODE, say="Show {{ give.code }}", campaign="autumn")
        campaigns = (shop.campaign(hold_out_percent=90),)
        slots = {name: shop.decide(offer, visitor=shop.visitor(id=name), moment=shop.moment(visitor=name), campaigns=campaigns, facts=with_codes("A-1")) for name in ("anna", "ben", "cleo")}  # fmt: skip
        ghost = next(decision for decision in slots.values() if decision.outcome == "ghost")
        assert (ghost.text, ghost.benefit.code) == ("Show …", "…")


def test_a_given_code_is_never_given_again() -> None:
    book = CouponBook()
    book.load([("autumn", "A-1")])
    book.fill("autumn", ("A-1", "A-2", "A-3"))
    assert book.next("autumn") == "A-2"
    book.give("autumn", "A-2")
    book.fill("autumn", ("A-1", "A-2", "A-3"))
    assert (book.next("autumn"), book.left("autumn"), book.next("spring")) == ("A-3", 1, None)


@pytest.mark.parametrize(
    ("lines", "said"),
    [(["A-1\n", "A-1\n"], "line 2: the same code as in line 1"), (["A 1\n"], "line 1: a code has 1 to 64 characters")],
)
def test_a_file_of_codes_with_a_mistake(lines: list[str], said: str) -> None:
    with pytest.raises(CouponError, match=said):
        read_codes(lines)


def test_a_file_of_codes() -> None:
    assert read_codes(["A-1\n", "\n", " A-2 \n"]) == ("A-1", "A-2")
