"""Sources that are asked: polls with a cursor, and what webhooks only name, against an API that answers as documented."""

import asyncio
import base64
import hashlib
import hmac
import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

import httpx
import pytest
from standardwebhooks import Webhook

from .shop_api import Asked, Reply, ShopApi

Wait = Callable[..., Any]
ISO = "%Y-%m-%dT%H:%M:%S"


def now(layout: str = ISO) -> str:
    return datetime.now(UTC).strftime(layout)


class BigCommerce:
    """Carts of API v3, orders of API v2, with the rate-limit headers of the documentation."""

    LIMITS: ClassVar = {
        "X-Rate-Limit-Requests-Left": "140",
        "X-Rate-Limit-Time-Reset-Ms": "15000",
        "X-Rate-Limit-Requests-Quota": "150",
    }

    def __init__(self) -> None:
        self.carts: dict[str, Any] = {}
        self.orders: dict[str, Any] = {}

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("x-auth-token") != "big-token":
            return Reply({"title": "Unauthorized"}, 401)
        *_, version, things = asked.path.rpartition("/")[0].split("/") if "/v" in asked.path else ["", ""]
        last = asked.path.rpartition("/")[2]
        if asked.path.endswith("/v2/orders"):
            return Reply(list(self.orders.values())) if self.orders else Reply(status=204)
        found = (self.carts if (version, things) == ("v3", "carts") else self.orders).get(last)
        if found is None:
            return Reply({"title": "Not found"}, 404, self.LIMITS)
        return Reply({"data": found, "meta": {}} if things == "carts" else found, headers=self.LIMITS)

    def cart(self, cart_id: str = "c-1", quantity: int = 2, customer: int = 1001) -> None:
        self.carts[cart_id] = {
            "id": cart_id,
            "customer_id": customer,
            "currency": {"code": "EUR"},
            "cart_amount": 12.5 * quantity,
            "line_items": {
                "physical_items": [{"sku": "W-1", "quantity": quantity, "list_price": 12.5, "sale_price": 12.5}]
            },
            "created_time": now() + "+00:00",
            "updated_time": now() + "+00:00",
        }

    def order(self, order_id: int = 250, cart_id: str = "c-1") -> None:
        self.orders[str(order_id)] = {
            "id": order_id,
            "customer_id": 1001,
            "cart_id": cart_id,
            "status_id": 11,
            "total_inc_tax": "25.0000",
            "default_currency_code": "EUR",
            "date_created": now("%a, %d %b %Y %H:%M:%S +0000"),
            "date_modified": now("%a, %d %b %Y %H:%M:%S +0000"),
        }


@pytest.fixture
def big() -> Iterator[tuple[BigCommerce, ShopApi]]:
    shop = BigCommerce()
    api = ShopApi(shop.answer)
    yield shop, api
    api.close()


def configure(shop: Any, *lines: str) -> None:
    text = shop.config.read_text()
    shop.config.write_text(text.replace("sources:\n", "sources:\n" + "".join(f"  {line}\n" for line in lines)))


def big_source(api: ShopApi, more: str = "") -> str:
    return f"big: {{platform: bigcommerce, secret: client-secret, api: {{url: '{api.url}/stores/abc', token: big-token}}{more}}}"


async def callback(shop: Any, scope: str, event: str, ago: int = 0, **data: Any) -> httpx.Response:
    at = datetime.now(UTC)
    row = {
        "scope": scope,
        "store_id": "1",
        "data": data,
        "hash": "h",
        "created_at": int(at.timestamp()) - ago,
        "producer": "stores/abc",
    }
    body = json.dumps(row)
    key = base64.b64encode(b"client-secret").decode()
    headers = {
        "webhook-id": event,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(key).sign(event, at, body),
    }
    async with httpx.AsyncClient() as http:
        return await http.post(f"{shop.url}/hooks/big", content=body, headers=headers)


def carts(shop: Any) -> dict[str, Any]:
    rows = shop.rows("SELECT id, record FROM carts WHERE id NOT LIKE '%:%'")
    return {row[0]: json.loads(row[1])["cart"] for row in rows}


