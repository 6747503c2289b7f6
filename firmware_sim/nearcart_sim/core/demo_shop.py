"""The people of the demo, and their online carts. All made up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from nearcart_contract.cart import Cart, CartItem
from nearcart_contract.roster import AltBeaconIdentity, EddystoneUidIdentity, IBeaconIdentity, Identity
from nearcart_contract.store_file import Store
from nearcart_contract.visitors_file import VisitorEntry
from nearcart_sim.core.crowd import TAG_INTERVAL_S, rounds
from nearcart_sim.core.floor import Floor
from nearcart_sim.core.randomness import Streams
from nearcart_sim.core.route import Stop
from nearcart_sim.core.scenario import Arrival, Person, Scenario
from nearcart_sim.core.shopper import Shopper
from nearcart_sim.core.tag import Tag

_TAG_UUID = "6f1d2a7c-93b4-4e0b-8a55-0c7e41d9b2f3"
_NAMESPACE = "6e656172636172740001"
"""Both made up for this shop."""

_PRODUCTS = {
    "veltliner": ("WIN-GV-750", "Grüner Veltliner", "wine", "12.90"),
    "blaufraenkisch": ("WIN-BF-750", "Blaufränkisch Reserve", "wine", "18.50"),
    "alpine": ("CHS-ALP-300", "Alpine cheese, 12 months", "cheese", "9.80"),
    "goat": ("CHS-GOAT-150", "Goat's cheese", "cheese", "6.40"),
    "sourdough": ("BRD-SOUR-1K", "Sourdough loaf", "bread", "5.20"),
    "strudel": ("BRD-STRU-6", "Apple strudel", "bread", "14.00"),
}


@dataclass(frozen=True, slots=True)
class _Role:
    """One line of the cast. ``cart``: product and quantity; ``age_minutes``: since the cart was last touched."""

    id: str
    tag: Literal["ibeacon", "altbeacon", "eddystone-uid"] = "ibeacon"
    zones: tuple[str, ...] = ("wine", "cheese", "bakery", "checkout")
    customer: str | None = None
    consents: bool = True
    staff: bool = False
    language: str = "en"
    cart: tuple[tuple[str, int], ...] = ()
    age_minutes: int = 120
    platform: Literal["standard", "shopify"] = "standard"


_CAST = (
    _Role("anna", zones=("wine", "checkout"), customer="1001", cart=(("veltliner", 2), ("alpine", 1))),
    _Role("ben", "eddystone-uid", ("cheese", "wine"), "1002", cart=(("blaufraenkisch", 1),), age_minutes=45),
    _Role("cleo", "altbeacon", ("wine", "cheese", "checkout"), "1003", cart=(("blaufraenkisch", 3), ("goat", 1))),
    _Role("dora", zones=("bakery", "cheese")),
    _Role("emil", zones=("wine", "checkout"), customer="1005", consents=False, cart=(("veltliner", 6),)),
    _Role("finn", zones=("bakery", "wine"), customer="1006", language="de", cart=(("strudel", 2), ("veltliner", 1))),
    _Role("gina", "eddystone-uid", ("cheese", "bakery"), "1007", cart=(("goat", 2),), platform="shopify"),
    _Role("hugo", zones=("wine", "bakery", "checkout"), customer="1008", cart=(("sourdough", 1),), age_minutes=5),
    _Role("ida", "altbeacon", ("wine", "checkout"), "1009", cart=(("blaufraenkisch", 4),), platform="shopify"),
    _Role("jonas", zones=("cheese", "bakery", "wine"), language="de-AT"),
    _Role("otto", staff=True, consents=False),
)

_STAFF_COMES_AT_S = 0.5
_OPENING = (("anna", 0.0, ("wine",), 10.0), ("ben", 1.5, ("wine",), 9.0), ("dora", 3.0, ("cheese",), 9.0))
"""Visitor, seconds, zones, seconds at each: the first offers are due within seconds."""


def demo_people(store: Store, streams: Streams) -> Scenario:
    """The cast on any store's floor: a zone that the store does not have is replaced by one that it has."""
    floor = Floor(store)
    people = tuple(_person(number, role, floor, streams) for number, role in enumerate(_CAST, 1))
    opening = [Arrival(who, at, _stops(zones, stay, floor)) for who, at, zones, stay in _OPENING]
    opening.append(Arrival("otto", _STAFF_COMES_AT_S, rounds(floor.zones, streams("staff"))))
    return Scenario(
        people=people,
        opening=tuple(sorted(opening, key=lambda arrival: arrival.at)),
        carts=lambda clock: demo_carts(store, clock),
    )


def demo_carts(store: Store, clock: datetime) -> tuple[Cart, ...]:
    """Everybody's online cart as it stands at ``clock`` (aware), left some time before. Priced in the store's currency.

    A cart's ``source`` is the first source of its platform in store.yaml, or else the first one at all.
    """
    return tuple(_cart(role, store, clock) for role in _CAST if role.cart)


def _person(number: int, role: _Role, floor: Floor, streams: Streams) -> Person:
    identity = _identity(number, role)
    interval_s = streams(f"interval/{role.id}").uniform(*TAG_INTERVAL_S)
    entry = VisitorEntry(
        id=role.id,
        kind="staff" if role.staff else "visitor",
        customer=role.customer,
        language=role.language,
        consents=("offers",) if role.consents else (),
        identities=(identity,),
    )
    shopper = Shopper(role.id, Tag(identity, interval_s), "staff" if role.staff else "shopper")
    return Person(shopper, entry, tuple(dict.fromkeys(_zone(zone, floor) for zone in role.zones)))


def _identity(number: int, role: _Role) -> Identity:
    name = f"{role.id}-tag"
    match role.tag:
        case "ibeacon":
            return IBeaconIdentity(id=name, kind="ibeacon", uuid=_TAG_UUID, major=1, minor=number)
        case "altbeacon":
            return AltBeaconIdentity(id=name, kind="altbeacon", id1=_TAG_UUID, id2=2, id3=number)
        case "eddystone-uid":
            return EddystoneUidIdentity(id=name, kind="eddystone-uid", namespace=_NAMESPACE, instance=f"{number:012x}")


def _stops(zones: Sequence[str], stay_s: float, floor: Floor) -> tuple[Stop, ...]:
    return tuple(Stop(_zone(zone, floor), stay_s) for zone in zones)


def _zone(wanted: str, floor: Floor) -> str:
    if wanted in floor.zones:
        return wanted
    others = [zone for zone in floor.zones if zone != floor.entrance] or list(floor.zones)
    return others[sum(wanted.encode()) % len(others)]


def _cart(role: _Role, store: Store, clock: datetime) -> Cart:
    touched = clock - timedelta(minutes=role.age_minutes)
    by_platform = {source.platform: name for name, source in reversed(store.sources.items())}
    return Cart(
        id=f"cart-{role.id}",
        source=by_platform.get(role.platform, next(iter(store.sources), "")),
        customer=role.customer,
        token=f"token-{role.id}",
        currency=store.currency,
        items=tuple(_item(product, quantity) for product, quantity in role.cart),
        created_at=touched - timedelta(minutes=10),
        updated_at=touched,
    )


def _item(product: str, quantity: int) -> CartItem:
    sku, title, category, price = _PRODUCTS[product]
    return CartItem(sku=sku, title=title, categories=(category,), quantity=quantity, unit_price=Decimal(price))
