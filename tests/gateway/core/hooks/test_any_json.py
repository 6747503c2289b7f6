"""Whatever is sent in the name of a platform is read, ignored, or unreadable: nothing else is ever raised."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearcart_gateway.core.cart_book import CartBook
from nearcart_gateway.core.hooks import bigcommerce, shopify, standard, woocommerce
from nearcart_gateway.core.hooks.event import CustomerNamed, Fetch, IgnoredError, UnreadableError
from nearcart_gateway.core.hooks.exact_json import parse_exact
from nearcart_gateway.core.hooks.platform import Payload
from nearcart_gateway.core.hooks.registry import PLATFORMS

from .conftest import ANY_JSON, sample

KINDS = {
    "standard": (standard.EVENT,),
    "shopify": tuple(shopify.TOPICS),
    "woocommerce": tuple(woocommerce.TOPICS),
    "bigcommerce": (*bigcommerce.SCOPES, bigcommerce.CART, bigcommerce.ORDER),
}
WHOLE: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "shopify": [("carts/update", json.loads(sample("shopify-carts-update.json")))],
    "woocommerce": [
        ("order.updated", json.loads(sample("woocommerce-order.json"))),
        (
            woocommerce.STORE_CART,
            {
                "customer": "25",
                "fetched_at": "2026-01-01T00:00:00Z",
                "cart": json.loads(sample("woocommerce-store-cart.json")),
            },
        ),
    ],
    "bigcommerce": [
        ("cart", json.loads(sample("bigcommerce-cart.json"))),
        ("order", json.loads(sample("bigcommerce-order.json"))),
        *((row["scope"], row) for row in map(json.loads, sample("bigcommerce-callbacks.jsonl").splitlines())),
    ],
}


def read(platform: str, kind: str, body: bytes) -> None:
    """Read, and put what it says where it goes: nothing in it may be too strange to keep."""
    try:
        news = PLATFORMS[platform].read(Payload("shop", kind, body))
    except (UnreadableError, IgnoredError) as error:
        assert str(error)
        return
    book = CartBook()
    for change in news:
        if not isinstance(change, Fetch | CustomerNamed):
            for record in book.apply(change, 1_790_000_000.0):
                assert type(record).from_json(record.to_json()) == record


@pytest.mark.parametrize("platform", KINDS)
@settings(deadline=None, max_examples=150)
@given(data=st.data(), document=ANY_JSON)
def test_any_json(platform: str, data: st.DataObject, document: Any) -> None:
    read(platform, data.draw(st.sampled_from(KINDS[platform])), json.dumps(document).encode())


@pytest.mark.parametrize("platform", KINDS)
@settings(deadline=None, max_examples=60)
@given(data=st.data(), body=st.binary(max_size=60))
def test_any_bytes(platform: str, data: st.DataObject, body: bytes) -> None:
    read(platform, data.draw(st.sampled_from(KINDS[platform])), body)
    for headers in ({}, {"webhook-id": "m", "x-shopify-topic": "carts/update", "x-wc-webhook-topic": "order.created"}):
        try:
            PLATFORMS[platform].open(headers, body)
        except (UnreadableError, IgnoredError) as error:
            assert str(error)


@pytest.mark.parametrize("platform", WHOLE)
@settings(deadline=None, max_examples=250)
@given(data=st.data())
def test_a_real_payload_with_anything_in_one_place(platform: str, data: st.DataObject) -> None:
    kind, document = data.draw(st.sampled_from(WHOLE[platform]))
    copy = json.loads(json.dumps(document))
    place = copy
    while True:
        key = data.draw(st.sampled_from(sorted(place)) if isinstance(place, dict) else st.integers(0, len(place) - 1))
        inside = place[key]
        if not isinstance(inside, dict | list) or not inside or data.draw(st.booleans()):
            break
        place = inside
    place[key] = data.draw(ANY_JSON)
    read(platform, kind, json.dumps(copy).encode())


def test_json_beyond_all_measure_is_unreadable() -> None:
    for body in (b"[" * 100_000, b'{"id": ' + b"9" * 10_000 + b"}", b'{"id": NaN}', b"\xff"):
        for platform, kinds in KINDS.items():
            with pytest.raises(UnreadableError):
                PLATFORMS[platform].read(Payload("shop", kinds[0], body))


def test_numbers_are_exact_as_they_are_written() -> None:
    """A float has seventeen digits: of the cents of a large sum some would be lost."""
    found = parse_exact(b'{"a": 0.1, "b": 123456789012345678.99, "c": 1e-7, "d": 12}')
    assert found == {"a": Decimal("0.1"), "b": Decimal("123456789012345678.99"), "c": Decimal("1e-7"), "d": 12}