async def metrics(shop: Any) -> str:
    async with httpx.AsyncClient() as http:
        return (await http.get(f"{shop.url}/metrics")).text


async def test_a_cart_that_a_webhook_names_is_fetched_once_for_many_callbacks(
    shop: Any, big: tuple[BigCommerce, ShopApi], wait_until: Wait
) -> None:
    store, api = big
    store.cart()
    configure(shop, big_source(api))
    await shop.start()
    for number, scope in enumerate(("store/cart/created", "store/cart/updated", "store/cart/couponApplied")):
        assert (await callback(shop, scope, f"m{number}", type="cart", id="c-1")).json() == {"taken": True}
    assert (await callback(shop, "store/cart/updated", "m1", type="cart", id="c-1")).json() == {"repeated": True}
    await wait_until(lambda: carts(shop) and shop.rows("SELECT count(*) FROM cart_fetches") == [(0,)])
    assert carts(shop)["c-1"]["value"] == "25.0"
    assert carts(shop)["c-1"]["customer"] == "1001"
    assert len(api.asked) < 3


async def test_a_callback_that_comes_late_asks_for_nothing_that_is_known(
    shop: Any, big: tuple[BigCommerce, ShopApi], wait_until: Wait
) -> None:
    store, api = big
    store.cart()
    configure(shop, big_source(api))
    await shop.start()
    await callback(shop, "store/cart/updated", "m1", type="cart", id="c-1")
    await wait_until(lambda: carts(shop))
    await callback(shop, "store/cart/updated", "m2", ago=60, type="cart", id="c-1")
    await wait_until(lambda: shop.rows("SELECT count(*) FROM cart_fetches") == [(0,)])
    assert len(api.asked) == 1
    assert 'nearcart_sources_total{outcome="cached",source="big"} 1.0' in await metrics(shop)


async def test_a_shop_that_asks_for_patience_gets_it_and_nothing_is_lost(
    shop: Any, big: tuple[BigCommerce, ShopApi], wait_until: Wait
) -> None:
    store, api = big
    store.cart()
    api.first = [
        Reply({"title": "Too many"}, 429, {"X-Rate-Limit-Time-Reset-Ms": "900", "X-Rate-Limit-Requests-Left": "0"}),
        Reply({"title": "oops"}, 500),
    ]
    configure(shop, big_source(api))
    await shop.start()
    await callback(shop, "store/cart/updated", "m1", type="cart", id="c-1")
    await wait_until(lambda: carts(shop))
    assert len(api.asked) == 3
    said = await metrics(shop)
    assert 'nearcart_sources_total{outcome="fetch_failed",source="big"} 2.0' in said
    assert 'nearcart_sources_total{outcome="fetched",source="big"} 1.0' in said


async def test_what_is_to_be_fetched_outlives_a_killed_gateway(
    shop: Any, big: tuple[BigCommerce, ShopApi], wait_until: Wait
) -> None:
    store, api = big
    api.answer = lambda _asked: Reply({"title": "down"}, 503)
    configure(shop, big_source(api))
    await shop.start()
    await callback(shop, "store/cart/updated", "m1", type="cart", id="c-1")
    await wait_until(lambda: api.asked)
    await shop.kill()
    store.cart()
    api.answer = store.answer
    await shop.start()
    await wait_until(lambda: carts(shop))


async def test_a_converted_cart_is_never_wanted_again_and_its_order_is_fetched(
    shop: Any, big: tuple[BigCommerce, ShopApi], wait_until: Wait
) -> None:
    store, api = big
    store.cart()
    store.order()
    configure(shop, big_source(api))
    await shop.start()
    await callback(shop, "store/cart/updated", "m1", type="cart", id="c-1")
    await wait_until(lambda: carts(shop))
    await callback(shop, "store/cart/converted", "m2", type="cart", id="c-1", orderId=250)
    await wait_until(lambda: shop.rows("SELECT 1 FROM carts WHERE id = 'token:c-1'"))
    assert carts(shop)["c-1"]["state"] == "ordered"


