"""Shopify's webhooks: shapes after the sample payloads of https://shopify.dev/docs/api/webhooks (topics carts/update,
checkouts/update, orders/create), cut to what matters here; names and ids are the documentation's own."""

import base64
import hashlib
import hmac
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearcart_contract.store_file import ShopifySource
from nearcart_gateway.core.hooks.event import (
    BadSignatureError,
    CartChange,
    CartLink,
    CustomerNamed,
    HookEvent,
    IgnoredError,
    OrderPlaced,
    OrderRefund,
    OrderUndone,
    UnreadableError,
)
from nearcart_gateway.core.hooks.registry import read_hook

from .conftest import sample

SECRET = "shopify-test-secret"
TOKEN = "eeafa272cebfd4b22385bc4b645e762c"
CART = {
    "id": TOKEN,
    "token": TOKEN,
    "line_items": [
        {
            "id": 704912205188288575,
            "quantity": 3,
            "variant_id": 704912205188288575,
            "product_id": 788032119674292922,
            "title": "Example T-Shirt - ",
            "price": "19.99",
            "line_price": "59.97",
            "sku": "",
            "vendor": None,
            "properties": {},
        }
    ],
    "note": None,
    "updated_at": "2026-09-30T10:00:00.000Z",
    "created_at": "2026-09-30T09:59:00.000Z",
}
CHECKOUT = {
    "id": 981820079255243537,
    "token": "123123123",
    "cart_token": TOKEN,
    "email": "example@email.com",
    "created_at": "2026-09-30T09:59:00+00:00",
    "updated_at": "2026-09-30T10:01:00+02:00",
    "subtotal_price": "396.00",
    "total_price": "421.88",
    "currency": "USD",
    "completed_at": None,
    "customer": {"id": 603851970716743426, "email": "john@example.com"},
    "line_items": [{"title": "IPod Nano - 8GB", "quantity": 2, "price": "199.00", "sku": "IPOD2008PINK"}],
}
ORDER = {
    "id": 820982911946154508,
    "cart_token": None,
    "checkout_token": None,
    "created_at": "2026-09-30T08:00:00-05:00",
    "currency": "USD",
    "total_price": "398.00",
    "customer": {"id": 115310627314723954, "email": "john@example.com"},
    "line_items": [{"title": "IPod Nano - 8GB", "quantity": 1, "price": "199.00", "sku": "IPOD2008PINK"}],
}


def read(topic: str, payload: Any, **changed: str | None) -> HookEvent:
    """A webhook's event, but for what it says of her e-mail address."""
    event = read_all(topic, payload, **changed)
    return HookEvent(
        event.dedup_key, tuple(change for change in event.changes if not isinstance(change, CustomerNamed))
    )


def read_all(topic: str, payload: Any, **changed: str | None) -> HookEvent:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signature = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    headers = {"X-Shopify-Topic": topic, "X-Shopify-Hmac-Sha256": signature, "X-Shopify-Event-Id": "event-1"}
    given_headers = {name: value for name, value in (headers | changed).items() if value is not None}
    source = ShopifySource.model_validate({"platform": "shopify", "secret": SECRET})
    return read_hook(source, "shop", given_headers, body, 0.0)


@pytest.mark.parametrize("topic", ["carts/create", "carts/update"])
def test_a_cart_has_neither_customer_nor_currency(topic: str) -> None:
    (change,) = read(topic, CART).changes
    assert isinstance(change, CartChange)
    cart = change.cart
    assert (cart.id, cart.token, cart.source, cart.customer, cart.currency) == (TOKEN, TOKEN, "shop", None, None)
    assert (cart.state, cart.total) == ("open", Decimal("59.97"))


def test_an_empty_sku_is_none_and_the_product_names_the_article() -> None:
    (change,) = read("carts/update", CART).changes
    assert isinstance(change, CartChange)
    (item,) = change.cart.items
    assert (item.sku, item.product, item.title, item.brand) == (None, "788032119674292922", "Example T-Shirt - ", None)


