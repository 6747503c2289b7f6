"""How often and how much: limits of four scopes, stacking, budgets, and what a decision tells of each."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from nearcart_gateway.core.decide import decide, explain, redecide
from nearcart_gateway.core.spending import Use
from nearcart_gateway.core.values import Considered, Decision

TWICE = {"times": 2, "period": "1d"}
PERCENT = {"kind": "percent", "percent": 10}
AMOUNT = {"kind": "amount", "amount": 5, "currency": "EUR"}


def use(key: str, **changed: Any) -> Use:
    made = Use(key, "bea", "wine", "autumn", 0.0, 9e9, "held", money=Decimal(5), gives=True)
    return replace(made, **changed)


@pytest.mark.parametrize(
    ("limits", "gate", "told"),
    [
        ({"per_offer": TWICE}, "per_offer_limit", "made to everybody 2 of 2 in the last day"),
        ({"per_campaign": TWICE}, "per_campaign_limit", "made to everybody 2 of 2 of campaign autumn in the last day"),
        ({"per_store": TWICE}, "per_store_limit", "made to everybody 2 of 2 in the store in the last day"),
    ],
)
def test_an_offers_own_limits_count_everybody(shop: Any, limits: dict[str, Any], gate: str, told: str) -> None:
    offer = shop.offer(campaign="autumn", limits=limits)
    at = shop.moment().at
    shop.ledger.load([("bea", "wine", "autumn", at - 10), ("cleo", "wine", "autumn", at - 86_400)])
    assert shop.verdict(offer, campaigns=(shop.campaign(),))[0] is None
    shop.ledger.add("dora", "wine", "autumn", at - 86_399)
    assert shop.verdict(offer, campaigns=(shop.campaign(),)) == (gate, f"silent: {told}")


def test_a_campaigns_and_a_stores_limits_hold_for_every_offer(shop: Any) -> None:
    offer = shop.offer(campaign="autumn")
    at = shop.moment().at
    shop.ledger.load(
        [("anna", "cheese", "autumn", at - 10), ("bea", "bread", "autumn", at - 20), ("bea", "salt", None, at)]
    )
    campaign = shop.campaign(limits={"per_visitor": {"times": 1, "period": "1h"}})
    assert shop.verdict(offer, campaigns=(campaign,)) == (
        "per_visitor_limit",
        "silent: had 1 of 1 of campaign autumn in the last hour",
    )
    campaign = shop.campaign(limits={"per_campaign": {"times": 2, "period": "1h"}})
    assert shop.verdict(offer, campaigns=(campaign,))[0] == "per_campaign_limit"
    store = shop.store(limits={"per_visitor": {"times": 1, "period": "7d"}})
    assert shop.verdict(store=store) == ("per_visitor_limit", "silent: had 1 of 1 offers of the store this week")
    store = shop.store(limits={"per_store": {"times": 3, "period": "7d"}})
    assert shop.verdict(store=store)[0] == "per_store_limit"
    store = shop.store(limits={"quiet_after_any": "1m"})
    assert shop.verdict(store=store) == ("quiet_after_any", "silent: had an offer 10 s ago")


def test_a_moment_heard_of_late_finds_what_came_after_it(shop: Any) -> None:
    """Counted by the time of moments, no window of a day ever holds two, in whatever order they are heard of."""
    offer = shop.offer(limits={"per_offer": {"times": 1, "period": "1d"}})
    shop.ledger.add("bea", "wine", None, shop.now - 10)
    late = shop.moment(at=shop.now - 50)
    assert shop.verdict(offer, moment=late)[0] == "per_offer_limit"


def test_the_longest_period_is_that_of_any_limit(shop: Any) -> None:
    store = shop.store(limits={"per_store": {"times": 9, "period": "30d"}})
    campaign = shop.campaign(limits={"per_campaign": {"times": 9, "period": "60d"}})
    offer = shop.offer(campaign="autumn")
    assert shop.compile(offer, store=store).longest_period() == timedelta(days=30)
    assert shop.compile(offer, store=store, campaigns=(campaign,)).longest_period() == timedelta(days=60)


class TestStacking:
    def test_one_that_comes_alone_waits_until_nothing_else_is_held(self, shop: Any) -> None:
        alone = shop.offer("alone", give=PERCENT, stacks=False)
        shop.ledger.spending.put(use("k", visitor="anna", offer="bread"))
        decision = shop.decide(alone)
        assert (decision.gate, decision.reason) == ("stacking", "silent: still holds bread, which does not go with it")
        assert decision.considered[0].required == "no other offer that she may still use"
        assert decision.inputs["ledger"]["holds"] == [["bread", True, None]]
        assert shop.verdict(shop.offer("other", give=PERCENT))[0] is None
        assert shop.verdict(shop.offer("news", stacks=False))[0] is None

    def test_beside_one_that_comes_alone_nothing_is_given(self, shop: Any) -> None:
        shop.ledger.spending.put(use("k", visitor="anna", stacks=False, state="ghost"))
        assert shop.verdict(shop.offer(give=PERCENT))[0] == "stacking"
        assert shop.verdict(shop.offer())[0] is None

    def test_of_a_group_she_holds_at_most_one(self, shop: Any) -> None:
        shop.ledger.spending.put(use("k", visitor="anna", stack_group="drinks"))
        assert shop.verdict(shop.offer(give=PERCENT, stack_group="drinks"))[0] == "stacking"
        assert shop.verdict(shop.offer(give=PERCENT, stack_group="food"))[0] is None


class TestBudget:
    def decide(self, shop: Any, budget: dict[str, Any], give: Any = AMOUNT, **given: Any) -> Decision:
        offer = shop.offer(campaign="autumn", give=give)
        decision = shop.decide(offer, campaigns=(shop.campaign(budget=budget),), **given)
        assert isinstance(decision, Decision)
        return decision

    def test_redemptions(self, shop: Any) -> None:
        shop.ledger.spending.put(use("a"))
        assert self.decide(shop, {"redemptions": 2}).outcome == "sent"
        shop.ledger.spending.put(use("b", state="redeemed"))
        decision = self.decide(shop, {"redemptions": 2})
        assert (decision.gate, decision.reason) == ("budget_redemptions", "silent: the campaign's budget is used up")
        assert decision.considered == (
            Considered("wine", "budget_redemptions", "2 used or still to be used", "fewer than 2"),
        )

    def test_money_to_the_cent(self, shop: Any) -> None:
        shop.ledger.spending.put(use("a", money=Decimal("4.99")))
        budget = {"money": {"amount": "9.99", "currency": "EUR"}}
        assert self.decide(shop, budget).cost == 5
        shop.ledger.spending.put(use("a", money=Decimal("5.00")))
        decision = self.decide(shop, budget)
        assert decision.gate == "budget_money"
        assert decision.considered[0].observed == "5.00 EUR used or still to be used, this one 5.00 EUR"
        assert decision.considered[0].required == "at most 9.99 EUR"

    def test_a_percentage_costs_its_part_of_the_cart_rounded_up(self, shop: Any) -> None:
        budget = {"money": {"amount": 100, "currency": "EUR"}}
        cart = shop.cart(value="30.01")
        assert self.decide(shop, budget, PERCENT, cart=cart).cost == Decimal("3.01")
        assert self.decide(shop, budget, PERCENT).gate == "budget_money"

    def test_what_gives_nothing_needs_no_budget(self, shop: Any) -> None:
        shop.ledger.spending.put(use("a"))
        assert self.decide(shop, {"redemptions": 1}, None).outcome == "sent"

    def test_it_is_decided_again_from_what_was_spent_then(self, shop: Any) -> None:
        shop.ledger.spending.put(use("a"))
        offers = shop.compile(
            shop.offer(campaign="autumn", give=AMOUNT), campaigns=(shop.campaign(budget={"redemptions": 1}),)
        )
        decision = decide(shop.moment(), shop.visitor(), None, offers, shop.ledger, now=shop.now)
        assert decision is not None and decision.gate == "budget_redemptions"
        assert redecide(decision.inputs, offers) == decision


class TestVariants:
    def offers(self, shop: Any, hold_out: str = "10", weights: tuple[int, int] = (1, 2)) -> Any:
        variants = {"long": {"weight": weights[0]}, "short": {"weight": weights[1]}}
        said = {"long": {"say": "A long text"}, "short": {"give": AMOUNT}}
        offer = shop.offer(campaign="autumn", give=PERCENT, variants=said)
        return shop.compile(offer, campaigns=(shop.campaign(hold_out_percent=hold_out, variants=variants),))

    def decide(self, shop: Any, offers: Any, name: str) -> Decision:
        decision = decide(
            shop.moment(visitor=name), shop.visitor(id=name), shop.cart(), offers, shop.ledger, now=shop.now
        )
        assert decision is not None
        return decision

    def test_a_variant_says_and_gives_what_it_changes_and_is_recorded(self, shop: Any) -> None:
        offers = self.offers(shop)
        decisions = [self.decide(shop, offers, f"visitor-{number}") for number in range(60)]
        found = {decision.variant: decision for decision in decisions}
        assert set(found) == {None, "long", "short"}
        assert (found["long"].text, found["long"].benefit.kind) == ("A long text", "percent")  # type: ignore[union-attr]
        assert (found["short"].text, found["short"].benefit.kind) == ("Hello", "amount")  # type: ignore[union-attr]
        assert {decision.outcome for decision in decisions if decision.variant is None} == {"ghost"}
        assert all(
            decision.slot is not None and (decision.slot < 1000) == (decision.variant is None) for decision in decisions
        )
        assert found["short"].cost == 5

    def test_every_slot_belongs_to_one_arm_by_weight(self, shop: Any) -> None:
        shares = self.offers(shop)["wine"].experiment.shares
        arms = [shares.variant(slot) for slot in range(10_000)]
        assert arms[:1000] == [None] * 1000
        assert (arms.count("long"), arms.count("short")) == (3000, 6000)
        assert arms[-6:] == ["short", "long", "short"] * 2, "dealt out by weight, so that every length has its shares"

    def test_shares_that_do_not_come_out_even_leave_no_slot_over(self, shop: Any) -> None:
        arms = [self.offers(shop, "33.33", (1, 1))["wine"].experiment.shares.variant(slot) for slot in range(10_000)]
        assert (arms.count(None), arms.count("long") + arms.count("short")) == (3333, 6667)
        assert abs(arms.count("long") - arms.count("short")) == 1


class TestExplain:
    """Why not, for any offer there is: looked at then or not."""

    def explain(self, shop: Any, name: str, *offers: Any, **given: Any) -> Considered:
        compiled = shop.compile(shop.offer("here", **given), *offers)
        decision = decide(shop.moment(), shop.visitor(), None, compiled, shop.ledger, now=shop.now)
        assert decision is not None
        return explain(decision.inputs, compiled, name)

    @pytest.mark.parametrize(
        ("when", "told"),
        [
            ({"moment": "press"}, ("moment", "dwell", "press")),
            ({"moment": "dwell", "dwell": "5s", "zones": ["cheese", "entrance"]}, ("zone", "wine", "cheese, entrance")),
            ({"moment": "dwell", "dwell": "5s", "zone_tags": ["fresh"]}, ("zone", "wine", "cheese")),
            ({"moment": "dwell", "dwell": "20s", "zones": ["wine"]}, ("dwell", "5 s", "20 s")),
        ],
    )
    def test_one_the_index_skipped(self, shop: Any, when: dict[str, Any], told: tuple[str, str, str]) -> None:
        found = self.explain(shop, "elsewhere", shop.offer("elsewhere", when=when))
        assert (found.gate, found.observed, found.required) == told

    def test_entering_the_store_is_not_entering_a_zone(self, shop: Any) -> None:
        offers = shop.compile(
            shop.offer("in-wine", when={"moment": "enter", "zones": ["wine"]}),
            shop.offer("door", when={"moment": "enter"}),
        )
        moment = shop.moment(kind="enter", dwell_s=None)
        decision = decide(moment, shop.visitor(), None, offers, shop.ledger, now=shop.now)
        assert decision is not None
        assert explain(decision.inputs, offers, "door") == Considered("door", "zone", "wine", "the store's door")
        assert explain(decision.inputs, offers, "in-wine").gate is None

    def test_one_that_was_looked_at(self, shop: Any) -> None:
        assert self.explain(shop, "here").gate is None
        assert self.explain(shop, "here", cart={"state": "open"}).gate == "cart_state"
        assert self.explain(shop, "low", shop.offer("low", priority=-1)).gate == "outranked"

    def test_one_there_never_was(self, shop: Any) -> None:
        with pytest.raises(KeyError):
            self.explain(shop, "nowhere")


def test_the_silence_after_any_offer_is_the_longer_of_the_two_and_ends_to_the_second(shop: Any) -> None:
    at = shop.moment().at
    shop.ledger.add("anna", "cheese", None, at - 60)
    minute, two = {"quiet_after_any": "1m"}, {"quiet_after_any": "2m"}
    assert shop.verdict(store=shop.store(limits=minute))[0] is None
    assert shop.verdict(store=shop.store(limits={"quiet_after_any": "61s"}))[0] == "quiet_after_any"
    for own, stores in ((minute, two), (two, minute)):
        assert shop.verdict(shop.offer(limits=own), store=shop.store(limits=stores))[0] == "quiet_after_any"
