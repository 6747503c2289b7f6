"""What is asked of shops' APIs, and what their answers are taken for: without a network."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from nearcart_contract.store_file import Source
from nearcart_gateway.core.asking.ask import Answer, Asker, ShopAnswerError, cursor_after
from nearcart_gateway.core.asking.elements import elements
from nearcart_gateway.core.asking.link_header import next_url
from nearcart_gateway.core.asking.pace import LONGEST_S, back_off, rest_after
from nearcart_gateway.core.asking.registry import asker_of
from nearcart_gateway.core.hooks.event import CartChange, Fetch

SINCE = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
SOURCES: TypeAdapter[Any] = TypeAdapter(Source)


def asker(platform: str, **api: str) -> Asker:
    source = SOURCES.validate_python({"platform": platform, "secret": "s", "api": api})
    found = asker_of("web", source)
    assert found is not None
    return found


SHOPIFY = asker("shopify", url="https://corner.example", token="shop-token", kind="rest", version="2026-01")
WOO = asker("woocommerce", url="https://shop.example/", key="ck_1", key_secret="cs_1")
BIG = asker("bigcommerce", url="https://api.example/stores/abc", token="big-token")


def answer(body: Any, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, body if isinstance(body, bytes) else json.dumps(body).encode())


def test_shopify_is_asked_for_every_order_since_and_followed_to_its_next_page() -> None:
    ask = SHOPIFY.poll("orders", SINCE)
    assert ask.url == (
        "https://corner.example/admin/api/2026-01/orders.json"
        "?updated_at_min=2026-11-25T10%3A00%3A00Z&limit=250&status=any"
    )
    assert ask.headers["X-Shopify-Access-Token"] == "shop-token"
    orders = [{"id": 1, "updated_at": "2026-11-25T12:00:00+01:00"}, {"id": 2, "updated_at": "2026-11-25T10:30:00Z"}]
    next_page = '<https://corner.example/admin/api/2026-01/orders.json?page_info=abc&limit=250>; rel="next"'
    page = SHOPIFY.page("orders", ask, answer({"orders": orders}, link=next_page))
    assert [json.loads(document.body)["id"] for document in page.documents] == [1, 2]
    assert page.newest == datetime(2026, 11, 25, 11, 0, tzinfo=UTC)
    assert page.after is not None
    assert page.after.url.endswith("page_info=abc&limit=250")


def test_the_token_follows_to_no_other_host() -> None:
    ask = SHOPIFY.poll("orders", SINCE)
    for elsewhere in ("https://evil.example/x", "http://corner.example/x", "https://corner.example:444/x"):
        with pytest.raises(ShopAnswerError, match="another host"):
            SHOPIFY.page("orders", ask, answer({"orders": []}, link=f'<{elsewhere}>; rel="next"'))


def test_woocommerce_is_asked_by_gmt_and_page_by_page() -> None:
    ask = WOO.poll("orders", SINCE)
    assert ask.url.startswith("https://shop.example/wp-json/wc/v3/orders?modified_after=2026-11-25T10%3A00%3A00Z")
    assert "dates_are_gmt=true" in ask.url
    assert ask.headers["Authorization"] == "Basic Y2tfMTpjc18x"
    order = {"id": 7, "date_modified": "2026-11-25T16:00:00", "date_modified_gmt": "2026-11-25T13:00:00"}
    page = WOO.page("orders", ask, answer([order], x_wp_totalpages="2"))
    assert page.newest == datetime(2026, 11, 25, 13, 0, tzinfo=UTC)
    assert page.after is not None
    assert page.after.url == ask.url.replace("&page=1", "&page=2")
    assert WOO.page("orders", page.after, answer([order], x_wp_totalpages="2")).after is None


def test_woocommerces_cart_is_opened_by_its_token_alone() -> None:
    ask = WOO.fetch(Fetch("web", "store-cart", "25", 5.0, "ey.token"))
    assert ask.url == "https://shop.example/wp-json/wc/store/v1/cart"
    assert ask.headers["Cart-Token"] == "ey.token"
    assert "Authorization" not in ask.headers
    assert "ey.token" not in repr(ask)


def test_bigcommerce_answers_an_empty_list_with_204() -> None:
    ask = BIG.poll("orders", SINCE)
    assert ask.url.startswith("https://api.example/stores/abc/v2/orders?min_date_modified=2026-11-25T10%3A00%3A00Z")
    assert BIG.page("orders", ask, answer(b"", 204)).documents == ()
    page = BIG.page("orders", ask, answer([{"id": 9, "date_modified": "Wed, 25 Nov 2026 11:00:00 +0000"}]))
    assert page.newest == datetime(2026, 11, 25, 11, 0, tzinfo=UTC)
    assert page.after is None


def test_bigcommerces_full_page_has_another_after_it() -> None:
    ask = BIG.poll("orders", SINCE)
    full = [{"id": number, "date_modified": "no date"} for number in range(250)]
    page = BIG.page("orders", ask, answer(full))
    assert page.newest is None
    assert page.after is not None
    assert "page=2" in page.after.url


def test_bigcommerces_ids_can_not_leave_their_place_in_the_url() -> None:
    assert BIG.fetch(Fetch("web", "cart", "../v2/x?y")).url == "https://api.example/stores/abc/v3/carts/..%2Fv2%2Fx%3Fy"


def test_a_cart_that_is_not_there_any_more_holds_nothing() -> None:
    (change,) = BIG.gone(Fetch("web", "cart", "c1", 1_790_000_000.0), 1_790_000_100.0)
    assert isinstance(change, CartChange)
    assert (change.cart.id, change.cart.state) == ("c1", "empty")
    assert BIG.gone(Fetch("web", "order", "1"), 0.0) == ()


def test_the_elements_are_as_they_were_written() -> None:
    raw = b' [ {"price": 3.3333333333333335} ,\n {"price": 1e2}]'
    assert [each for each, _ in elements(raw)] == [b'{"price": 3.3333333333333335}', b'{"price": 1e2}']


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[", b"[1", b"[1 2]", b'["x]', b"\xff", b'{"errors": "x"}', b"[" * 99999]
)
def test_an_answer_that_is_no_list_is_said(body: bytes) -> None:
    for each in (SHOPIFY, WOO, BIG):
        with pytest.raises(ShopAnswerError):
            each.page("orders", each.poll("orders", SINCE), answer(body))


@settings(deadline=None)
@given(
    listed=st.recursive(
        st.none() | st.floats() | st.text(), lambda each: st.lists(each) | st.dictionaries(st.text(), each)
    )
)
def test_a_list_of_anything_is_taken_apart_or_refused(listed: Any) -> None:
    try:
        page = WOO.page("orders", WOO.poll("orders", SINCE), answer([listed]))
        assert len(page.documents) == 1
    except ShopAnswerError as error:
        assert str(error)


def test_a_cursor_never_goes_back_nor_past_now() -> None:
    now = SINCE + timedelta(hours=1)
    assert cursor_after(SINCE, None, now) == SINCE
    assert cursor_after(SINCE, SINCE - timedelta(days=1), now) == SINCE
    assert cursor_after(SINCE, SINCE + timedelta(minutes=1), now) == SINCE + timedelta(minutes=1)
    assert cursor_after(SINCE, SINCE + timedelta(days=900), now) == now


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (200, {}, 0),
        (429, {}, 2),
        (429, {"retry-after": "7"}, 7),
        (503, {"retry-after": "Wed, 25 Nov 2026 10:00:30 GMT"}, 30),
        (429, {"x-rate-limit-time-reset-ms": "15000"}, 15),
        (200, {"x-rate-limit-requests-left": "0", "x-rate-limit-time-reset-ms": "500"}, 0.5),
        (200, {"x-rate-limit-requests-left": "35", "x-rate-limit-time-reset-ms": "15000"}, 0),
        (200, {"x-shopify-shop-api-call-limit": "39/40"}, 1),
        (200, {"x-shopify-shop-api-call-limit": "3/40"}, 0),
        (429, {"retry-after": "999999999"}, LONGEST_S),
        (429, {"retry-after": "soon"}, 2),
        (200, {"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0),
    ],
)
def test_how_long_a_shop_is_left_alone(status: int, headers: dict[str, str], seconds: float) -> None:
    assert rest_after(status, headers, SINCE.timestamp()) == seconds


@given(
    headers=st.dictionaries(
        st.sampled_from(
            ["retry-after", "x-rate-limit-requests-left", "x-rate-limit-time-reset-ms", "x-shopify-shop-api-call-limit"]
        ),
        st.text(max_size=20),
    ),
    status=st.integers(100, 599),
)
def test_no_header_makes_it_wait_for_ever(headers: dict[str, str], status: int) -> None:
    assert 0 <= rest_after(status, headers, 0.0) <= LONGEST_S


def test_backing_off_doubles_to_a_limit() -> None:
    assert [back_off(failures) for failures in (1, 2, 3, 4, 99)] == [2, 4, 8, 16, 600]


def test_the_next_page_of_a_link_header() -> None:
    header = '<https://a.example/x?page=1>; rel="previous", <https://a.example/x?page=3>; rel="next"'
    assert next_url(header) == "https://a.example/x?page=3"
    assert next_url(None) is None
    assert next_url('<https://a.example/x>; rel="last"') is None


def test_polling_needs_a_place_to_ask_and_a_key_stays_off_plain_http() -> None:
    with pytest.raises(ValidationError, match="poll needs api"):
        SOURCES.validate_python({"platform": "shopify", "secret": "s", "poll": {"every": "1m"}})
    with pytest.raises(ValidationError, match="https://"):
        SOURCES.validate_python(
            {"platform": "shopify", "secret": "s", "api": {"url": "http://corner.example", "token": "t"}}
        )
