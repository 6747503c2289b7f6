"""Standard Webhooks: what is let in, what is refused, and what a shop's events become."""

import base64
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from nearcart_contract.store_file import StandardSource
from nearcart_gateway.core.hooks.event import (
    BadSignatureError,
    CartChange,
    HookEvent,
    IgnoredError,
    OrderPlaced,
    UnreadableError,
)
from nearcart_gateway.core.hooks.registry import read_hook

SECRET = "whsec_" + base64.b64encode(b"thirty-two bytes of test secret!").decode()
NOW = 1_790_000_000.0
CART = {"id": "k1", "customer": "c1", "currency": "EUR", "updated_at": "2026-09-30T10:00:00Z"}
ITEM = {"sku": "W-1", "quantity": 2, "unit_price": "15.00"}


def event(kind: str = "cart.updated", **data: Any) -> bytes:
    return json.dumps({"type": kind, "timestamp": "2026-09-30T10:00:00Z", "data": data}).encode()


def headers(body: bytes, *, secret: str = SECRET, at: float = NOW, message: str = "msg_1") -> dict[str, str]:
    signature = Webhook(secret).sign(message, datetime.fromtimestamp(at, UTC), body.decode())
    return {"Webhook-Id": message, "Webhook-Timestamp": str(int(at)), "Webhook-Signature": signature}


def read(
    body: bytes, given_headers: dict[str, str] | None = None, *, secret: str = SECRET, now: float = NOW
) -> HookEvent:
    source = StandardSource.model_validate({"platform": "standard", "secret": secret})
    return read_hook(source, "web", headers(body) if given_headers is None else given_headers, body, now)


def test_the_specifications_own_vector_is_let_in() -> None:
    """The signed message of the reference libraries' tests (github.com/standard-webhooks/standard-webhooks, libraries/)."""
    given_headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    with pytest.raises(UnreadableError, match="discriminator"):
        read(
            b'{"test": 2432232314}',
            given_headers,
            secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            now=1_614_265_330,
        )


def test_a_cart_becomes_a_change_with_its_source() -> None:
    found = read(event(**CART, items=[ITEM]))
    assert found.dedup_key == "msg_1"
    (change,) = found.changes
    assert isinstance(change, CartChange)
    assert (change.cart.source, change.cart.customer, change.cart.total) == ("web", "c1", Decimal("30.00"))


def test_an_order_becomes_an_order() -> None:
    body = event(
        "order.created", id="o1", customer="c1", cart_token="k1", total="30.00", placed_at="2026-09-30T10:05:00Z"
    )
    (change,) = read(body).changes
    assert isinstance(change, OrderPlaced)
    assert (change.order.source, change.order.cart_token) == ("web", "k1")


def test_a_price_keeps_its_digits() -> None:
    body = event(**CART, items=[{**ITEM, "unit_price": 0.1, "quantity": 3}])
    (change,) = read(body).changes
    assert isinstance(change, CartChange)
    assert change.cart.total == Decimal("0.3")


def test_one_of_several_signatures_is_enough() -> None:
    body = event(**CART)
    signed = headers(body)
    signed["Webhook-Signature"] = f"v1a,bm8= v1,bm8= v1,%%% {signed['Webhook-Signature']}"
    assert read(body, signed).dedup_key == "msg_1"


@pytest.mark.parametrize("off", [-301, 301])
def test_a_signature_out_of_time_is_refused(off: int) -> None:
    body = event(**CART)
    with pytest.raises(BadSignatureError, match="signed 301 s from now, allowed are 300 s"):
        read(body, headers(body, at=NOW + off))
    assert read(body, headers(body, at=NOW + off - off // 301)).changes


@pytest.mark.parametrize("missing", ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"])
def test_a_missing_header_is_named(missing: str) -> None:
    body = event(**CART)
    some = {name: value for name, value in headers(body).items() if name != missing}
    with pytest.raises(BadSignatureError, match=f"the header {missing.lower()} is missing"):
        read(body, some)


@pytest.mark.parametrize(
    "changed",
    [
        {"Webhook-Id": "msg_2"},
        {"Webhook-Timestamp": str(int(NOW) + 1)},
        {"Webhook-Timestamp": "soon"},
        {"Webhook-Timestamp": "9" * 400},
        {"Webhook-Signature": ""},
        {"Webhook-Signature": "v1,"},
        {"Webhook-Signature": "v2,bm8="},
    ],
)
def test_whatever_is_changed_is_refused(changed: dict[str, str]) -> None:
    body = event(**CART)
    with pytest.raises(BadSignatureError):
        read(body, headers(body) | changed)


def test_another_body_or_secret_is_refused() -> None:
    body = event(**CART)
    other = "whsec_" + base64.b64encode(b"another secret of 32 bytes long!").decode()
    for attempt in (
        lambda: read(body + b" ", headers(body)),
        lambda: read(b"\xff", headers(body)),
        lambda: read(body, headers(body, secret=other)),
        lambda: read(body, headers(body), secret="whsec_"),
    ):
        with pytest.raises(BadSignatureError) as caught:
            attempt()
        assert SECRET not in str(caught.value)
        assert SECRET.removeprefix("whsec_") not in repr(caught.value)


def test_other_events_are_ignored() -> None:
    with pytest.raises(IgnoredError, match=r"other than cart\.updated, order\.created, order\.cancelled"):
        read(event("customer.updated", id="c1"))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "Invalid JSON"),
        (b"[]", "body"),
        (event(id="k1", updated_at="yesterday"), "cart.updated.data.updated_at"),
        (event(**{**CART, "currency": "euro"}), "cart.updated.data.currency"),
        (event(**CART, items=[{**ITEM, "quantity": 0}]), "cart.updated.data.items.0.quantity"),
        (event(**CART, items=[{**ITEM, "unit_price": "NaN"}]), "cart.updated.data.items.0.unit_price"),
        (event(**CART, items=[{"sku": number} for number in range(9)]), "; and "),
    ],
)
def test_what_can_not_be_read_says_where_and_never_what(body: bytes, said: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(body)
    assert said in str(caught.value)
    assert "yesterday" not in str(caught.value)


@settings(deadline=None)
@given(
    st.binary(max_size=80),
    st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text(max_size=20)),
)
def test_nothing_unsigned_gets_in(body: bytes, given_headers: dict[str, str]) -> None:
    with pytest.raises(BadSignatureError):
        read(body, given_headers)
