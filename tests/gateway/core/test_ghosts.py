"""A ghost silences what the offer would have silenced: the same moments end the same, whoever is held out."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from nearcart_contract.campaign_file import Campaign
from nearcart_contract.cart import Cart, Order
from nearcart_contract.offer_file import Offer
from nearcart_contract.store_file import Store
from nearcart_gateway.core.cart_book import CartBook
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.engine import Enrolled, StoreEngine
from nearcart_gateway.core.hooks.event import CartChange, OrderPlaced
from nearcart_gateway.core.ledger import Ledger
from nearcart_gateway.core.locators import locator_of
from nearcart_gateway.core.offers.compile import compile_offers
from nearcart_gateway.core.orders import NOTHING_KNOWN
from nearcart_gateway.core.values import Decision, Moment, Visitor

NOW = datetime(2026, 9, 30, 12, tzinfo=UTC).timestamp()
STORE = Store.model_validate(
    {
        "store": "corner",
        "name": "Corner",
        "time_zone": "Europe/Vienna",
        "currency": "EUR",
        "scanners": {name: {"x": 1, "y": 1, "zone": name} for name in ("door", "wine")},
        "limits": {"quiet_after_any": "5m", "per_visitor": {"times": 4, "period": "1d"}},
    }
)
OFFERS = [
    Offer.model_validate({"campaign": "autumn", "say": "Hello", **fields})
    for fields in (
        {"offer": "wine", "when": {"moment": "dwell", "zones": ["wine"], "dwell": "5s"}, "priority": 5, "stacks": False,
         "give": {"kind": "percent", "percent": 10, "maximum": 5}, "limits": {"per_visitor": {"times": 2, "period": "2h"}},
         "cart": {"state": "open"}, "expires_after": "2h"},
        {"offer": "door", "when": {"moment": "enter"}, "give": {"kind": "amount", "amount": 1, "currency": "EUR"},
         "stack_group": "all", "limits": {"per_offer": {"times": 3, "period": "1h"}}},
        {"offer": "screen", "when": {"moment": "enter"}, "through": ["screen", "phone"], "stack_group": "all",
         "give": {"kind": "amount", "amount": 1, "currency": "EUR"}},
    )
]  # fmt: skip
PEOPLE = {name: Visitor(name, customer=f"c-{name}", consents=frozenset({"offers"})) for name in ("anna", "bea")}

steps = st.lists(
    st.tuples(st.sampled_from(["enter", "dwell", "dwell", "buy", "cart"]), st.sampled_from(sorted(PEOPLE)), st.integers(1, 90)),
    max_size=25,
)  # fmt: skip


class World:
    """An engine without deliveries, in which everybody is held out, or nobody."""

    def __init__(self, *, held: bool, everything: bool = False) -> None:
        campaign = Campaign.model_validate(
            {"campaign": "autumn", "name": "Autumn", "hold_out_percent": 90 if held and not everything else 0}
        )
        store = STORE
        if everything:
            store = Store.model_validate({**STORE.model_dump(), "hold_out": {"percent": 50}})
        offers = compile_offers(store, {"autumn": campaign}, OFFERS, "r1", b"salt")
        self.engine = StoreEngine(store, locator_of(store, store.locate, None), offers, CartBook(), Ledger())
        self.engine.enrol(Enrolled(visitor, ()) for visitor in PEOPLE.values())
        self.decisions: list[Decision] = []

    def step(self, number: int, what: str, name: str, now: float) -> None:
        changes, at = Changes(), datetime.fromtimestamp(now, UTC)
        if what == "cart":
            item = {"sku": "W-1", "quantity": 1, "unit_price": "30"}
            cart = Cart.model_validate({"id": f"k-{name}", "source": "web", "customer": f"c-{name}", "items": [item], "updated_at": at})  # fmt: skip
            self.engine.take_shop_change(CartChange(cart), NOTHING_KNOWN, now, changes)
        elif what == "buy":
            order = Order.model_validate({"id": f"o-{number}", "source": "web", "customer": f"c-{name}", "total": "9", "placed_at": at})  # fmt: skip
            self.engine.take_shop_change(OrderPlaced(order), NOTHING_KNOWN, now, changes)
        else:
            zone, dwell = ("wine", 5.0) if what == "dwell" else (None, None)
            moment = Moment(f"{name}.{number}", what, name, f"v-{name}", now, zone=zone, dwell_s=dwell)  # type: ignore[arg-type]
            self.engine._decide(moment, now, changes)
        self.decisions += changes.decisions


def arm_aside(decision: Decision) -> Decision:
    """A decision without what tells in which arm it was made."""
    made = decision.outcome != "withheld"
    considered = tuple(
        replace(entry, gate=None, observed=None, required=None) if entry.gate in ("hold_out", "store_hold_out") else entry
        for entry in decision.considered
    )  # fmt: skip
    reason = "made" if made else decision.reason
    return replace(
        decision,
        outcome="sent" if made else "withheld",
        gate=None if made else decision.gate,
        reason=reason,
        considered=considered,
    )


def run(world: World, walk: list[tuple[str, str, int]]) -> list[Decision]:
    now = NOW
    for number, (what, name, minutes) in enumerate(walk):
        now += minutes * 60.0
        world.step(number, what, name, now)
    return world.decisions


@settings(max_examples=150, deadline=None)
@given(walk=steps)
@example(walk=[("cart", "anna", 1), ("dwell", "anna", 1), ("buy", "anna", 1), ("enter", "anna", 10)])
def test_the_same_walk_with_and_without_offers_differs_in_the_arm_alone(walk: list[tuple[str, str, int]]) -> None:
    nobody, everybody = World(held=False), World(held=True)
    sent, ghosts = run(nobody, walk), run(everybody, walk)
    assert {decision.outcome for decision in sent} <= {"sent", "withheld"}
    assert {decision.outcome for decision in ghosts} <= {"ghost", "withheld"}
    assert [arm_aside(decision) for decision in ghosts] == [arm_aside(decision) for decision in sent]
    assert everybody.engine.ledger.spent("autumn").redemptions == 0


def test_everybody_of_these_is_held_out_at_90_percent() -> None:
    world = World(held=True)
    experiment = world.engine.offers["door"].experiment
    assert experiment is not None
    assert all(world.engine.offers.slot_in(experiment, visitor) < 9000 for visitor in PEOPLE.values())


def test_who_is_held_out_of_everything_is_a_ghost_of_that_and_of_no_campaign(shop: Any) -> None:
    offers = shop.compile(store=shop.store(hold_out={"percent": 50}))
    held = [
        name
        for name in (f"v-{number}" for number in range(40))
        if offers.slot_in(offers.store_hold_out, Visitor(name)) < 5000
    ]
    assert 8 < len(held) < 32
    campaigns = (shop.campaign(hold_out_percent=50),)
    for offer in (shop.offer(), shop.offer(campaign="autumn")):
        found = {
            name: shop.decide(
                offer,
                store=shop.store(hold_out={"percent": 50}),
                campaigns=campaigns,
                moment=shop.moment(visitor=name),
                visitor=shop.visitor(id=name),
            )
            for name in (f"v-{number}" for number in range(40))
        }
        everything = {name for name, decision in found.items() if decision.gate == "store_hold_out"}
        assert everything == set(held)
        assert all(found[name].outcome == "ghost" for name in everything)


def test_between_the_shares_she_takes_no_part(shop: Any) -> None:
    campaigns = (shop.campaign(hold_out_percent=20, offered_percent=30),)
    outcomes = []
    for number in range(300):
        name = f"v-{number}"
        decision = shop.decide(
            shop.offer(campaign="autumn"),
            campaigns=campaigns,
            moment=shop.moment(visitor=name),
            visitor=shop.visitor(id=name),
        )
        outcomes.append((decision.outcome, decision.gate))
        assert (decision.gate == "no_part") == (2000 <= shop.compile().slot("autumn", name) < 7000)
    assert {("ghost", "hold_out"), ("sent", None), ("withheld", "no_part")} == set(outcomes)
