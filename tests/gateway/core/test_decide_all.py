"""One moment, several channels: at most one offer through each, every one decided by what is counted before it."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nearcart_gateway.core.decide import decide_all, redecide
from nearcart_gateway.core.decision_inputs import read_moment
from nearcart_gateway.core.ledger import Ledger
from nearcart_gateway.core.offers.compile import CompiledOffers
from nearcart_gateway.core.offers.shadows import shadowed
from nearcart_gateway.core.values import Considered, Decision

DAY = date(2026, 9, 30)
CHANNELS = {"phone": {"kind": "phone"}, "screen": {"kind": "screen"}, "helpers": {"kind": "staff"}}


def compiled(shop: Any, *offers: Any, campaigns: tuple[Any, ...] = (), **store: Any) -> CompiledOffers:
    return shop.compile(*offers, store=shop.store(channels=CHANNELS, **store), campaigns=campaigns)


def decided(shop: Any, offers: CompiledOffers) -> list[Decision]:
    """Counted as the gateway counts, before the next is decided."""
    found = []
    for decision in decide_all(shop.moment(), shop.visitor(), None, offers, shop.ledger, now=shop.now):
        found.append(decision)
        if decision.outcome != "withheld":
            shop.ledger.add(decision.moment.visitor, decision.offer, decision.campaign, decision.moment.at)
    return found


def test_each_channel_carries_the_first_offer_for_it(shop: Any) -> None:
    wine, cheese = shop.offer("wine", priority=9), shop.offer("cheese", priority=8)
    poster, help_her = shop.offer("poster", through=["screen"]), shop.offer("help", through=["helpers"])
    found = decided(shop, compiled(shop, wine, cheese, poster, help_her))
    assert [(d.offer, d.channel, d.outcome) for d in found] == [
        ("wine", "phone", "sent"),
        ("help", "helpers", "sent"),
        ("poster", "screen", "sent"),
    ]
    assert len({d.key for d in found}) == 3
    assert Considered("cheese", "outranked", "through phone", "not phone, helpers") in found[2].considered


def test_an_offer_does_not_move_to_a_channel_that_it_likes_less(shop: Any) -> None:
    first, second = shop.offer("first", priority=9), shop.offer("second", through=["phone", "screen"])
    assert [d.offer for d in decided(shop, compiled(shop, first, second))] == ["first"]


def test_limits_and_silence_count_what_the_other_channel_carries(shop: Any) -> None:
    phone, screen = shop.offer("phone-one", priority=9), shop.offer("screen-one", through=["screen"])
    for limits in ({"quiet_after_any": "10m"}, {"per_visitor": {"times": 1, "period": "1d"}}):
        shop.ledger = Ledger()
        assert [d.offer for d in decided(shop, compiled(shop, phone, screen, limits=limits))] == ["phone-one"]


def test_who_is_held_out_of_one_still_gets_the_other(shop: Any) -> None:
    ghost = shop.offer("ghost", priority=9, campaign="autumn")
    other = shop.offer("other", through=["screen"])
    campaigns = (shop.campaign(hold_out_percent="50"),)
    offers = compiled(shop, ghost, other, campaigns=campaigns)
    slot = next(n for n in range(100) if offers.slot("autumn", f"v-{n}") < 5000)
    moment, visitor = shop.moment(visitor=f"v-{slot}"), shop.visitor(id=f"v-{slot}")
    found = list(decide_all(moment, visitor, None, offers, shop.ledger, now=shop.now))
    assert [(d.offer, d.outcome) for d in found] == [("ghost", "ghost"), ("other", "sent")]


def test_silence_is_one_decision(shop: Any) -> None:
    closed = {"cart": {"state": "abandoned"}}
    found = decided(shop, compiled(shop, shop.offer("a", **closed), shop.offer("b", through=["screen"], **closed)))
    assert [(d.outcome, len(d.considered)) for d in found] == [("withheld", 2)]


OFFERS = st.lists(
    st.fixed_dictionaries(
        {
            "priority": st.integers(0, 3),
            "through": st.lists(st.sampled_from(sorted(CHANNELS)), min_size=1, max_size=3, unique=True),
            "limits": st.sampled_from(
                [{}, {"quiet_after_any": "1m"}, {"per_visitor": {"times": 1, "period": "1h"}}, {"per_store": {"times": 2, "period": "1h"}}]
            ),
            "who": st.sampled_from([{}, {"customer": "unknown"}, {"languages": ["de"]}]),
        }
    ),
    max_size=6,
)  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(OFFERS)
def test_one_offer_a_channel_and_each_decided_again(shop: Any, drawn: list[dict[str, Any]]) -> None:
    shop.ledger = Ledger()
    offers = compiled(shop, *(shop.offer(f"offer-{n}", **fields) for n, fields in enumerate(drawn)))
    found = decided(shop, offers)
    channels = [d.channel for d in found if d.outcome != "withheld"]
    assert len(set(channels)) == len(channels) == len({d.offer for d in found if d.offer and d.channel})
    assert len({d.key for d in found}) == len(found)
    assert [d.outcome for d in found].count("withheld") in ({0, 1} if len(found) == 1 else {0})
    for decision in found:
        stored = json.loads(json.dumps(decision.inputs))
        assert redecide(stored, offers) == decision
        assert read_moment(stored) == decision.moment


@pytest.mark.parametrize("through", [["screen"], ["screen", "phone"], ["phone", "screen"]])
def test_an_offer_through_another_channel_is_not_shadowed(shop: Any, through: list[str]) -> None:
    first, second = shop.offer("first", priority=9), shop.offer("second", through=through)
    assert not list(shadowed((first, second), {}, shop.store(channels=CHANNELS), DAY))
    same = shop.offer("same", through=["phone"])
    assert [o.offer for o, _ in shadowed((first, same), {}, shop.store(channels=CHANNELS), DAY)] == ["same"]
