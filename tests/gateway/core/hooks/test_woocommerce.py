"""WooCommerce's webhooks, with the documentation's own payloads (tests/data/hooks/README.md)."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from nearcart_contract.store_file import WooCommerceSource
from nearcart_gateway.core.hooks import woocommerce
from nearcart_gateway.core.hooks.event import (
    BadSignatureError,
    CartChange,
    CustomerNamed,
    Fetch,
    HookEvent,
    IgnoredError,
    OrderPlaced,
    OrderRefund,
    OrderUndone,
    UnreadableError,
)
from nearcart_gateway.core.hooks.platform import Payload
from nearcart_gateway.core.hooks.registry import read_hook

from .conftest import sample

SECRET = "woo-test-secret"
SOURCE = WooCommerceSource.model_validate({"platform": "woocommerce", "secret": SECRET})
ORDER = json.loads(sample("woocommerce-order.json"))


def read(topic: str, payload: Any, delivery: str | None = "d-1", secret: str = SECRET) -> HookEvent:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    headers = {"X-WC-Webhook-Topic": topic, "X-WC-Webhook-Signature": signature}
    if delivery is not None:
        headers["X-WC-Webhook-Delivery-ID"] = delivery
    return read_hook(SOURCE, "shop", headers, body, 0.0)


def test_an_order_is_read_by_its_gmt_time_and_its_exact_money() -> None:
    (change,) = read("order.created", sample("woocommerce-order.json")).changes
    assert isinstance(change, OrderPlaced)
    order = change.order
    assert (order.id, order.customer, order.currency, order.total) == ("727", "25", "USD", Decimal("29.35"))
    assert order.placed_at == datetime(2017, 3, 22, 19, 28, 2, tzinfo=UTC)
    first, second = order.items
    assert (first.sku, first.product, first.unit_price) == (None, "93", Decimal(3))
    assert (second.sku, second.title) == ("Bar3", "Ship Your Idea – Color: Black, Size: M Test")
    assert second.unit_price == Decimal("3.333333")


def test_a_number_is_the_decimal_that_is_written() -> None:
    line = {**ORDER["line_items"][0], "price": 0.1}
    (change,) = read("order.updated", {**ORDER, "line_items": [line]}).changes
    assert isinstance(change, OrderPlaced)
    assert change.order.items[0].unit_price == Decimal("0.1")


def test_a_guest_is_nobody() -> None:
    (change,) = read("order.updated", {**ORDER, "customer_id": 0}).changes
    assert isinstance(change, OrderPlaced)
    assert change.order.customer is None


@pytest.mark.parametrize("status", ["pending", "failed", "checkout-draft", "auto-draft"])
def test_an_order_that_is_not_paid_for_is_no_purchase(status: str) -> None:
    with pytest.raises(IgnoredError):
        read("order.updated", {**ORDER, "status": status})


def test_the_ping_of_a_new_webhook_is_answered_without_a_signature() -> None:
    with pytest.raises(IgnoredError, match="ping"):
        read_hook(SOURCE, "shop", {"user-agent": "WooCommerce/9.8 Hookshot (WordPress/6.8)"}, b"webhook_id=12", 0.0)
    for body in (b"webhook_id=12&x=1", b"webhook_id=", json.dumps(ORDER).encode()):
        with pytest.raises(BadSignatureError):
            read_hook(SOURCE, "shop", {"x-wc-webhook-topic": "order.created"}, body, 0.0)


def test_a_wrong_signature_is_refused() -> None:
    with pytest.raises(BadSignatureError) as caught:
        read("order.created", ORDER, secret="another")
    assert SECRET not in str(caught.value)


def test_two_deliveries_of_one_second_share_their_id_and_are_two() -> None:
    """WooCommerce makes the id of the webhook's number and the second (class-wc-webhook.php, get_new_delivery_id)."""
    first, again = read("order.updated", ORDER), read("order.updated", ORDER)
    other = read("order.updated", {**ORDER, "id": 728})
    assert first.dedup_key == again.dedup_key != other.dedup_key


def test_without_a_delivery_id_a_repeat_could_not_be_known() -> None:
    with pytest.raises(UnreadableError, match="Delivery-ID"):
        read("order.updated", ORDER, delivery=None)