def test_an_emptied_cart_is_empty() -> None:
    (change,) = read("carts/update", {**CART, "line_items": []}).changes
    assert isinstance(change, CartChange)
    assert change.cart.state == "empty"


@pytest.mark.parametrize("topic", ["checkouts/create", "checkouts/update"])
def test_a_checkout_is_its_cart_with_a_customer_and_a_currency(topic: str) -> None:
    cart_change, link = read(topic, CHECKOUT).changes
    assert isinstance(cart_change, CartChange)
    cart = cart_change.cart
    assert (cart.id, cart.customer, cart.currency, cart.total) == (
        TOKEN,
        "603851970716743426",
        "USD",
        Decimal("396.00"),
    )
    assert link == CartLink("shop", TOKEN, "603851970716743426", cart.updated_at.timestamp())


def test_a_completed_checkout_is_ordered() -> None:
    cart_change, _ = read("checkouts/update", {**CHECKOUT, "completed_at": "2026-09-30T10:02:00Z"}).changes
    assert isinstance(cart_change, CartChange)
    assert cart_change.cart.state == "ordered"


def test_a_checkout_without_a_cart_stands_for_itself() -> None:
    (change,) = read("checkouts/update", {**CHECKOUT, "cart_token": None}).changes
    assert isinstance(change, CartChange)
    assert (change.cart.id, change.cart.token) == ("checkout-981820079255243537", None)


def test_a_checkout_before_the_customer_is_known_links_nobody() -> None:
    (change,) = read("checkouts/update", {**CHECKOUT, "customer": None}).changes
    assert isinstance(change, CartChange)
    assert change.cart.customer is None


def test_an_order_names_its_customer_and_where_it_may_its_cart() -> None:
    (order,) = read("orders/create", ORDER).changes
    assert isinstance(order, OrderPlaced)
    assert (order.order.id, order.order.customer, order.order.total) == (
        "820982911946154508",
        "115310627314723954",
        Decimal("398.00"),
    )
    with_token = read("orders/create", {**ORDER, "cart_token": TOKEN}).changes
    assert [type(change) for change in with_token] == [OrderPlaced, CartLink]


def test_nothing_personal_is_taken_over() -> None:
    for topic, payload in (("checkouts/update", CHECKOUT), ("orders/create", ORDER)):
        assert "example" not in repr(read(topic, payload).changes)


def test_an_accounts_address_is_told_apart_and_a_guests_with_what_she_did() -> None:
    for topic, payload in (("checkouts/update", CHECKOUT), ("orders/create", ORDER)):
        changes = read_all(topic, {**payload, "email": "other@example.com"}).changes
        account = str(payload["customer"]["id"])
        assert CustomerNamed("shop", account, "john@example.com") in changes
        assert getattr(changes[0], "email") is None  # noqa: B009 (of either kind)
        guest = read_all(topic, {**payload, "customer": None, "email": "guest@example.com"}).changes
        assert [getattr(change, "email", None) for change in guest] == ["guest@example.com"]
        assert "example" not in repr((changes, guest))


def test_very_long_words_are_cut_and_a_very_long_sku_counts_as_none() -> None:
    line = {**CART["line_items"][0], "title": "t" * 900, "vendor": "v" * 900, "sku": "s" * 300}  # type: ignore[index]
    (change,) = read("carts/update", {**CART, "line_items": [line]}).changes
    assert isinstance(change, CartChange)
    (item,) = change.cart.items
    assert (len(item.title or ""), len(item.brand or ""), item.sku) == (200, 200, None)