async def test_a_cart_that_is_gone_is_wanted_no_more(
    shop: Any, big: tuple[BigCommerce, ShopApi], wait_until: Wait
) -> None:
    store, api = big
    store.cart()
    configure(shop, big_source(api))
    await shop.start()
    await callback(shop, "store/cart/updated", "m1", type="cart", id="c-1")
    await wait_until(lambda: carts(shop))
    store.carts.clear()
    await asyncio.sleep(2.1)  # the shop's clock counts in seconds, and what was fetched before this word of it would do
    await callback(shop, "store/cart/updated", "m2", type="cart", id="c-1")
    await wait_until(lambda: carts(shop)["c-1"]["state"] == "empty")
    assert 'nearcart_sources_total{outcome="gone",source="big"} 1.0' in await metrics(shop)


async def test_a_refused_key_is_said_without_the_key(
    shop: Any, big: tuple[BigCommerce, ShopApi], wait_until: Wait
) -> None:
    _store, api = big
    configure(shop, big_source(api).replace("big-token", "wrong-token"))
    await shop.start()
    for number in range(3):
        await callback(shop, "store/cart/updated", f"m{number}", type="cart", id=f"c-{number}")
    await wait_until(lambda: len(api.asked) >= 3)

    def health() -> Any:
        problems = httpx.get(f"{shop.url}/api/health").json()["problems"]
        return [problem for problem in problems if problem.startswith("source big: the shop refused the key (401)")]

    await wait_until(health)
    assert "wrong-token" not in shop.log.read_text()
    assert shop.rows("SELECT count(*) FROM cart_fetches") == [(3,)]


async def test_a_poll_brings_what_changed_and_moves_its_cursor_with_it(
    shop: Any, big: tuple[BigCommerce, ShopApi], wait_until: Wait
) -> None:
    store, api = big
    store.order()
    configure(shop, big_source(api, ", poll: {every: 5s, back: 1d}"))
    await shop.start()
    await wait_until(lambda: shop.rows("SELECT 1 FROM source_cursors"))
    assert shop.rows("SELECT 1 FROM carts WHERE id = 'customer:1001'")
    first = api.asked[0].query["min_date_modified"]
    assert (datetime.now(UTC) - datetime.fromisoformat(first)).total_seconds() == pytest.approx(86_700, abs=60)
    [(cursor,)] = shop.rows("SELECT value FROM source_cursors")
    await shop.kill()
    await shop.start()
    await wait_until(lambda: len(api.asked) > 1)
    again = datetime.fromisoformat(api.asked[-1].query["min_date_modified"])
    assert (datetime.fromisoformat(cursor) - again).total_seconds() == pytest.approx(300, abs=2)
    assert "nearcart_sources_total" in await metrics(shop)


async def test_with_the_shop_away_the_store_goes_on(shop: Any, wait_until: Wait) -> None:
    away = ShopApi(lambda _asked: Reply())
    away.close()
    configure(shop, big_source(away, ", poll: {every: 5s}"))
    tag = shop.enrol()
    await shop.start()
    await wait_until(lambda: "poll_failed" in shop.log.read_text())
    door = shop.edges["door"]
    await door.batch(door.transition("enter", tag))
    await wait_until(lambda: shop.offers)
    assert 'nearcart_sources_total{outcome="poll_failed",source="big"}' in await metrics(shop)


WOO = "woo: {platform: woocommerce, secret: woo-secret, api: {url: 'URL', key: ck_1, key_secret: cs_1}POLL}"


def woo_order(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "status": "processing",
        "currency": "EUR",
        "customer_id": number,
        "total": "10.00",
        "date_created": "2000-01-01T00:00:00",
        "date_created_gmt": now(),
        "date_modified_gmt": now(),
        "line_items": [{"sku": "W-1", "product_id": 1, "quantity": 1, "price": 10}],
    }


