"""One moment in, one decision out: who wins, what is recorded, and that it can be decided again."""

import json
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nearcart_gateway.core.decide import decide, redecide
from nearcart_gateway.core.ledger import Ledger
from nearcart_gateway.core.offers.compile import CompiledOffers
from nearcart_gateway.core.offers.gates.registry import GATES, LAST_GATES
from nearcart_gateway.core.values import Considered, Decision


def as_json(decision: Decision | None) -> str:
    assert decision is not None
    benefit = decision.benefit.model_dump(mode="json") if decision.benefit else None
    return json.dumps(asdict(replace(decision, benefit=None)) | {"benefit": benefit}, sort_keys=True, default=str)


def test_an_offer_that_passes_every_gate_is_sent(shop: Any) -> None:
    offer = shop.offer(
        say={"de": "Rotwein, {{ cart.value }}", "en": "Wine"},
        give={"kind": "percent", "percent": 10},
        cart={"state": "open", "categories": ["wine"]},
        expires_after="15m",
    )
    decision = shop.decide(offer, cart=shop.cart(), visitor=shop.visitor(language="de-AT"))
    assert (decision.outcome, decision.gate, decision.offer, decision.channel) == ("sent", None, "wine", "phone")
    assert (decision.language, decision.text) == ("de", "Rotwein, 30.00 EUR")
    assert decision.benefit.percent == 10
    assert decision.expires_at == shop.now + 900
    assert decision.key == "v1.1.dwell.5:offer"
    assert decision.reason == "sent: wine through phone"
    assert decision.revision == "r1"
    assert decision.considered == (Considered("wine", None),)


def test_a_moment_no_offer_waits_for_is_no_decision(shop: Any) -> None:
    assert shop.decide(moment=shop.moment(kind="press", dwell_s=None)) is None
    assert shop.decide(moment=shop.moment(zone="cheese")) is None
    assert shop.decide(moment=shop.moment(dwell_s=20.0)) is None


def test_a_withheld_decision_names_the_gate_and_both_values(shop: Any) -> None:
    decision = shop.decide(shop.offer(cart={"value_at_least": 50}), cart=shop.cart())
    assert (decision.outcome, decision.gate, decision.offer) == ("withheld", "cart_value", "wine")
    assert decision.reason == "silent: the cart is worth 30.00 EUR, needs at least 50.00 EUR"
    assert decision.considered == (Considered("wine", "cart_value", "30.00 EUR", "at least 50.00 EUR"),)
    assert (decision.text, decision.channel, decision.expires_at) == (None, None, None)


def test_the_highest_priority_wins_and_the_others_are_outranked(shop: Any) -> None:
    low, high = shop.offer("low", priority=1), shop.offer("high", priority=2)
    decision = shop.decide(low, high)
    assert decision.offer == "high"
    assert decision.considered == (
        Considered("high", None),
        Considered("low", "outranked", "priority 1", "above high, priority 2"),
    )


def test_a_tie_goes_to_the_name_first_in_the_alphabet(shop: Any) -> None:
    assert shop.decide(shop.offer("b"), shop.offer("a"), shop.offer("c")).offer == "a"


def test_a_stopped_offer_leaves_the_way_to_the_next(shop: Any) -> None:
    high = shop.offer("high", priority=9, cart={"state": "abandoned"})
    decision = shop.decide(high, shop.offer("low"))
    assert decision.offer == "low"
    assert decision.considered == (Considered("high", "cart_state", "none", "abandoned"), Considered("low", None))


def test_when_all_are_stopped_the_reason_is_that_of_the_highest(shop: Any) -> None:
    high = shop.offer("high", priority=9, cart={"state": "abandoned"})
    low = shop.offer("low", who={"customer": "unknown"})
    assert shop.verdict(low, high) == ("cart_state", "silent: no cart")


def test_a_switched_off_offer_is_nobodys_reason_while_there_is_another(shop: Any) -> None:
    off, other = shop.offer("off", priority=9, active=False), shop.offer("other", cart={"state": "open"})
    assert shop.verdict(off, other)[0] == "cart_state"
    assert shop.verdict(off) == ("active", "silent: the offer is switched off")


def test_a_text_that_can_not_be_made_withholds_its_offer_and_no_other(shop: Any) -> None:
    broken = shop.offer("broken", priority=9, say="Your {{ cart.value }}")
    decision = shop.decide(broken, shop.offer("plain"))
    assert decision.offer == "plain"
    assert decision.considered[0].gate == "template"
    assert shop.verdict(broken)[0] == "template"


def test_a_screen_needs_a_zone_and_the_next_channel_is_taken(shop: Any) -> None:
    entering = {"moment": "enter"}
    moment = shop.moment(kind="enter", zone=None, dwell_s=None)
    both = shop.offer(when=entering, through=["screen", "phone"])
    assert shop.decide(both, moment=moment).channel == "phone"
    assert shop.decide(shop.offer(through=["screen", "phone"])).channel == "screen"
    only = shop.offer(when=entering, through=["screen"])
    assert shop.verdict(only, moment=moment) == ("channel", "silent: no screen where she is")


