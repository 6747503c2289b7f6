"""For every gate what it would look at and what the files ask for: so that a gate that let her pass can be told as one that did not."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from nearcart_contract.campaign_file import Campaign
from nearcart_contract.duration import format_duration
from nearcart_contract.offer_file import Offer
from nearcart_contract.store_file import Store
from nearcart_gateway.core.money import money
from nearcart_gateway.core.offers.gates.calendar import WEEKDAYS
from nearcart_gateway.core.offers.gates.gate import Situation
from nearcart_gateway.core.offers.gates.span import rough

Observe = Callable[[Situation, Store], str]

NOTHING = "nothing"


def asked_for(gate: str, offer: Offer, campaign: Campaign | None, store: Store) -> str:
    """The fields that a gate is made of, in the words of the files; empty where it is the same for every offer."""
    documents: dict[str, BaseModel | None] = {"offer": offer, "campaign": campaign, "store": store}
    found: list[str] = []
    for path in FIELDS[gate]:
        first, _, rest = path.partition(":")
        value = _at(documents[first], rest.split("."))
        if _says_something(value, gate):
            found.append(f"{'' if first == 'offer' else first + ' '}{rest}: {_plain(value)}")
    return ", ".join(found)


def _says_something(value: Any, gate: str) -> bool:
    if value is None or isinstance(value, bool):
        return value is not None and gate in ("active", "in_stock", "stacking")
    return value not in ((), "any", 0.0)


def observed_by(
    gate: str, situation: Situation, store: Store, ledger: Mapping[str, Any], facts: Mapping[str, Any]
) -> str:
    """What the gate looked at, as it is in this situation; ``ledger`` and ``facts`` are what it asked them, with the answers."""
    counts, visits, shelf = ledger.get("counts", {}), facts.get("visits", {}), facts.get("shelf", {})
    if counts:
        return ", ".join(f"{count} so far" for count in counts.values())
    if visits and gate == "visits":
        return ", ".join(f"visit number {count + 1}" for count in visits.values())
    if shelf:
        return ", ".join(f"{sku}: {_on_shelf(there, store)}" for sku, there in shelf.items())
    observe = OBSERVED.get(gate)
    return "" if observe is None else observe(situation, store)


def _on_shelf(there: list[Any] | None, store: Store) -> str:
    if there is None:
        return "not known here"
    quantity, price = there
    return f"{quantity} here" + ("" if price is None else f" for {money(Decimal(price), store.currency)}")


def _at(document: BaseModel | None, path: list[str]) -> Any:
    value: Any = document
    for name in path:
        value = getattr(value, name, None)
    return value


def _plain(value: Any) -> str:
    """As people write it in the file."""
    if isinstance(value, BaseModel):
        parts = {name: getattr(value, name) for name in type(value).model_fields}
        return "{" + ", ".join(f"{name}: {_plain(part)}" for name, part in parts.items() if part is not None) + "}"
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(_plain(part) for part in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:%H:%M}" if isinstance(value, time) else str(value)


def _listing(words: Any) -> str:
    return ", ".join(sorted(str(word) for word in words if word)) or NOTHING


def _hers(name: str) -> Observe:
    def observe(situation: Situation, _: Store) -> str:
        value = getattr(situation.visitor, name, None)
        return _listing(value) if isinstance(value, frozenset) else str(value or NOTHING)

    return observe


def _clock(situation: Situation, _: Store) -> str:
    return f"{situation.local:%H:%M}"


def _day(situation: Situation, _: Store) -> str:
    return f"{situation.local:%Y-%m-%d}"


def _bought(situation: Situation, _: Store) -> str:
    at = None if situation.visitor is None else situation.visitor.last_purchase_at
    return "no purchase" if at is None else f"{rough(situation.now - at)} ago"


def _cart(of: Callable[[Situation, Store], str]) -> Observe:
    return lambda situation, store: "no cart" if situation.cart is None else of(situation, store)


def _changed(situation: Situation, _: Store) -> str:
    assert situation.cart is not None
    changed = min(situation.cart.received_at, situation.cart.cart.updated_at.timestamp())
    return f"{situation.cart_state}, changed {rough(max(0.0, situation.now - changed))} ago"


def _items(situation: Situation) -> tuple[Any, ...]:
    return () if situation.cart is None else situation.cart.cart.items


def _value(situation: Situation, store: Store) -> str:
    total = Decimal(0) if situation.cart is None else situation.cart.cart.total
    return money(total, store.currency)


OBSERVED: dict[str, Observe] = {
    "consent": _hers("consents"),
    "staff": _hers("kind"),
    "too_old": lambda situation, _: f"{max(0.0, situation.now - situation.moment.at):.0f} s",
    "clock_unknown": lambda situation, _: f"clock {'' if situation.clock_synchronised else 'un'}synchronised",
    "campaign_dates": _day,
    "offer_dates": _day,
    "days": lambda situation, _: WEEKDAYS[situation.local.weekday()],
    "hours": _clock,
    "quiet_hours": _clock,
    "from_zone": lambda situation, _: situation.moment.from_zone or "no zone",
    "away": lambda situation, _: rough(situation.moment.away_s or 0.0),
    "press": lambda situation, _: situation.moment.button or "press",
    "probability": lambda situation, _: f"{situation.moment.probability:.2f}",
    "customer": _hers("customer"),
    "not_segment": _hers("segments"),
    "tier": _hers("tier"),
    "language": _hers("language"),
    "since_purchase": _bought,
    "cart_state": lambda situation, _: situation.cart_state,
    "abandoned_for": _cart(_changed),
    "known_within": _cart(lambda s, _: f"{rough(s.now - s.cart.received_at)} ago" if s.cart else NOTHING),
    "currency": _cart(lambda s, store: (s.cart.cart.currency if s.cart else None) or store.currency),
    "cart_value": _value,
    "cart_items": lambda situation, _: str(sum(item.quantity for item in _items(situation))),
    "cart_category": lambda situation, _: _listing({word for item in _items(situation) for word in item.categories}),
    "cart_brand": lambda situation, _: _listing({item.brand for item in _items(situation)}),
    "cart_sku": lambda situation, _: _listing({item.sku for item in _items(situation)}),
    "quiet_after_any": lambda situation, _: _last_offer(situation),
    "stacking": lambda situation, _: _listing(
        {use.offer for use in situation.ledger.holds(situation.moment.visitor, situation.now)}
    ),
}


def _last_offer(situation: Situation) -> str:
    last = situation.ledger.last(situation.moment.visitor)
    return (
        "no offer yet"
        if last is None
        else f"{datetime.fromtimestamp(last, UTC).astimezone(situation.zone):%Y-%m-%d %H:%M}"
    )


FIELDS: dict[str, tuple[str, ...]] = {
    "active": ("offer:active",),
    "consent": (),
    "staff": (),
    "too_old": (),
    "clock_unknown": (),
    "campaign_dates": ("campaign:starts", "campaign:ends"),
    "offer_dates": ("offer:when.starts", "offer:when.ends"),
    "days": ("offer:when.days",),
    "hours": ("offer:when.hours",),
    "quiet_hours": ("store:quiet_hours", "offer:limits.quiet_hours"),
    "from_zone": ("offer:when.from_zones",),
    "away": ("offer:when.away",),
    "press": ("offer:when.press",),
    "probability": ("offer:when.probability",),
    "customer": ("offer:who.customer",),
    "not_segment": ("offer:who.not_segments",),
    "tier": ("offer:who.tier",),
    "language": ("offer:who.languages",),
    "visits": ("offer:who.visits",),
    "since_purchase": ("offer:who.since_purchase",),
    "cart_state": ("offer:cart.state",),
    "abandoned_for": ("offer:cart.abandoned_for",),
    "known_within": ("offer:cart.known_within",),
    "currency": ("store:currency",),
    "cart_value": ("offer:cart.value_at_least", "offer:cart.value_at_most"),
    "cart_items": ("offer:cart.items_at_least", "offer:cart.items_at_most"),
    "cart_category": ("offer:cart.categories",),
    "cart_brand": ("offer:cart.brands",),
    "cart_sku": ("offer:cart.skus",),
    "in_stock": ("offer:cart.in_stock",),
    "price_dropped": ("offer:cart.price_dropped_percent",),
    "where": ("offer:where",),
    "channel": ("offer:through",),
    "per_visitor_limit": ("offer:limits.per_visitor", "campaign:limits.per_visitor", "store:limits.per_visitor"),
    "per_offer_limit": ("offer:limits.per_offer",),
    "per_campaign_limit": ("offer:limits.per_campaign", "campaign:limits.per_campaign"),
    "per_store_limit": ("offer:limits.per_store", "store:limits.per_store"),
    "quiet_after_any": ("offer:limits.quiet_after_any", "store:limits.quiet_after_any"),
    "stacking": ("offer:stacks", "offer:stack_group"),
}
"""Where the files say what each gate asks for; a test holds this against the registry."""