async def test_every_page_is_read_and_what_can_not_be_read_holds_nothing_up(shop: Any, wait_until: Wait) -> None:
    broken = {"id": 2, "status": "completed", "total": "a lot", "date_modified_gmt": now()}

    def answer(asked: Asked) -> Reply:
        page = int(asked.query["page"])
        return Reply([woo_order(1), broken] if page == 1 else [woo_order(3)], headers={"X-WP-TotalPages": "2"})

    api = ShopApi(answer)
    configure(shop, WOO.replace("URL", api.url).replace("POLL", ", poll: {every: 5s}"))
    await shop.start()
    await wait_until(lambda: shop.rows("SELECT 1 FROM source_cursors"))
    assert {row[0] for row in shop.rows("SELECT id FROM carts")} == {"customer:1", "customer:3"}
    [(source, kind, problem)] = shop.rows("SELECT source, kind, error FROM set_aside")
    assert (source, kind) == ("woo", "order.updated")
    assert "total" in problem
    assert api.asked[0].headers["authorization"] == "Basic Y2tfMTpjc18x"
    await wait_until(lambda: len(api.asked) >= 4)
    await wait_until(lambda: 'outcome="polled",source="woo"' in httpx.get(f"{shop.url}/metrics").text)
    assert shop.rows("SELECT repeats FROM set_aside") == [(0,)], "a poll that meets it again is no repeat of the shop's"
    assert 'nearcart_hooks_total{outcome="unreadable",source="woo"} 1.0' in await metrics(shop)
    api.close()


async def test_a_woocommerce_cart_is_fetched_by_its_session(shop: Any, wait_until: Wait) -> None:
    price = {"price": "1250", "currency_code": "EUR", "currency_minor_unit": 2}
    cart = {
        "items": [{"id": 1, "sku": "W-1", "name": "Wine", "quantity": 2, "prices": price}],
        "totals": {"total_items": "2500", "currency_code": "EUR", "currency_minor_unit": 2},
    }
    api = ShopApi(lambda _asked: Reply(cart, headers={"Cart-Token": "next"}))
    configure(shop, WOO.replace("URL", api.url).replace("POLL", ""))
    await shop.start()
    body = json.dumps(
        {"action": "nearcart_cart_session", "arg": {"cart_token": "ey.token", "customer_id": 1001}}
    ).encode()
    headers = {
        "X-WC-Webhook-Topic": "action.nearcart_cart_session",
        "X-WC-Webhook-Delivery-ID": "d-1",
        "X-WC-Webhook-Signature": base64.b64encode(hmac.new(b"woo-secret", body, hashlib.sha256).digest()).decode(),
    }
    async with httpx.AsyncClient() as http:
        assert (await http.post(f"{shop.url}/hooks/woo", content=b"webhook_id=3")).status_code == 200
        assert (await http.post(f"{shop.url}/hooks/woo", content=body, headers=headers)).json() == {"taken": True}
    await wait_until(lambda: carts(shop))
    assert carts(shop)["customer-1001"]["value"] == "25.00"
    assert api.asked[0].headers["cart-token"] == "ey.token"
    assert "authorization" not in api.asked[0].headers
    updated = carts(shop)["customer-1001"]["updated_at"]
    with sqlite3.connect(shop.folder / "nearcart.sqlite") as connection:
        connection.execute("UPDATE cart_fetches SET next_at = 0")
    await wait_until(lambda: len(api.asked) == 2)
    await wait_until(lambda: shop.rows("SELECT next_at > 0 FROM cart_fetches") == [(1,)])
    assert carts(shop)["customer-1001"]["updated_at"] == updated, "looking again is no change of the cart"
    assert "ey.token" not in shop.log.read_text()
    api.close()


