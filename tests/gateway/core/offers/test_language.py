"""The words of the offer language beyond the first: triggers, who she is, how her cart is. Each stops, passes, and says why."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from nearcart_gateway.core.decide import redecide
from nearcart_gateway.core.facts import StoreFacts
from nearcart_gateway.core.shelf import OnShelf, ShelfError, read_shelf
from nearcart_gateway.core.visit_history import VisitHistory

DAY = 86_400.0


def facts(shop: Any, visits: Iterable[float] = (), **shelf: OnShelf) -> StoreFacts:
    """``visits`` are days ago."""
    history = VisitHistory()
    history.load(("anna", shop.now - days * DAY, shop.now - days * DAY + 600) for days in visits)
    found = StoreFacts(history)
    found.on_shelf = {sku.replace("_", "-"): there for sku, there in shelf.items()}
    return found


class TestTriggers:
    def test_a_move_from_one_zone_to_another(self, shop: Any) -> None:
        offer = shop.offer(when={"moment": "move", "zones": ["wine"], "from_zones": ["cheese"]})
        moved = shop.moment(kind="move", dwell_s=None, from_zone="cheese")
        assert shop.verdict(offer, moment=moved)[0] is None
        other = shop.moment(kind="move", dwell_s=None, from_zone="entrance")
        assert shop.verdict(offer, moment=other) == ("from_zone", "silent: only for who comes from cheese")

    def test_a_return_after_days(self, shop: Any) -> None:
        offer = shop.offer(when={"moment": "return", "away": {"at_least": "7d", "at_most": "60d"}})
        back = shop.moment(kind="return", zone=None, dwell_s=None, away_s=10 * DAY)
        assert shop.verdict(offer, moment=back)[0] is None
        soon = shop.moment(kind="return", zone=None, dwell_s=None, away_s=3 * DAY)
        assert shop.verdict(offer, moment=soon) == (
            "away",
            "silent: was away for 3 days, needs at least 1w and at most 60d",
        )

    def test_a_double_press(self, shop: Any) -> None:
        offer = shop.offer(when={"moment": "press", "press": ["double_press"]})
        twice = shop.moment(kind="press", dwell_s=None, button="double_press")
        assert shop.verdict(offer, moment=twice)[0] is None
        once = shop.moment(kind="press", dwell_s=None)
        assert shop.verdict(offer, moment=once) == ("press", "silent: only for double_press")

    def test_leaving_a_zone_of_the_store(self, shop: Any) -> None:
        offer = shop.offer(when={"moment": "exit", "zones": ["wine"]})
        gone = shop.moment(kind="exit", zone=None, dwell_s=None, from_zone="wine")
        assert shop.verdict(offer, moment=gone)[0] is None
        assert shop.decide(offer, moment=shop.moment(kind="exit", zone=None, dwell_s=None, from_zone="cheese")) is None


class TestWho:
    def test_segments_are_asked_by_the_index(self, shop: Any) -> None:
        offer = shop.offer(who={"segments": ["vip", "wine-club"]})
        assert shop.verdict(offer)[0] == "segment"
        assert shop.verdict(offer, visitor=shop.visitor(segments=frozenset({"vip"})))[0] is None

    def test_not_for_a_segment(self, shop: Any) -> None:
        offer = shop.offer(who={"not_segments": ["staff-family"]})
        family = shop.visitor(segments=frozenset({"staff-family", "vip"}))
        assert shop.verdict(offer, visitor=family) == ("not_segment", "silent: not for segment staff-family")
        assert shop.verdict(offer)[0] is None

    def test_tier(self, shop: Any) -> None:
        offer = shop.offer(who={"tier": ["gold", "platinum"]})
        assert shop.verdict(offer, visitor=shop.visitor(tier="gold"))[0] is None
        assert shop.verdict(offer) == ("tier", "silent: only for tier gold or platinum")

    @pytest.mark.parametrize(("reads", "passes"), [("de", True), ("de-AT", True), ("DE-ch", True), ("den", False)])
    def test_language(self, shop: Any, reads: str, passes: bool) -> None:
        gate, _ = shop.verdict(shop.offer(who={"languages": ["de"]}), visitor=shop.visitor(language=reads))
        assert gate == (None if passes else "language")

    def test_visits_in_a_period_count_this_one(self, shop: Any) -> None:
        third = shop.offer(who={"visits": {"period": "30d", "at_least": 3}})
        assert shop.verdict(third, facts=facts(shop, [2, 9, 31]))[0] is None
        assert shop.verdict(third, facts=facts(shop, [2, 31])) == (
            "visits",
            "silent: her visit number 2 in 30d, needs at least 3",
        )
        first = shop.offer(who={"visits": {"period": "365d", "at_most": 1}})
        assert shop.verdict(first)[0] is None
        assert shop.verdict(first, facts=facts(shop, [100]))[0] == "visits"

    def test_days_since_her_last_purchase(self, shop: Any) -> None:
        offer = shop.offer(who={"since_purchase": {"at_least": "30d", "at_most": "90d"}})
        bought = shop.visitor(last_purchase_at=shop.now - 40 * DAY)
        assert shop.verdict(offer, visitor=bought)[0] is None
        lately = shop.visitor(last_purchase_at=shop.now - 5 * DAY)
        assert shop.verdict(offer, visitor=lately)[1] == "silent: bought 5 days ago, needs at least 30d and at most 90d"
        assert shop.verdict(offer)[1] == "silent: is not known to have bought anything"

    def test_days_gone_by_need_a_clock(self, shop: Any) -> None:
        offer = shop.offer(who={"since_purchase": {"at_least": "30d"}})
        assert shop.verdict(offer, clock_synchronised=False)[0] == "clock_unknown"


class TestCart:
    def test_abandoned_for_a_while(self, shop: Any) -> None:
        offer = shop.offer(cart={"abandoned_for": {"at_least": "2h", "at_most": "7d"}})
        assert shop.verdict(offer, cart=shop.cart(age_s=3 * 3600))[0] is None
        hour = shop.cart(age_s=3600)
        assert (
            shop.verdict(offer, cart=hour)[1]
            == "silent: the cart is abandoned for 60 min, needs at least 2h and at most 1w; the cart was last heard of 60 min ago"
        )
        assert shop.verdict(offer, cart=shop.cart(age_s=60))[1] == "silent: the cart is still open"
        assert shop.verdict(offer)[1] == "silent: no cart"

    def test_news_of_the_cart_grows_old(self, shop: Any) -> None:
        offer = shop.offer(cart={"known_within": "1h"})
        assert shop.verdict(offer, cart=shop.cart(age_s=9000, received_s=600))[0] is None
        old = shop.cart(age_s=9000, received_s=9000)
        assert shop.verdict(offer, cart=old) == ("known_within", "silent: the shop last told us of this cart 2 h ago")

    def test_brand(self, shop: Any) -> None:
        item = {"sku": "W-1", "brand": "Heuriger", "quantity": 1, "unit_price": "9"}
        offer = shop.offer(cart={"brands": ["HEURIGER"]})
        assert shop.verdict(offer, cart=shop.cart(items=[item]))[0] is None
        assert shop.verdict(offer, cart=shop.cart())[0] == "cart_brand"

    def test_in_stock_here(self, shop: Any) -> None:
        offer = shop.offer(cart={"in_stock": True})
        assert shop.verdict(offer, cart=shop.cart(), facts=facts(shop, W_1=OnShelf(3)))[0] is None
        assert shop.verdict(offer, cart=shop.cart(), facts=facts(shop, W_1=OnShelf(0)))[0] == "in_stock"
        assert shop.verdict(offer, cart=shop.cart())[1] == "silent: nothing that is meant is on the shelf here"

    def test_in_stock_means_what_the_offer_names(self, shop: Any) -> None:
        items = [
            {"sku": "W-1", "categories": ["Wine"], "quantity": 1, "unit_price": "9"},
            {"sku": "C-1", "categories": ["Cheese"], "quantity": 1, "unit_price": "9"},
        ]
        there = facts(shop, C_1=OnShelf(5))
        wine = shop.offer(cart={"categories": ["wine"], "in_stock": True})
        assert shop.verdict(wine, cart=shop.cart(items=items), facts=there)[0] == "in_stock"
        cheese = shop.offer(cart={"categories": ["cheese"], "in_stock": True})
        assert shop.verdict(cheese, cart=shop.cart(items=items), facts=there)[0] is None

    def test_a_price_that_dropped(self, shop: Any) -> None:
        offer = shop.offer(cart={"price_dropped_percent": 10})
        cheaper = facts(shop, W_1=OnShelf(3, Decimal("13.50")))
        assert shop.verdict(offer, cart=shop.cart(), facts=cheaper)[0] is None
        little = shop.decide(offer, cart=shop.cart(), facts=facts(shop, W_1=OnShelf(3, Decimal("13.51"))))
        assert (little.gate, little.considered[0].observed) == (
            "price_dropped",
            "13.51 EUR here, 15.00 EUR in the cart",
        )

    def test_prices_are_not_compared_across_currencies(self, shop: Any) -> None:
        offer = shop.offer(cart={"price_dropped_percent": 10})
        assert shop.verdict(offer, cart=shop.cart(currency="USD"))[0] == "currency"


def test_a_decision_replays_from_the_facts_it_saw(shop: Any) -> None:
    offer = shop.offer(
        who={"segments": ["vip"], "visits": {"period": "30d", "at_least": 2}},
        cart={"in_stock": True, "price_dropped_percent": 10},
    )
    visitor = shop.visitor(segments=frozenset({"vip"}), tier="gold")
    seen = facts(shop, [3], W_1=OnShelf(2, Decimal("10")))
    decision = shop.decide(offer, visitor=visitor, cart=shop.cart(), facts=seen)
    assert decision.outcome == "sent"
    assert redecide(decision.inputs, shop.compile(offer)) == decision


class TestShelfFile:
    def test_columns_in_any_order(self) -> None:
        rows = ["price,SKU, quantity\n", "9.50,W-1,3\n", ",C-1,0\n"]
        assert read_shelf(rows) == {"W-1": OnShelf(3, Decimal("9.50")), "C-1": OnShelf(0)}

    @pytest.mark.parametrize(
        ("rows", "said"),
        [
            ([], "line 1: found columns none; needed: sku, quantity; and price if known"),
            (["sku,price\n"], "line 1: found columns sku, price"),
            (["sku,quantity\n", ",3\n"], "line 2: the SKU is empty"),
            (["sku,quantity\n", "W-1,many\n"], "line 2: found quantity 'many', allowed: a whole number"),
            (["sku,quantity,price\n", "W-1,3,NaN\n"], "line 2: found price 'NaN', allowed: a number such as 12.50"),
        ],
    )
    def test_a_mistake_is_told_with_its_line(self, rows: list[str], said: str) -> None:
        with pytest.raises(ShelfError, match=said):
            read_shelf(rows)


def test_a_visitor_s_history_is_bounded_and_forgets() -> None:
    history = VisitHistory()
    history.load(("anna", float(day), day + 0.5) for day in range(500))
    assert (history.count("anna", -1.0), history.count("anna", 497.0), history.left_at("anna")) == (100, 2, 499.5)
    history.keep_only({"ben"})
    assert (history.count("anna", -1.0), history.left_at("anna")) == (0, None)