class TestHoldOut:
    def decide_many(self, shop: Any, percent: str, visitors: int = 3000) -> list[Decision]:
        offers = shop.compile(shop.offer(campaign="autumn"), campaigns=(shop.campaign(hold_out_percent=percent),))
        found = []
        for number in range(visitors):
            name = f"visitor-{number}"
            moment = shop.moment(visitor=name)
            found.append(decide(moment, shop.visitor(id=name), None, offers, shop.ledger, now=shop.now))
        return found

    def ghosts(self, shop: Any, percent: str) -> set[str]:
        return {d.moment.visitor for d in self.decide_many(shop, percent) if d.outcome == "ghost"}

    def test_a_ghost_is_recorded_exactly_as_the_sent_one_would_be(self, shop: Any) -> None:
        ghost = next(d for d in self.decide_many(shop, "50") if d.outcome == "ghost")
        sent = shop.decide(
            shop.offer(campaign="autumn"),
            campaigns=(shop.campaign(),),
            moment=ghost.moment,
            visitor=shop.visitor(id=ghost.moment.visitor),
            now=shop.now,
        )
        changed = {"outcome": "sent", "gate": None, "reason": sent.reason, "considered": sent.considered}
        assert replace(ghost, **changed) == sent
        assert ghost.gate == "hold_out"
        assert ghost.reason == "ghost: held out of campaign autumn, for comparison"
        assert ghost.considered[0].required == "slot 5000 or above"

    def test_the_share_held_out_is_the_share_asked_for(self, shop: Any) -> None:
        # 3000 visitors at 10 %: 300 on average, standard deviation 16.4; six of them either way
        assert 200 < len(self.ghosts(shop, "10")) < 400
        assert self.ghosts(shop, "0") == set()

    def test_a_growing_hold_out_keeps_those_who_were_in_it(self, shop: Any) -> None:
        assert self.ghosts(shop, "10") < self.ghosts(shop, "20")

    def test_slots_from_zero_up_are_held_out_and_the_next_is_not(self, shop: Any) -> None:
        offer = shop.offer(campaign="autumn")
        slot = shop.compile(offer).slot("autumn", "anna")
        outcomes = []
        for held in (slot, slot + 1):
            campaign = shop.campaign(hold_out_percent=Decimal(held) / 100)
            outcomes.append(shop.decide(offer, campaigns=(campaign,)).outcome)
        assert 0 < slot < 9_000
        assert outcomes == ["sent", "ghost"]

    def test_campaigns_and_salts_draw_anew(self, shop: Any) -> None:
        salted, other = (CompiledOffers(shop.store(), (), "r", salt) for salt in (b"a", b"b"))
        names = [f"visitor-{number}" for number in range(50)]
        autumn = [salted.slot("autumn", name) for name in names]
        assert autumn == [salted.slot("autumn", name) for name in names]
        assert autumn != [salted.slot("winter", name) for name in names]
        assert autumn != [other.slot("autumn", name) for name in names]
        assert all(0 <= slot < 10_000 for slot in autumn)


def test_gates_have_names_of_their_own_that_can_be_counted() -> None:
    names = [name for name, _ in GATES] + list(LAST_GATES)
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and name.islower() for name in names)


def test_what_a_decision_saw_is_json_and_holds_the_counts(shop: Any) -> None:
    shop.ledger.add("anna", "wine", None, shop.now - 100)
    offer = shop.offer(limits={"per_visitor": {"times": 2, "period": "7d"}, "quiet_after_any": "1m"})
    decision = shop.decide(offer, cart=shop.cart())
    inputs = json.loads(json.dumps(decision.inputs))
    assert inputs["ledger"] == {"counts": {"visitor:offer:wine:604800": 1}, "last": shop.now - 100}
    assert inputs["cart"]["version"] == 3
    assert inputs["cart"]["cart"]["items"][0]["unit_price"] == "15.00"
    assert inputs["visitor"]["consents"] == ["offers"]
    assert (inputs["now"], inputs["clock_synchronised"], inputs["revision"]) == (shop.now, True, "r1")


