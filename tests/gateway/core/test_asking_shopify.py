"""What is asked of Shopify's GraphQL API, and what its answers say: documented answers, and mutations of them."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from nearcart_contract.store_file import Source
from nearcart_gateway.core.asking.ask import Answer, Ask, Asker, Page, ShopAnswerError
from nearcart_gateway.core.asking.graphql import read_graphql
from nearcart_gateway.core.asking.pace import LONGEST_S
from nearcart_gateway.core.asking.registry import asker_of
from nearcart_gateway.core.asking.shopify_queries import CHECKOUT_QUERY, CHECKOUTS_QUERY, orders_query
from nearcart_gateway.core.hooks.event import (
    CartChange,
    CartLink,
    CustomerNamed,
    Fetch,
    News,
    OrderPlaced,
    OrderRefund,
    OrderUndone,
    UnreadableError,
)
from nearcart_gateway.core.hooks.registry import read_payload

DATA = Path(__file__).parents[2] / "data" / "hooks"
ORDERS = json.loads((DATA / "shopify-graphql-orders.json").read_text())
CHECKOUTS = json.loads((DATA / "shopify-graphql-checkouts.json").read_text())
THROTTLED = json.loads((DATA / "shopify-graphql-throttled.json").read_text())
SINCE = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
SOURCES: TypeAdapter[Any] = TypeAdapter(Source)


def source_of(**api: str) -> Any:
    api = {"url": "https://corner.example/", "token": "shop-token", **api}
    return SOURCES.validate_python({"platform": "shopify", "secret": "s", "api": api})


def asker(**api: str) -> Asker:
    found = asker_of("web", source_of(**api))
    assert found is not None
    return found


def answer(body: Any) -> Answer:
    return Answer(200, {}, body if isinstance(body, bytes) else json.dumps(body).encode())


def page_of(name: str, body: Any) -> Page:
    return asker().page(name, asker().poll(name, SINCE), answer(body))


def news_of(page: Page) -> list[News]:
    return [news for payload in page.documents for news in read_payload(source_of(), payload)]


def sent(ask: Ask) -> Any:
    return json.loads(ask.body or b"")


def changed(document: Any, *path: str | int, to: Any) -> Any:
    """A copy of an answer in which one thing is another."""
    copy = json.loads(json.dumps(document))
    place = copy
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = to
    return copy


def test_it_is_asked_for_what_changed_since_with_the_token_in_a_header_alone() -> None:
    ask = asker().poll("orders", SINCE)
    assert ask.url == "https://corner.example/admin/api/2026-10/graphql.json"
    assert ask.headers["X-Shopify-Access-Token"] == "shop-token"
    assert sent(ask)["variables"] == {"changed": "updated_at:>='2026-11-25T09:00:00Z'", "after": None}
    assert "orders(" in sent(ask)["query"]
    assert "abandonedCheckouts(" in sent(asker().poll("abandonedCheckouts", SINCE))["query"]
    assert "shop-token" not in repr(ask)


def test_an_order_says_what_its_webhook_would() -> None:
    page = page_of("orders", ORDERS)
    order, named, link, refund = news_of(page)
    assert isinstance(order, OrderPlaced)
    assert (order.order.id, order.order.customer, order.order.total) == ("450789469", "207119551", Decimal("409.94"))
    assert order.order.cart_token == "68778783ad298f1c80c3bafcddeea02f"
    assert [used.code for used in order.order.coupons] == ["AUTUMN10"]
    assert [(item.sku, item.brand, item.unit_price) for item in order.order.items] == [
        ("IPOD2008GREEN", "Apple", Decimal("199.0")),
        (None, None, Decimal("210.94")),
    ]
    assert order.order.updated_at == datetime(2026, 11, 25, 10, 12, 30, tzinfo=UTC)
    assert isinstance(named, CustomerNamed)
    assert isinstance(link, CartLink)
    assert isinstance(refund, OrderRefund)
    assert (refund.refund.id, refund.refund.order, refund.refund.amount) == ("509562969", "450789469", Decimal("41.94"))
    assert page.newest == datetime(2026, 11, 25, 10, 12, 30, tzinfo=UTC)
    assert (page.after, page.wanted, page.rest_s) == (None, (), 0.0)


def test_a_cancelled_order_is_undone() -> None:
    body = changed(ORDERS, "data", "orders", "nodes", 0, "cancelledAt", to="2026-11-25T10:12:00Z")
    [undone] = [news for news in news_of(page_of("orders", body)) if isinstance(news, OrderUndone)]
    assert undone.cancelled.id == "450789469"


def test_an_abandoned_checkout_is_her_cart() -> None:
    cart, named = news_of(page_of("abandonedCheckouts", CHECKOUTS))
    assert isinstance(cart, CartChange)
    assert (cart.cart.id, cart.cart.customer, cart.cart.state) == ("checkout-39157148", "207119551", "open")
    assert (cart.cart.value, cart.cart.currency) == (Decimal("398.00"), "EUR")
    assert [(item.sku, item.product, item.brand, item.quantity) for item in cart.cart.items] == [
        ("IPOD2008RED", "632910392", "Apple", 2)
    ]
    assert isinstance(named, CustomerNamed)
    completed = changed(CHECKOUTS, "data", "abandonedCheckouts", "nodes", 0, "completedAt", to="2026-11-25T09:41:00Z")
    assert news_of(page_of("abandonedCheckouts", completed))[0].cart.state == "ordered"  # type: ignore[union-attr]


def test_the_next_page_is_where_the_cursor_says() -> None:
    body = changed(ORDERS, "data", "orders", "pageInfo", "hasNextPage", to=True)
    page = page_of("orders", body)
    assert page.after is not None
    assert sent(page.after)["variables"] == {
        "changed": "updated_at:>='2026-11-25T09:00:00Z'",
        "after": "eyJsYXN0X2lkIjo0NTA3ODk0Njl9",
    }
    assert page.after.url == "https://corner.example/admin/api/2026-10/graphql.json"
    with pytest.raises(ShopAnswerError, match="no cursor"):
        page_of("orders", changed(body, "data", "orders", "pageInfo", "endCursor", to=None))


@pytest.mark.parametrize(
    ("minutes", "in_order"), [((1, 2, 2), True), ((2, 1, 3), False), ((1, None, 2), False), ((), True)]
)
def test_a_list_that_goes_by_time_lets_a_poll_go_on_from_any_page(
    minutes: tuple[int | None, ...], in_order: bool
) -> None:
    nodes = [
        changed(ORDERS["data"]["orders"]["nodes"][0], "updatedAt", to=minute and f"2026-11-25T10:0{minute}:00Z")
        for minute in minutes
    ]
    assert page_of("orders", changed(ORDERS, "data", "orders", "nodes", to=nodes)).in_order is in_order
    assert page_of("abandonedCheckouts", CHECKOUTS).in_order is False


def test_a_throttled_question_is_asked_again_when_the_bucket_holds_it() -> None:
    ask = asker().poll("orders", SINCE)
    page = asker().page("orders", ask, answer(THROTTLED))
    assert page.after == ask
    assert page.documents == ()
    assert page.rest_s == pytest.approx((752 - 666) / 50)
    with pytest.raises(ShopAnswerError, match="patience"):
        asker().fetched(Fetch("web", "checkout", "gid://shopify/AbandonedCheckout/1"), answer(THROTTLED), 0.0)


@pytest.mark.parametrize(
    ("there", "rest_s"),
    [(1988, 0.0), (252, 0.0), (251, 0.01), (0, 2.52), (-5, 2.52), ("x", 0.0), (None, 0.0), (True, 0.0)],
)
def test_a_bucket_that_is_nearly_empty_is_waited_for(there: Any, rest_s: float) -> None:
    body = changed(ORDERS, "extensions", "cost", "throttleStatus", "currentlyAvailable", to=there)
    found = page_of("orders", body).rest_s
    assert found == pytest.approx(rest_s)


def test_rest_is_never_longer_than_a_quarter_of_an_hour() -> None:
    body = changed(ORDERS, "extensions", "cost", "requestedQueryCost", to=10**9)
    assert page_of("orders", body).rest_s == LONGEST_S
    assert page_of("orders", changed(body, "extensions", "cost", "throttleStatus", "restoreRate", to=0)).rest_s == 0.0


def denied(*path: str | int) -> dict[str, Any]:
    return {
        "message": "Access denied for anna@example.org",
        "path": list(path),
        "extensions": {"code": "ACCESS_DENIED"},
    }


def test_without_her_address_the_order_is_still_of_use_and_without_her_it_is_not() -> None:
    body = changed(ORDERS, "data", "orders", "nodes", 0, "email", to=None) | {
        "errors": [denied("orders", "nodes", 0, "email")]
    }
    assert len(page_of("orders", body).documents) == 1
    with pytest.raises(ShopAnswerError, match="'customer'") as found:
        page_of("orders", body | {"errors": [denied("orders", "nodes", 0, "customer")]})
    assert "anna" not in str(found.value), "a shop's own words may hold anything"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ({"extensions": {"code": "undefinedField"}}, "'version'"),
        ({"extensions": {"code": "MAX_COST_EXCEEDED"}}, "MAX_COST_EXCEEDED"),
        ({"message": "secret"}, "without a code"),
        ({"extensions": {"code": "<script>"}}, "without a code"),
    ],
)
def test_an_error_is_told_by_its_code(error: Any, told: str) -> None:
    with pytest.raises(ShopAnswerError, match=told):
        page_of("orders", {"data": None, "errors": [error]})


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"data": {}}', b'{"data": {"orders": 1}}', b"\xff", b"[" * 9999])
def test_what_is_no_answer_is_said(body: bytes) -> None:
    with pytest.raises(ShopAnswerError):
        page_of("orders", body)


def test_a_long_checkout_is_fetched_by_itself() -> None:
    body = changed(CHECKOUTS, "data", "abandonedCheckouts", "nodes", 0, "lineItems", "pageInfo", "hasNextPage", to=True)
    page = page_of("abandonedCheckouts", body)
    assert page.documents == ()
    [wanted] = page.wanted
    assert wanted.id == "gid://shopify/AbandonedCheckout/39157148"
    assert datetime.fromtimestamp(wanted.at, UTC) == datetime(2026, 11, 25, 9, 40, tzinfo=UTC) == page.newest
    assert sent(asker().fetch(wanted))["variables"] == {"id": wanted.id}
    node = CHECKOUTS["data"]["abandonedCheckouts"]["nodes"][0]
    payload = asker().fetched(wanted, answer({"data": {"node": node}}), 0.0)
    assert payload is not None
    assert read_payload(source_of(), payload)[0].cart.id == "checkout-39157148"  # type: ignore[union-attr]
    assert asker().fetched(wanted, answer({"data": {"node": None}}), 0.0) is None


def test_a_version_from_before_orders_named_their_carts_is_not_asked_for_them() -> None:
    assert "cartToken" in orders_query("2026-07")
    assert "cartToken" not in orders_query("2026-04")
    assert "cartToken" not in sent(asker(version="2026-01").poll("orders", SINCE))["query"]


_TOKEN = re.compile(r"\{|\}|\(|\)|first: \d+|\.\.\.|[A-Za-z_]\w*|\S")


def cost(query: str) -> int:
    """As documented: an object costs one, and what stands in a list as many times as it may hold."""
    body = query[query.index("{") :]
    depth_factor, factor, total, size = [], 1, 0, None
    tokens = _TOKEN.findall(body)
    for before, token in zip(["", *tokens], tokens, strict=False):
        if token.startswith("first: "):
            size = int(token.removeprefix("first: "))
        elif token == "{":
            depth_factor.append(factor)
            if size is not None:
                factor, size = factor * size, None
                total += 0 if "nodes" in query else factor
            elif before not in ("", "pageInfo"):
                total += factor
        elif token == "}":
            factor = depth_factor.pop()
    return total


@pytest.mark.parametrize("query", [orders_query("2026-10"), CHECKOUTS_QUERY, CHECKOUT_QUERY])
def test_no_question_costs_more_than_shopify_answers(query: str) -> None:
    assert 300 < cost(query) <= 1000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("gid://shopify/Order/1"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "data",
                    "orders",
                    "nodes",
                    "pageInfo",
                    "errors",
                    "extensions",
                    "code",
                    "path",
                    "cost",
                    "id",
                    "customer",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_json_is_an_answer_or_a_sentence(body: Any) -> None:
    try:
        page = page_of("orders", body)
    except ShopAnswerError:
        return
    assert isinstance(page, Page)


@given(json_values)
def test_any_node_is_read_or_told_of(node: Any) -> None:
    page = page_of("orders", changed(ORDERS, "data", "orders", "nodes", to=[node]))
    try:
        news_of(page)
    except UnreadableError as error:
        assert str(error)


def test_numbers_are_as_they_were_written() -> None:
    assert read_graphql(b'{"data": {"x": 0.1}}', ()).data == {"x": Decimal("0.1")}
