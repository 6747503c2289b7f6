"""A small shop to decide in: a wine dwell at noon on Wednesday, 30 September 2026, by somebody who agreed to offers."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from nearcart_contract.campaign_file import Campaign
from nearcart_contract.cart import Cart
from nearcart_contract.offer_file import Offer
from nearcart_contract.store_file import Store
from nearcart_gateway.core.decide import decide
from nearcart_gateway.core.facts import NO_FACTS, Facts
from nearcart_gateway.core.ledger import Ledger
from nearcart_gateway.core.offers.compile import CompiledOffers, compile_offers
from nearcart_gateway.core.values import Decision, KnownCart, Moment, Visitor

NOON = datetime(2026, 9, 30, 12, tzinfo=ZoneInfo("Europe/Vienna")).timestamp()


class Shop:
    """Builds values with one thing changed at a time. Times are Unix seconds; ``now`` is noon of the store."""

    now = NOON

    def __init__(self) -> None:
        self.ledger = Ledger()

    def at(self, year: int, month: int, day: int, hour: int = 12, minute: int = 0, *, fold: int = 0) -> float:
        return datetime(year, month, day, hour, minute, fold=fold, tzinfo=ZoneInfo("Europe/Vienna")).timestamp()

    def store(self, **changed: Any) -> Store:
        fields = {
            "store": "corner",
            "name": "Corner Shop",
            "time_zone": "Europe/Vienna",
            "currency": "EUR",
            "zones": {"entrance": {}, "wine": {"name": "Wine", "tags": ["drinks"]}, "cheese": {"tags": ["fresh"]}},
            "scanners": {name: {"x": 1, "y": 1, "zone": name} for name in ("entrance", "wine", "cheese")},
        }
        return Store.model_validate({**fields, **changed})

    def offer(self, name: str = "wine", *, when: dict[str, Any] | None = None, **changed: Any) -> Offer:
        dwell = {"moment": "dwell", "zones": ["wine"], "dwell": "5s"}
        fields = {"offer": name, "when": when if when and "moment" in when else dwell | (when or {}), "say": "Hello"}
        return Offer.model_validate({**fields, **changed})

    def campaign(self, **changed: Any) -> Campaign:
        return Campaign.model_validate({"campaign": "autumn", "name": "Autumn", **changed})

    def visitor(self, **changed: Any) -> Visitor:
        return replace(Visitor("anna", customer="c1", consents=frozenset({"offers"})), **changed)

    def cart(self, *, age_s: float = 60, received_s: float | None = None, **changed: Any) -> KnownCart:
        """A cart of two bottles worth 30, changed ``age_s`` ago and heard of ``received_s`` ago."""
        fields = {
            "id": "k1",
            "source": "web",
            "customer": "c1",
            "items": [
                {"sku": "W-1", "title": "Zweigelt", "categories": ["Wine"], "quantity": 2, "unit_price": "15.00"}
            ],
            "updated_at": datetime.fromtimestamp(self.now - age_s, UTC),
        }
        received_at = self.now - (age_s if received_s is None else received_s)
        return KnownCart(Cart.model_validate({**fields, **changed}), version=3, received_at=received_at)

    def moment(self, **changed: Any) -> Moment:
        moment = Moment("v1.1.dwell.5", "dwell", "anna", "v1", self.now - 0.2, zone="wine", dwell_s=5.0)
        return replace(moment, **changed)

    def compile(
        self, *offers: Offer, store: Store | None = None, campaigns: tuple[Campaign, ...] = ()
    ) -> CompiledOffers:
        by_name = {campaign.campaign: campaign for campaign in campaigns}
        return compile_offers(store or self.store(), by_name, offers or (self.offer(),), "r1", b"salt")

    def decide(
        self,
        *offers: Offer,
        store: Store | None = None,
        campaigns: tuple[Campaign, ...] = (),
        moment: Moment | None = None,
        visitor: Visitor | str | None = "anna",
        cart: KnownCart | None = None,
        facts: Facts = NO_FACTS,
        now: float | None = None,
        clock_synchronised: bool = True,
    ) -> Decision | None:
        now = self.now if now is None else now
        return decide(
            moment or self.moment(at=now - 0.2),
            self.visitor() if isinstance(visitor, str) else visitor,
            cart,
            self.compile(*offers, store=store, campaigns=campaigns),
            self.ledger,
            facts,
            now=now,
            clock_synchronised=clock_synchronised,
        )

    def verdict(self, *offers: Offer, **given: Any) -> tuple[str | None, str]:
        """(gate, reason) of a decision."""
        decision = self.decide(*offers, **given)
        assert decision is not None
        return decision.gate, decision.reason


@pytest.fixture
def shop() -> Shop:
    return Shop()
