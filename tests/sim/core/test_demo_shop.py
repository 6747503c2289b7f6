"""The demo's people and carts."""

from datetime import UTC, datetime, timedelta

from nearcart_contract.visitors_file import VisitorsFile
from nearcart_sim.core.demo_shop import demo_carts, demo_people
from nearcart_sim.shell.streams import seeded

from ..layouts import small_store

CLOCK = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
SOURCES = {
    "web": {"platform": "standard", "secret": "whsec_dGVzdC1zZWNyZXQtb2YtdGhlLXRlc3QtcnVuIQ=="},
    "shopify": {"platform": "shopify", "secret": "test"},
}


def test_the_cast_can_be_enrolled_and_nobody_shares_a_tag() -> None:
    scenario = demo_people(small_store(), seeded(1))
    visitors = VisitorsFile(visitors=scenario.visitors).visitors
    identities = [identity for visitor in visitors for identity in visitor.identities]
    assert len({identity.model_dump_json(exclude={"id"}) for identity in identities}) == len(visitors)
    assert {identity.kind for identity in identities} == {"ibeacon", "altbeacon", "eddystone-uid"}


def test_there_is_staff_and_somebody_with_a_cart_who_never_agreed() -> None:
    scenario = demo_people(small_store(), seeded(1))
    customers_with_cart = {cart.customer for cart in demo_carts(small_store(), CLOCK)}
    silent = [visitor for visitor in scenario.visitors if not visitor.consents]
    assert [visitor.kind for visitor in silent] == ["visitor", "staff"]
    assert silent[0].customer in customers_with_cart
    assert any(visitor.customer is None and visitor.consents for visitor in scenario.visitors)


def test_carts_are_as_old_as_they_should_be_at_the_shops_clock() -> None:
    carts = {cart.id: cart for cart in demo_carts(small_store(), CLOCK)}
    assert CLOCK - carts["cart-anna"].updated_at == timedelta(hours=2)
    assert CLOCK - carts["cart-hugo"].updated_at < timedelta(minutes=30)
    assert all(cart.currency == "EUR" and cart.total > 0 for cart in carts.values())


def test_carts_go_to_the_source_of_their_platform() -> None:
    both = {cart.source for cart in demo_carts(small_store(sources=SOURCES), CLOCK)}
    only_web = {cart.source for cart in demo_carts(small_store(sources={"web": SOURCES["web"]}), CLOCK)}
    assert both == {"web", "shopify"}
    assert only_web == {"web"}


def test_the_first_shopper_walks_straight_to_the_wine_in_her_cart() -> None:
    first = demo_people(small_store(), seeded(1)).opening[0]
    cart = next(cart for cart in demo_carts(small_store(), CLOCK) if cart.id == "cart-anna")
    assert (first.visitor, first.at, first.stops[0].zone) == ("anna", 0.0, "wine")
    assert "wine" in {category for item in cart.items for category in item.categories}


def test_zones_that_the_store_does_not_have_are_replaced() -> None:
    scenario = demo_people(small_store(), seeded(1))
    zones = {zone for person in scenario.people for zone in person.favourites}
    assert zones <= {"entrance", "wine", "cheese"}