async def test_who_enrolled_by_her_address_is_joined_to_her_account(shop: Any, wait_until: Wait) -> None:
    configure(shop, "woo: {platform: woocommerce, secret: woo-secret}")
    shop.enrol("anna", email="Anna@Example.org")
    shop.enrol("berta", "f7826da6-4fa2-4e98-8024-bc5b71e0893e/1/2", email="berta@example.org", customer="7")
    await shop.start()
    for number, address in (
        (25, "anna@example.org"),
        (26, "berta@example.org"),
        (27, "no address@"),
        (28, "x@y.example"),
    ):
        body = json.dumps({"id": number, "email": address}).encode()
        headers = {
            "X-WC-Webhook-Topic": "customer.updated",
            "X-WC-Webhook-Delivery-ID": f"d-{number}",
            "X-WC-Webhook-Signature": base64.b64encode(hmac.new(b"woo-secret", body, hashlib.sha256).digest()).decode(),
        }
        async with httpx.AsyncClient() as http:
            assert (await http.post(f"{shop.url}/hooks/woo", content=body, headers=headers)).json() == {"taken": True}
    assert shop.rows("SELECT id, customer FROM visitors ORDER BY id") == [("anna", "25"), ("berta", "7")]
    await wait_until(lambda: shop.log.read_text().count("visitors_read") == 2)
    assert "example.org" not in shop.log.read_text()
    assert b"example.org" not in (shop.folder / "nearcart.sqlite").read_bytes()


async def test_shopifys_orders_and_checkouts_are_polled_in_rest(shop: Any, wait_until: Wait) -> None:
    order = {"id": 1, "cart_token": "t1", "currency": "EUR", "customer": {"id": 7}, "total_price": "9.00"}
    checkout = {"id": 2, "cart_token": "t2", "currency": "EUR", "customer": {"id": 8}, "subtotal_price": "5.00"}
    times = {"created_at": now() + "Z", "updated_at": now() + "Z"}

    def answer(asked: Asked) -> Reply:
        name = asked.path.rpartition("/")[2].removesuffix(".json")
        return Reply({name: [{**(order if name == "orders" else checkout), **times, "line_items": []}]})

    api = ShopApi(answer)
    configure(
        shop,
        f"sh: {{platform: shopify, secret: s, api: {{url: '{api.url}', token: shop-token, kind: rest}}, poll: {{every: 5s}}}}",
    )
    await shop.start()
    await wait_until(lambda: len(shop.rows("SELECT 1 FROM source_cursors")) == 2)
    found = {row[0] for row in shop.rows("SELECT id FROM carts")}
    assert {"token:t1", "customer:7", "t2", "token:t2"} <= found
    assert api.asked[0].headers["x-shopify-access-token"] == "shop-token"
    api.close()


class ShopifyGraphQL:
    """Lists of nodes, two a page, as the GraphQL Admin API pages them; ``first`` answers come before."""

    COST: ClassVar = {
        "requestedQueryCost": 850,
        "actualQueryCost": 20,
        "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 1980, "restoreRate": 100.0},
    }

    def __init__(self) -> None:
        self.lists: dict[str, list[dict[str, Any]]] = {"orders": [], "abandonedCheckouts": []}
        self.by_id: dict[str, dict[str, Any]] = {}

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("x-shopify-access-token") != "shop-token":
            return Reply({"errors": "[API] Invalid API key or access token"}, 401)
        sent = json.loads(asked.body)
        if "id" in sent["variables"]:
            return self.said({"node": self.by_id.get(sent["variables"]["id"])})
        name = next(name for name in self.lists if f"{name}(" in sent["query"])
        first = int(sent["variables"]["after"] or 0)
        nodes = self.lists[name][first : first + 2]
        more = len(self.lists[name]) > first + 2
        return self.said({name: {"nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": str(first + 2)}}})

    def said(self, data: Any) -> Reply:
        return Reply({"data": data, "extensions": {"cost": self.COST}})


def shopify_order(number: int) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/Order/{number}",
        "createdAt": now() + "Z",
        "updatedAt": now() + "Z",
        "currencyCode": "EUR",
        "cartToken": f"t{number}",
        "customer": {"id": f"gid://shopify/Customer/{number}"},
        "totalPriceSet": {"shopMoney": {"amount": "9.00"}},
    }


def shopify_checkout(number: int, articles: int, more: bool = False) -> dict[str, Any]:
    line = {"sku": "W-1", "quantity": 1, "discountedUnitPriceSet": {"shopMoney": {"amount": "5.0"}}}
    return {
        "id": f"gid://shopify/AbandonedCheckout/{number}",
        "createdAt": now() + "Z",
        "updatedAt": now() + "Z",
        "customer": {"id": "gid://shopify/Customer/90"},
        "subtotalPriceSet": {"shopMoney": {"amount": str(5 * articles), "currencyCode": "EUR"}},
        "lineItems": {"nodes": [line] * articles, "pageInfo": {"hasNextPage": more}},
    }