def test_other_topics_are_ignored() -> None:
    with pytest.raises(IgnoredError, match=r"other than order\.created"):
        read("product.updated", {"id": 1})


def test_a_session_that_began_is_to_be_fetched_with_its_own_token() -> None:
    """A custom topic's payload is its action and the first argument (class-wc-webhook.php, get_wp_api_payload)."""
    began = {"action": "nearcart_cart_session", "arg": {"cart_token": "ey.token", "customer_id": 25}}
    (change,) = read(woocommerce.SESSION, began).changes
    assert change == Fetch("shop", woocommerce.STORE_CART, "25", credential="ey.token")
    assert "ey.token" not in repr(change)
    with pytest.raises(IgnoredError, match="guest"):
        read(woocommerce.SESSION, {**began, "arg": {"cart_token": "ey.token", "customer_id": 0}})


def test_a_customer_is_named_by_her_address_which_is_never_shown() -> None:
    (change,) = read("customer.updated", {"id": 25, "email": "john.doe@example.com", "first_name": "John"}).changes
    assert change == CustomerNamed("shop", "25", "john.doe@example.com")
    assert "john" not in repr(change)
    for nobody in ({"id": 0, "email": "a@b"}, {"id": 25, "email": ""}, {"id": 25}):
        with pytest.raises(IgnoredError):
            read("customer.created", nobody)


def store_cart(cart: bytes) -> Any:
    body = woocommerce.store_cart("25", "2026-11-25T10:00:00+00:00", cart)
    (change,) = woocommerce.read(Payload("shop", woocommerce.STORE_CART, body))
    assert isinstance(change, CartChange)
    return change.cart


def test_a_cart_of_the_store_api() -> None:
    cart = store_cart(sample("woocommerce-store-cart.json"))
    assert (cart.id, cart.customer, cart.currency, cart.state) == ("customer-25", "25", "USD", "open")
    assert cart.total == Decimal("68.25")  # 73.00 and 7.30 tax, less a coupon of 10.95 and its tax of 1.10
    assert [(item.sku, item.product, item.unit_price) for item in cart.items] == [
        ("Woo-beanie-logo", "38", Decimal("18.00")),
        ("woo-belt", "22", Decimal("55.00")),
    ]


def test_a_currency_without_minor_units() -> None:
    text = sample("woocommerce-store-cart.json").replace(b'"currency_minor_unit": 2', b'"currency_minor_unit": 0')
    assert store_cart(text.replace(b'"USD"', b'"JPY"')).total == Decimal(6825)


def test_an_emptied_cart_is_empty() -> None:
    cart = {"items": [], "totals": {"total_items": "0", "currency_code": "USD", "currency_minor_unit": 2}}
    assert store_cart(json.dumps(cart).encode()).state == "empty"


def test_nothing_personal_is_taken_over() -> None:
    assert "example.com" not in repr(read("order.created", ORDER).changes)
    assert "templates.com" not in repr(store_cart(sample("woocommerce-store-cart.json")))


def test_codes_refunds_and_the_order_itself() -> None:
    lines = [{"code": "a-1", "discount": "5.00", "discount_tax": "1.00"}, {"code": "x", "discount": ""}]
    refunds = [{"id": 9, "reason": "", "total": "-10.00"}, {"id": 10, "total": "-0.5"}]
    row = {**ORDER, "status": "refunded", "coupon_lines": lines, "refunds": refunds}
    placed, *paid = read("order.updated", row).changes
    assert isinstance(placed, OrderPlaced)
    assert [(used.code, used.amount) for used in placed.order.coupons] == [("a-1", Decimal(6)), ("x", Decimal(0))]
    assert [
        (back.refund.id, back.refund.amount, back.refund.order) for back in paid if isinstance(back, OrderRefund)
    ] == [
        ("9", Decimal(10), placed.order.id),
        ("10", Decimal("0.5"), placed.order.id),
    ]


def test_a_cancelled_order() -> None:
    (undone,) = read("order.updated", {**ORDER, "status": "cancelled"}).changes
    assert isinstance(undone, OrderUndone)
    assert (undone.cancelled.id, undone.cancelled.cancelled_at.isoformat()) == ("727", "2017-03-22T19:28:08+00:00")