def test_a_repeat_is_known_by_its_event_and_topic() -> None:
    first, again = read("carts/update", CART), read("carts/update", CART)
    other = read("checkouts/update", CHECKOUT)
    assert first.dedup_key == again.dedup_key == "event-1:carts/update"
    assert other.dedup_key == "event-1:checkouts/update"
    by_webhook_id = read("carts/update", CART, **{"X-Shopify-Event-Id": None, "X-Shopify-Webhook-Id": "hook-1"})
    assert by_webhook_id.dedup_key == "hook-1:carts/update"


def test_without_any_id_a_repeat_could_not_be_known() -> None:
    with pytest.raises(UnreadableError, match="neither X-Shopify-Event-Id nor X-Shopify-Webhook-Id"):
        read("carts/update", CART, **{"X-Shopify-Event-Id": None})


@pytest.mark.parametrize(
    ("signature", "said"),
    [
        (None, "the header X-Shopify-Hmac-Sha256 is missing"),
        ("not base64!", "is not base64"),
        ("é", "is not base64"),
        ("bm8=", "does not match"),
        (
            base64.b64encode(hmac.new(b"other", json.dumps(CART).encode(), hashlib.sha256).digest()).decode(),
            "does not match",
        ),
    ],
)
def test_a_wrong_signature_is_refused(signature: str | None, said: str) -> None:
    with pytest.raises(BadSignatureError) as caught:
        read("carts/update", CART, **{"X-Shopify-Hmac-Sha256": signature})
    assert said in str(caught.value)
    assert SECRET not in str(caught.value)


def test_the_raw_body_is_what_is_signed() -> None:
    with pytest.raises(BadSignatureError):
        read_hook(
            ShopifySource.model_validate({"platform": "shopify", "secret": SECRET}),
            "shop",
            {
                "X-Shopify-Topic": "carts/update",
                "X-Shopify-Event-Id": "e",
                "X-Shopify-Hmac-Sha256": base64.b64encode(
                    hmac.new(SECRET.encode(), json.dumps(CART).encode(), hashlib.sha256).digest()
                ).decode(),
            },
            json.dumps(CART, indent=1).encode(),
            0.0,
        )


def test_other_topics_are_ignored_once_they_are_verified() -> None:
    with pytest.raises(IgnoredError, match="topics other than carts/create"):
        read("products/update", {"id": 1})
    with pytest.raises(BadSignatureError):
        read("products/update", {"id": 1}, **{"X-Shopify-Hmac-Sha256": "bm8="})


@pytest.mark.parametrize(
    ("topic", "payload", "said"),
    [
        ("carts/update", b"{", "Invalid JSON"),
        ("carts/update", {**CART, "updated_at": None}, "updated_at"),
        ("carts/update", {**CART, "line_items": [{"quantity": "many"}]}, "line_items.0.quantity"),
        ("checkouts/update", {**CHECKOUT, "currency": "dollars"}, "currency"),
        ("orders/create", {**ORDER, "total_price": "-1"}, "total_price"),
    ],
)
def test_what_can_not_be_read_says_where(topic: str, payload: Any, said: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(topic, payload)
    assert said in str(caught.value)
    assert "dollars" not in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inside: (
        st.lists(inside, max_size=2) | st.dictionaries(st.sampled_from(["id", "sku", "price"]), inside, max_size=2)
    ),
    max_leaves=4,
)


@settings(deadline=None)
@given(
    topic=st.sampled_from([("carts/update", CART), ("checkouts/update", CHECKOUT), ("orders/create", ORDER)]),
    changed=st.dictionaries(st.sampled_from(sorted({*CART, *CHECKOUT, *ORDER})), json_values, min_size=1, max_size=3),
)
def test_any_payload_is_either_read_or_unreadable(topic: tuple[str, dict[str, Any]], changed: dict[str, Any]) -> None:
    name, payload = topic
    try:
        assert read(name, {**payload, **changed}).changes
    except UnreadableError as error:
        assert str(error)


