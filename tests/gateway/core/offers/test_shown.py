"""What a gate looked at and what it takes, told also where it let her pass."""

from typing import Any

import pytest

from nearcart_gateway.core.facts import NO_FACTS
from nearcart_gateway.core.offers.gates.registry import FIRST_GATES, GATES
from nearcart_gateway.core.offers.gates.shown import FIELDS, OBSERVED, asked_for
from nearcart_gateway.core.preview import Preview, preview


def look(shop: Any, offer: Any, **given: Any) -> Preview:
    campaigns = given.pop("campaigns", ())
    offers = shop.compile(offer, campaigns=campaigns, store=given.pop("store", None))
    named = {campaign.campaign: campaign for campaign in campaigns}
    return preview(
        offer.offer,
        named.get(offer.campaign or ""),
        given.pop("moment", None) or shop.moment(),
        given.pop("visitor", shop.visitor()),
        given.pop("cart", None),
        offers,
        shop.ledger,
        NO_FACTS,
        now=shop.now,
    )


def gates(found: Preview) -> dict[str, tuple[bool, str, str]]:
    return {gate.gate: (gate.passed, gate.observed, gate.required) for gate in found.asked}


def test_every_gate_is_told_of() -> None:
    assert set(FIELDS) == {name for name, _ in GATES}
    assert set(OBSERVED) <= set(FIELDS)


def test_passed_and_failed_stand_side_by_side(shop: Any) -> None:
    offer = shop.offer(
        when={"hours": {"start": "09:00", "end": "11:00"}, "days": ["wed", "thu"], "probability": 0.5},
        who={"tier": ["gold"], "segments": ["regulars"]},
        cart={"items_at_least": 1, "categories": ["wine"]},
        limits={"per_visitor": {"times": 2, "period": "7d"}},
    )
    found = gates(look(shop, offer, visitor=shop.visitor(segments=frozenset({"regulars"})), cart=shop.cart()))
    assert found["hours"] == (False, "12:00", "09:00 to 11:00")
    assert found["tier"] == (False, "no tier", "tier gold")
    assert found["days"] == (True, "wed", "when.days: [wed, thu]")
    assert found["probability"] == (True, "1.00", "when.probability: 0.5")
    assert found["segment"] == (True, "regulars", "who.segments: regulars")
    assert found["cart_items"] == (True, "2", "cart.items_at_least: 1")
    assert found["cart_category"] == (True, "Wine", "cart.categories: [wine]")
    assert found["per_visitor_limit"] == (True, "0 so far", "limits.per_visitor: {times: 2, period: 1w}")


def test_the_index_is_a_gate_too(shop: Any) -> None:
    found = look(shop, shop.offer(who={"segments": ["regulars"]}))
    assert gates(found)["segment"] == (False, "no segment", "regulars")
    elsewhere = gates(look(shop, shop.offer(), moment=shop.moment(zone="cheese")))
    assert (elsewhere["zone"][0], "zone" in FIRST_GATES) == (False, True)


def test_what_the_decision_asks_last_is_told(shop: Any) -> None:
    campaign = shop.campaign(hold_out_percent=90)
    found = look(shop, shop.offer(campaign="autumn"), campaigns=(campaign,))
    assert gates(found)["hold_out"][0] is False
    assert found.decision is not None
    assert found.decision.outcome == "ghost"


def test_every_text_with_its_length_in_every_language_channel_and_variant(shop: Any) -> None:
    offer = shop.offer(
        campaign="autumn",
        say={"en": "{{ cart.count }} in {{ zone.name }}", "de": "x" * 200},
        through=["phone", "screen"],
        variants={"b": {"say": "B"}},
    )
    campaign = shop.campaign(variants={"a": {}, "b": {}})
    found = look(shop, offer, campaigns=(campaign,), cart=shop.cart())
    told = {(text.variant, text.language, text.channel): (text.text, text.fits) for text in found.texts}
    assert told[None, "en", "phone"] == ("2 in Wine", True)
    assert told[None, "de", "phone"][1] is True
    assert told[None, "de", "screen"][1] is False
    assert told["b", "en", "screen"] == ("B", True)
    assert len(told) == 6


@pytest.mark.parametrize(
    ("text", "problem"), [("{{ cart.count }}", "it speaks of a cart, and there is none"), ("Hi", "")]
)
def test_a_text_that_cannot_be_said_here_says_why(shop: Any, text: str, problem: str) -> None:
    assert {said.problem for said in look(shop, shop.offer(say=text)).texts} == {problem}


def test_what_is_not_asked_for_is_left_out(shop: Any) -> None:
    assert asked_for("consent", shop.offer(), None, shop.store()) == ""
    assert asked_for("stacking", shop.offer(stacks=False), None, shop.store()) == "stacks: false"
