"""What the check says of offers beside each other: which can never win, and what they take off one cart together."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nearcart_contract.offer_file import Offer
from nearcart_gateway.core.facts import NO_FACTS
from nearcart_gateway.core.offers.longest import longest_text
from nearcart_gateway.core.offers.shadows import shadowed
from nearcart_gateway.core.offers.stacked import worst_discount

TODAY = date(2026, 9, 30)


def pairs(shop: Any, *offers: Offer, campaigns: tuple[Any, ...] = ()) -> list[tuple[str, str]]:
    by_name = {campaign.campaign: campaign for campaign in campaigns}
    return [(offer.offer, by.offer) for offer, by in shadowed(offers, by_name, shop.store(), TODAY)]


WEAKER: list[dict[str, Any]] = [
    {},
    {"when": {"zones": ["wine", "cheese"]}},
    {"when": {"starts": "2026-09-01"}},
    {"who": {"tier": ["gold", "silver"]}},
    {"cart": {"value_at_least": 20}},
    {"cart": {"categories": ["wine", "cheese"]}},
    {"cart": {"abandoned_for": {"at_least": "1h"}}},
    {"say": "Your cart of {{ cart.value }}"},
]
STRICTER: dict[str, Any] = {
    "when": {"days": ["mon"]},
    "who": {"tier": ["gold"], "languages": ["de"]},
    "cart": {"value_at_least": 30, "categories": ["wine"], "abandoned_for": {"at_least": "2h"}},
}


@pytest.mark.parametrize("weaker", WEAKER, ids=str)
def test_a_weaker_offer_that_goes_first_always_wins(shop: Any, weaker: dict[str, Any]) -> None:
    first, second = shop.offer("first", priority=9, **weaker), shop.offer("second", **STRICTER)
    assert pairs(shop, second, first) == [("second", "first")]


@pytest.mark.parametrize(
    "narrower",
    [
        {"limits": {"per_visitor": {"times": 1, "period": "1d"}}},
        {"active": False},
        {"campaign": "autumn"},
        {"when": {"zones": ["cheese"]}},
        {"when": {"dwell": "6s"}},
        {"when": {"probability": 0.5}},
        {"when": {"hours": {"start": "09:00", "end": "20:00"}}},
        {"when": {"ends": "2026-12-31"}},
        {"when": {"starts": "2026-12-01"}},
        {"who": {"segments": ["vip"]}},
        {"who": {"not_segments": ["vip"]}},
        {"who": {"visits": {"period": "30d", "at_least": 2}}},
        {"cart": {"state": "open"}},
        {"cart": {"items_at_least": 3}},
        {"cart": {"value_at_most": 100}},
        {"cart": {"items_at_most": 9}},
        {"where": "cart.count > 2"},
        {"through": ["screen"], "when": {"moment": "enter"}},
        {"say": "In {{ zone.name }}", "when": {"moment": "enter"}},
        {"give": {"kind": "percent", "percent": 5}},
        {"priority": -9},
    ],
    ids=str,
)
def test_one_that_could_be_silent_shadows_nobody(shop: Any, narrower: dict[str, Any]) -> None:
    first = shop.offer("first", **{"priority": 9, **narrower})
    second = shop.offer("second", **(STRICTER | ({"when": {"moment": "enter"}} if "moment" in str(narrower) else {})))
    assert ("second", "first") not in pairs(shop, second, first)


def test_a_campaign_without_limits_may_shadow_and_one_with_a_budget_may_not(shop: Any) -> None:
    first, second = shop.offer("first", priority=9, campaign="autumn"), shop.offer("second")
    assert pairs(shop, first, second, campaigns=(shop.campaign(),)) == [("second", "first")]
    assert pairs(shop, first, second, campaigns=(shop.campaign(budget={"redemptions": 5}),)) == []
    assert pairs(shop, first, second, campaigns=(shop.campaign(ends="2026-12-01"),)) == []


CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "when": st.fixed_dictionaries(
            {},
            optional={"days": st.sampled_from([["wed"], ["mon", "wed"]]), "probability": st.sampled_from([0.5, 0.9])},
        ),
        "who": st.fixed_dictionaries(
            {}, optional={"tier": st.sampled_from([["gold"], ["gold", "silver"]]), "languages": st.just(["en"])}
        ),
        "cart": st.fixed_dictionaries(
            {},
            optional={
                "value_at_least": st.sampled_from([10, 40]),
                "categories": st.sampled_from([["wine"], ["wine", "cheese"]]),
                "state": st.sampled_from(["open", "none", "any"]),
            },
        ),
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(
    conditions=st.lists(CONDITIONS, min_size=2, max_size=4),
    priorities=st.lists(st.integers(0, 3), min_size=4, max_size=4),
    tier=st.sampled_from([None, "gold", "silver"]),
    cart=st.sampled_from([None, "30", "50"]),
    sure=st.sampled_from([0.4, 0.7, 0.95]),
)
def test_who_is_said_never_to_win_never_wins(
    shop: Any, conditions: list[dict[str, Any]], priorities: list[int], tier: str | None, cart: str | None, sure: float
) -> None:
    offers = [
        shop.offer(f"o{n}", priority=p, **c) for n, (c, p) in enumerate(zip(conditions, priorities, strict=False))
    ]
    losers = {offer.offer for offer, _ in shadowed(offers, {}, shop.store(), TODAY)}
    known = None if cart is None else shop.cart(value=cart)
    moment = shop.moment(probability=sure)
    decision = shop.decide(*offers, visitor=shop.visitor(tier=tier), cart=known, moment=moment, facts=NO_FACTS)
    assert decision.outcome == "withheld" or decision.offer not in losers


def giving(shop: Any, name: str, percent: str | None = None, amount: str | None = None, **changed: Any) -> Offer:
    give = (
        {"kind": "percent", "percent": percent} if percent else {"kind": "amount", "amount": amount, "currency": "EUR"}
    )
    return shop.offer(name, **{"give": give, **changed})  # type: ignore[no-any-return]


class TestWorstDiscount:
    def test_on_the_smallest_cart_amounts_weigh_most(self, shop: Any) -> None:
        five = giving(shop, "five", amount="5", cart={"value_at_least": 20})
        ten = giving(shop, "ten", percent="10")
        worst = worst_discount([five, ten])
        assert worst is not None
        assert (worst.cart, worst.off, worst.offers) == (Decimal(20), Decimal(7), ("five", "ten"))
        assert worst.sentence("EUR") == "held together, offers take 7.00 EUR off a cart of 20.00 EUR (35 %): five, ten"

    def test_one_of_a_group_and_none_that_comes_alone(self, shop: Any) -> None:
        group = [giving(shop, f"g{percent}", percent=percent, stack_group="g") for percent in ("10", "20")]
        alone = giving(shop, "alone", percent="90", stacks=False)
        assert worst_discount([*group, alone]) is None
        worst = worst_discount([*group, giving(shop, "other", percent="5")])
        assert worst is not None
        assert (worst.percent, worst.offers) == (25, ("g20", "other"))

    def test_a_maximum_holds_and_a_cart_is_never_worth_less_than_nothing(self, shop: Any) -> None:
        capped = shop.offer("capped", give={"kind": "percent", "percent": 50, "maximum": 3})
        worst = worst_discount([capped, giving(shop, "ten", percent="10")])
        assert worst is not None
        assert worst.off == 13
        free = worst_discount([giving(shop, "a", percent="80"), giving(shop, "b", percent="80")])
        assert free is not None
        assert free.percent == 100


class TestLongestText:
    @pytest.mark.parametrize(
        ("text", "longest"),
        [
            ("Hello", "Hello"),
            ("{% if cart %}{{ cart.value }}{% else %}-{% endif %}", "9999.99 EUR"),
            ("{{ zone.name }}", "Wine"),
            ("{{ cart.items | length }} {{ cart.items | first }}", "3 An article with a title of forty letters"),
            ("{{ 'no' if cart else 'nothing' }}", "nothing"),
            ("{% for item in cart.items %}{{ item }};{% endfor %}", "An article with a title of forty letters;" * 3),
            ("{{ give.percent }} {{ give.code }}", "10 XXXXXXXXXXXX"),
            ("{{ give.code | default('none') | upper }}", "XXXXXXXXXXXX"),
        ],
    )
    def test_it_is_filled_with_long_words(self, shop: Any, text: str, longest: str) -> None:
        offer = shop.offer(give={"kind": "percent", "percent": 10, "pool": "autumn"})
        assert longest_text(text, offer, offer.give, shop.store()) == longest