def test_a_cart_is_worth_what_she_would_pay() -> None:
    """Several prices a line: 3 at 19.99 less 9.98 is 49.99, which no price of one times three gives."""
    (change,) = read("carts/update", sample("shopify-carts-update.json")).changes
    assert isinstance(change, CartChange)
    (item,) = change.cart.items
    assert (item.unit_price, change.cart.total, change.cart.currency) == (Decimal("16.66"), Decimal("49.99"), "USD")


def test_without_a_line_price_the_discount_is_taken_off() -> None:
    line = {"quantity": 3, "price": 19.99, "total_discount": "9.98"}
    (change,) = read("carts/update", {**CART, "line_items": [line]}).changes
    assert isinstance(change, CartChange)
    assert change.cart.total == Decimal("49.99")
    assert change.cart.items[0].unit_price == Decimal("19.99")


def test_a_refund_within_its_order_is_the_one_its_own_webhook_tells() -> None:
    """So a poll, which brings orders, brings refunds too (shopify.dev, REST, the Order resource: refunds)."""
    refund = {
        "id": 509562969,
        "order_id": ORDER["id"],
        "created_at": "2026-10-01T08:00:00Z",
        "transactions": [{"kind": "refund", "status": "success", "amount": "41.94", "currency": "USD"}],
    }
    placed, within = read("orders/updated", {**ORDER, "refunds": [refund]}).changes
    (alone,) = read("refunds/create", refund).changes
    assert isinstance(placed, OrderPlaced)
    assert within == alone


def test_lines_in_two_currencies_name_none() -> None:
    lines = [
        {"quantity": 1, "price": "1", "price_set": {"shop_money": {"currency_code": code}}} for code in ("EUR", "USD")
    ]
    (change,) = read("carts/update", {**CART, "line_items": lines}).changes
    assert isinstance(change, CartChange)
    assert change.cart.currency is None


def test_an_order_names_the_codes_it_was_made_with() -> None:
    codes = [{"code": "SPRING30", "amount": "30.00", "type": "fixed_amount"}, {"code": "", "amount": "1.00"}]
    (placed,) = read("orders/updated", {**ORDER, "discount_codes": codes}).changes
    assert isinstance(placed, OrderPlaced)
    assert [(used.code, used.amount) for used in placed.order.coupons] == [("SPRING30", Decimal("30.00"))]


def test_a_cancelled_order_says_so_whichever_topic_tells() -> None:
    gone = {**ORDER, "cancelled_at": "2026-10-01T10:00:00+02:00", "updated_at": "2026-10-01T10:00:05+02:00"}
    for topic in ("orders/cancelled", "orders/updated"):
        placed, undone = read(topic, gone).changes
        assert isinstance(placed, OrderPlaced)
        assert isinstance(undone, OrderUndone)
        assert undone.cancelled.cancelled_at == placed.order.changed_at, "not older than the order that says it"


REFUND = {
    "id": 890088186047892319,
    "order_id": 820982911946154508,
    "created_at": "2026-10-02T10:00:00+02:00",
    "transactions": [
        {"kind": "refund", "status": "success", "amount": "41.94", "currency": "USD"},
        {"kind": "refund", "status": "success", "amount": "8.06", "currency": "USD"},
        {"kind": "refund", "status": "failure", "amount": "99.00", "currency": "USD"},
        {"kind": "void", "status": "success", "amount": "99.00", "currency": "USD"},
    ],
}


def test_a_refund_is_what_was_really_paid_back() -> None:
    (paid,) = read("refunds/create", REFUND).changes
    assert isinstance(paid, OrderRefund)
    refund = paid.refund
    assert (refund.id, refund.order) == ("890088186047892319", "820982911946154508")
    assert (refund.amount, refund.currency) == (Decimal("50.00"), "USD")
    (nothing,) = read("refunds/create", {**REFUND, "transactions": []}).changes
    assert isinstance(nothing, OrderRefund)
    assert (nothing.refund.amount, nothing.refund.currency) == (0, None)
