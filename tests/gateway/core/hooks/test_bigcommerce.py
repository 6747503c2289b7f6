"""BigCommerce's webhooks and what is fetched for them, with the documentation's own payloads (tests/data/hooks/README.md)."""

import base64
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from standardwebhooks import Webhook

from nearcart_contract.store_file import BigCommerceSource
from nearcart_gateway.core.hooks import bigcommerce
from nearcart_gateway.core.hooks.event import (
    BadSignatureError,
    CartChange,
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

SECRET = "the-client-secret-of-an-api-account"
SOURCE = BigCommerceSource.model_validate(
    {
        "platform": "bigcommerce",
        "secret": SECRET,
        "api": {"url": "https://api.bigcommerce.com/stores/abc", "token": "t"},
    }
)
NOW = 1_790_000_000.0
CALLBACKS: dict[str, dict[str, Any]] = {
    row["scope"]: row for row in map(json.loads, sample("bigcommerce-callbacks.jsonl").splitlines())
}
CART = json.loads(sample("bigcommerce-cart.json"))
ORDER = json.loads(sample("bigcommerce-order.json"))


def read(callback: dict[str, Any], secret: str = SECRET, at: float = NOW, **more: str) -> HookEvent:
    """Signed as the documentation's Python sample verifies: the key is the secret's own bytes."""
    body = json.dumps(callback)
    key = base64.b64encode(secret.encode()).decode()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at)),
        "webhook-signature": Webhook(key).sign("msg_1", datetime.fromtimestamp(at, UTC), body),
        **more,
    }
    return read_hook(SOURCE, "shop", headers, body.encode(), NOW)


@pytest.mark.parametrize(
    "scope", ["store/cart/created", "store/cart/updated", "store/cart/abandoned", "store/cart/couponApplied"]
)
def test_a_changed_cart_is_to_be_fetched(scope: str) -> None:
    (change,) = read(CALLBACKS[scope]).changes
    assert isinstance(change, Fetch)
    assert (change.kind, change.id) == ("cart", CALLBACKS[scope]["data"]["id"])


def test_a_changed_line_names_its_cart() -> None:
    (change,) = read(CALLBACKS["store/cart/lineItem/created"]).changes
    assert isinstance(change, Fetch)
    assert change.id == "b0386708-fef3-45de-9d8b-fbe3031450a4"


def test_a_deleted_cart_is_empty_and_needs_no_fetching() -> None:
    (change,) = read(CALLBACKS["store/cart/deleted"]).changes
    assert isinstance(change, CartChange)
    assert change.cart.state == "empty"
    assert change.cart.updated_at > datetime.fromtimestamp(1561482670.9, UTC), "after whatever changed in that second"


def test_a_converted_cart_is_ordered_at_once_and_its_order_fetched() -> None:
    cart, order = read(CALLBACKS["store/cart/converted"]).changes
    assert isinstance(cart, CartChange)
    assert (cart.cart.id, cart.cart.state) == ("d30016e2-23c0-4a90-884f-2e92ac135476", "ordered")
    assert isinstance(order, Fetch)
    assert (order.kind, order.id) == ("order", "252")


@pytest.mark.parametrize(
    "scope",
    ["store/order/created", "store/order/updated", "store/order/statusUpdated", "store/order/refund/created"],
)
def test_an_order_is_to_be_fetched(scope: str) -> None:
    (change,) = read(CALLBACKS[scope]).changes
    assert isinstance(change, Fetch)
    assert (change.kind, change.id) == ("order", "250")


def test_other_scopes_are_ignored() -> None:
    with pytest.raises(IgnoredError):
        read(CALLBACKS["store/customer/created"])


def test_a_wrong_or_an_old_signature_is_refused() -> None:
    callback = CALLBACKS["store/cart/updated"]
    with pytest.raises(BadSignatureError) as caught:
        read(callback, secret="another")
    assert SECRET not in str(caught.value)
    with pytest.raises(BadSignatureError, match="signed 301 s from now"):
        read(callback, at=NOW - 301)


def test_a_repeat_is_known_by_the_senders_id() -> None:
    assert read(CALLBACKS["store/cart/updated"]).dedup_key == "msg_1"


def test_a_fetched_cart() -> None:
    (change,) = bigcommerce.read(Payload("shop", "cart", sample("bigcommerce-cart.json")))
    assert isinstance(change, CartChange)
    cart = change.cart
    assert (cart.id, cart.customer, cart.currency) == ("bc218c65-7a32-4ab7-8082-68730c074d02", "11", "USD")
    assert (cart.total, cart.state) == (Decimal("212.81"), "open")
    assert [(item.sku, item.quantity, item.unit_price) for item in cart.items] == [
        ("OPENHOUSE-3", 5, Decimal("27.95")),
        ("ROPE-TOY", 1, Decimal("5.99")),
    ]
    assert "janedoe" not in repr(change)


def test_a_sale_price_is_what_she_would_pay() -> None:
    document = json.loads(json.dumps(CART))
    document["data"]["line_items"]["physical_items"][0]["sale_price"] = 19.99
    (change,) = bigcommerce.read(Payload("shop", "cart", json.dumps(document).encode()))
    assert isinstance(change, CartChange)
    assert change.cart.items[0].unit_price == Decimal("19.99")


def test_a_fetched_order() -> None:
    (change,) = bigcommerce.read(Payload("shop", "order", sample("bigcommerce-order.json")))
    assert isinstance(change, OrderPlaced)
    order = change.order
    assert (order.id, order.customer, order.cart_token) == ("218", "11", "7e48f7ef-2e88-4817-aea4-b0ed01490114")
    assert (order.total, order.currency) == (Decimal("69.84"), "USD")
    assert order.placed_at == datetime(2019, 3, 5, 21, 40, 11, tzinfo=UTC)
    assert "Jane" not in repr(change)


def test_the_currency_is_the_one_she_pays_in() -> None:
    shown = {**ORDER, "currency_code": "EUR", "default_currency_code": "GBP"}
    (change,) = bigcommerce.read(Payload("shop", "order", json.dumps(shown).encode()))
    assert isinstance(change, OrderPlaced)
    assert change.order.currency == "GBP"


def test_an_incomplete_order_is_no_purchase() -> None:
    with pytest.raises(IgnoredError):
        bigcommerce.read(Payload("shop", "order", json.dumps({**ORDER, "status_id": 0}).encode()))


def test_what_is_no_callback_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="scope"):
        read({"data": {"id": 1}})


@pytest.mark.parametrize("status", [5, 6])
def test_a_cancelled_or_declined_order_is_undone(status: int) -> None:
    (undone,) = bigcommerce.read(Payload("shop", "order", json.dumps({**ORDER, "status_id": status}).encode()))
    assert isinstance(undone, OrderUndone)
    assert undone.cancelled.id == "218"


def test_what_was_paid_back_so_far_is_one_refund_that_grows() -> None:
    body = json.dumps({**ORDER, "status_id": 14, "refunded_amount": "12.5000"}).encode()
    placed, paid = bigcommerce.read(Payload("shop", "order", body))
    assert isinstance(placed, OrderPlaced)
    assert isinstance(paid, OrderRefund)
    assert (paid.refund.id, paid.refund.amount) == ("order-218", Decimal("12.5"))