async def test_shopify_is_polled_in_graphql_page_by_page_and_as_slowly_as_it_wants(shop: Any, wait_until: Wait) -> None:
    graphql = ShopifyGraphQL()
    graphql.lists["orders"] = [shopify_order(number) for number in (1, 2, 3)]
    graphql.lists["abandonedCheckouts"] = [shopify_checkout(7, 2), shopify_checkout(8, 2, more=True)]
    graphql.by_id["gid://shopify/AbandonedCheckout/8"] = shopify_checkout(8, 30)
    api = ShopApi(graphql.answer)
    throttled = {"throttleStatus": {"maximumAvailable": 1000.0, "currentlyAvailable": 800, "restoreRate": 100.0}}
    api.first = [
        Reply(
            {
                "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
                "extensions": {"cost": {"requestedQueryCost": 850, **throttled}},
            }
        )
    ]
    source = f"sh: {{platform: shopify, secret: s, api: {{url: '{api.url}', token: shop-token}}, poll: {{every: 5s}}}}"
    configure(shop, source)
    await shop.start()
    await wait_until(lambda: len(shop.rows("SELECT 1 FROM source_cursors")) == 2)
    assert {row[0] for row in shop.rows("SELECT id FROM carts")} >= {"token:t3", "customer:3", "checkout-7"}
    await wait_until(lambda: "checkout-8" in carts(shop))
    assert len(carts(shop)["checkout-8"]["items"]) == 30
    assert [json.loads(asked.body)["variables"].get("after") for asked in api.asked[:3]] == [None, None, "2"]
    assert {asked.path for asked in api.asked} == {"/admin/api/2026-10/graphql.json"}
    assert "poll_failed" not in shop.log.read_text()
    assert "shop-token" not in shop.log.read_text()
    api.close()


async def test_a_shopify_token_without_a_scope_is_told_by_the_field_it_may_not_read(
    shop: Any, wait_until: Wait
) -> None:
    denied = {
        "message": "Access denied for customer field. anna@example.org",
        "path": ["orders", "nodes", 0, "customer"],
        "extensions": {"code": "ACCESS_DENIED"},
    }
    api = ShopApi(lambda _asked: Reply({"data": {"orders": {"nodes": []}}, "errors": [denied]}))
    source = f"sh: {{platform: shopify, secret: s, api: {{url: '{api.url}', token: shop-token}}, poll: {{every: 5s}}}}"
    configure(shop, source)
    await shop.start()
    await wait_until(lambda: "does not let this token read 'customer'" in shop.log.read_text())
    assert "example.org" not in shop.log.read_text()
    api.close()


async def test_a_poll_of_shopifys_orders_that_ends_between_two_pages_goes_on_there(shop: Any, wait_until: Wait) -> None:
    graphql = ShopifyGraphQL()
    times = [datetime.now(UTC).timestamp() - 3600 + 900 * number for number in range(4)]
    changed = [datetime.fromtimestamp(at, UTC).strftime(f"{ISO}Z") for at in times]
    graphql.lists["orders"] = [{**shopify_order(n), "updatedAt": at} for n, at in enumerate(changed, 1)]

    def answer(asked: Asked) -> Reply:
        return Reply(status=503) if b'"after": "2"' in asked.body else graphql.answer(asked)

    api = ShopApi(answer)
    source = f"sh: {{platform: shopify, secret: s, api: {{url: '{api.url}', token: shop-token}}, poll: {{every: 5s}}}}"
    configure(shop, source)
    await shop.start()
    await wait_until(lambda: "poll_failed" in shop.log.read_text())
    [(cursor,)] = shop.rows("SELECT value FROM source_cursors WHERE name = 'orders'")
    assert datetime.fromisoformat(cursor) == datetime.fromisoformat(changed[1])
    api.answer = graphql.answer
    await wait_until(lambda: shop.rows("SELECT 1 FROM carts WHERE id = 'customer:4'"))
    api.close()