offer_fields = st.fixed_dictionaries(
    {},
    optional={
        "priority": st.integers(-2, 2),
        "active": st.booleans(),
        "cart": st.sampled_from([{}, {"state": "open"}, {"state": "abandoned"}, {"value_at_least": 20}, {"skus": ["W-1"]}]),
        "who": st.sampled_from([{"customer": "known"}, {"customer": "unknown"}]),
        "say": st.sampled_from(["Hi", "{{ cart.value }}", {"de": "Hallo", "en": "{{ zone.name }}"}]),
        "give": st.sampled_from([{"kind": "percent", "percent": "7.5"}, {"kind": "amount", "amount": 3, "currency": "EUR"}]),
        "campaign": st.just("autumn"),
        "limits": st.sampled_from([{"per_visitor": {"times": 1, "period": "1d"}}, {"quiet_after_any": "10m"}]),
        "through": st.sampled_from([["screen"], ["phone", "screen"]]),
    },
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    fields=st.lists(offer_fields, min_size=1, max_size=4),
    visitor=st.sampled_from([{}, {"customer": None}, {"consents": frozenset()}, {"kind": "staff"}, {"language": "de"}]),
    cart=st.none()
    | st.sampled_from([{}, {"age_s": 7200}, {"currency": "USD"}, {"state": "ordered"}, {"value": "12.345"}]),
    had=st.lists(st.floats(-90_000, -1), max_size=3),
    late=st.sampled_from([0.1, 59.9, 61.0]),
    synchronised=st.booleans(),
)
def test_any_decision_can_be_decided_again_byte_for_byte(
    shop: Any,
    fields: list[dict[str, Any]],
    visitor: dict[str, Any],
    cart: dict[str, Any] | None,
    had: list[float],
    late: float,
    synchronised: bool,
) -> None:
    offers = shop.compile(
        *(shop.offer(f"offer-{number}", **changed) for number, changed in enumerate(fields)),
        campaigns=(shop.campaign(hold_out_percent=50),),
        store=shop.store(quiet_hours={"start": "21:00", "end": "09:00"}),
    )
    ledger = Ledger()
    ledger.load(("anna", "offer-0", None, shop.now + before) for before in had)
    decision = decide(
        shop.moment(at=shop.now - late),
        shop.visitor(**visitor),
        None if cart is None else shop.cart(**cart),
        offers,
        ledger,
        now=shop.now,
        clock_synchronised=synchronised,
    )
    assert decision is not None
    stored = json.loads(json.dumps(decision.inputs))
    assert as_json(redecide(stored, offers)) == as_json(decision)
    assert len(decision.considered) == len(fields)
    assert (decision.outcome == "sent") == (decision.gate is None)


@pytest.mark.parametrize("count", [1, 3])
def test_deciding_counts_nothing_by_itself(shop: Any, count: int) -> None:
    offer = shop.offer(limits={"per_visitor": {"times": 1, "period": "7d"}})
    assert {shop.decide(offer).outcome for _ in range(count)} == {"sent"}


class TestACartThatGrowsOld:
    """With the internet gone the last cart known serves, and its age stands in the reason."""

    DAYS = "; the cart was last heard of 3 days ago"

    def old(self, shop: Any) -> Any:
        return shop.cart(age_s=4 * 86_400, received_s=3 * 86_400 + 60)

    def test_it_serves_and_its_age_is_told(self, shop: Any) -> None:
        offer = shop.offer(cart={"state": "abandoned"})
        decision = shop.decide(offer, cart=self.old(shop))
        assert (decision.outcome, decision.reason) == ("sent", f"sent: wine through phone{self.DAYS}")
        assert redecide(decision.inputs, shop.compile(offer)) == decision

    def test_also_where_only_the_text_speaks_of_it_and_of_a_ghost(self, shop: Any) -> None:
        offer = shop.offer(say="{{ cart.value }}", campaign="autumn")
        campaigns = (shop.campaign(hold_out_percent=90),)
        people = [shop.visitor(id=name) for name in ("anna", "ben", "cleo", "dora")]
        told = [
            shop.decide(
                offer, cart=self.old(shop), visitor=who, moment=shop.moment(visitor=who.id), campaigns=campaigns
            )
            for who in people
        ]
        assert {decision.outcome for decision in told} >= {"ghost"}
        assert all(decision.reason.endswith(self.DAYS) for decision in told)

    def test_and_where_the_cart_is_why_nothing_is_said(self, shop: Any) -> None:
        decision = shop.decide(shop.offer(cart={"value_at_least": 50}), cart=self.old(shop))
        assert decision.reason.endswith(f"needs at least 50.00 EUR{self.DAYS}")

    def test_not_where_nothing_hangs_on_it_or_it_is_fresh(self, shop: Any) -> None:
        assert shop.decide(shop.offer(), cart=self.old(shop)).reason == "sent: wine through phone"
        quiet = shop.store(quiet_hours={"start": "11:00", "end": "13:00"})
        silent = shop.decide(shop.offer(cart={"state": "abandoned"}), store=quiet, cart=self.old(shop))
        assert silent.reason == "silent: quiet hours until 13:00"
        fresh = shop.cart(age_s=60, state="abandoned")
        assert shop.decide(shop.offer(cart={"state": "abandoned"}), cart=fresh).reason == "sent: wine through phone"
        bought = shop.cart(age_s=7200, state="ordered")
        assert shop.decide(shop.offer(cart={"state": "abandoned"}), cart=bought).reason == "silent: no cart"

    def test_a_decision_from_before_reasons_told_it_comes_out_as_it_was(self, shop: Any) -> None:
        offer = shop.offer(cart={"state": "abandoned"})
        inputs = dict(shop.decide(offer, cart=self.old(shop)).inputs)
        del inputs["cart_age"]
        again = redecide(inputs, shop.compile(offer))
        assert again is not None
        assert (again.reason, again.inputs) == ("sent: wine through phone", inputs)
