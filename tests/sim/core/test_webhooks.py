"""What the shop platforms send, read by the gateway itself."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pydantic import SecretStr

from nearcart_contract.cart import Cart, CartItem, Order
from nearcart_contract.store_file import ShopifySource, StandardSource
from nearcart_gateway.core.hooks.event import BadSignatureError, CartChange, CartLink, OrderPlaced
from nearcart_gateway.core.hooks.registry import read_hook
from nearcart_sim.core.webhooks import shopify, standard

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
SECRET = "whsec_dGVzdC1zZWNyZXQtb2YtdGhlLXRlc3QtcnVuIQ=="
WEB = StandardSource(platform="standard", secret=SecretStr(SECRET))
SHOPIFY = ShopifySource(platform="shopify", secret=SecretStr("app-secret"))
CART = Cart(
    id="c-1",
    source="web",
    customer="1001",
    token="c-1",
    currency="EUR",
    items=(CartItem(sku="WIN-1", title="Wine", categories=("wine",), quantity=2, unit_price=Decimal("12.90")),),
    updated_at=NOW,
)
ORDER = Order(
    id="o-1", source="web", customer="1001", cart_token="c-1", currency="EUR", total=Decimal("25.80"), placed_at=NOW
)


def test_a_standard_webhook_brings_the_cart_as_it_is() -> None:
    request = standard.cart_updated(CART, SECRET, "msg_1", NOW)
    event = read_hook(WEB, "web", request.headers, request.body, NOW.timestamp())
    assert event.changes == (CartChange(CART),)


def test_a_standard_webhook_brings_the_order_as_it_is() -> None:
    request = standard.order_created(ORDER, SECRET, "msg_2", NOW)
    event = read_hook(WEB, "web", request.headers, request.body, NOW.timestamp())
    assert event.changes == (OrderPlaced(ORDER),)


def test_shopifys_cart_is_nameless_and_its_checkout_tells_whose_it_is() -> None:
    cart = shopify.carts_update(CART, "app-secret", "e-1")
    checkout = shopify.checkouts_update(CART, "app-secret", "e-2")
    (nameless,) = read_hook(SHOPIFY, "web", cart.headers, cart.body, 0).changes
    named, link = read_hook(SHOPIFY, "web", checkout.headers, checkout.body, 0).changes
    assert isinstance(nameless, CartChange)
    assert isinstance(named, CartChange)
    assert isinstance(link, CartLink)
    assert (nameless.cart.customer, nameless.cart.currency) == (None, None)
    assert (named.cart.customer, named.cart.currency, named.cart.total) == ("1001", "EUR", Decimal("25.80"))
    assert nameless.cart.token == named.cart.token
    assert named.cart.items[0].sku == "WIN-1"


def test_shopifys_order() -> None:
    request = shopify.orders_create(ORDER, "app-secret", "e-3")
    placed = read_hook(SHOPIFY, "web", request.headers, request.body, 0).changes[0]
    assert isinstance(placed, OrderPlaced)
    assert (placed.order.total, placed.order.customer, placed.order.cart_token) == (Decimal("25.80"), "1001", "c-1")


def test_another_secret_does_not_fit() -> None:
    request = shopify.carts_update(CART, "another", "e-1")
    with pytest.raises(BadSignatureError):
        read_hook(SHOPIFY, "web", request.headers, request.body, 0)


def test_neither_request_shows_its_secret() -> None:
    for request in (standard.cart_updated(CART, SECRET, "m", NOW), shopify.carts_update(CART, "app-secret", "e")):
        assert SECRET not in repr(request)
        assert "app-secret" not in repr(request)
