"""Offers taken back: what waits never leaves, who has one is told, and a kill in between changes nothing."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
from standardwebhooks import Webhook

Wait = Callable[..., Any]
SECRET = "whsec_dGVzdC1zZWNyZXQtb2YtdGhlLXRlc3QtcnVuIQ=="
ABOUT_CART = """\
offer: cart
when: {moment: enter}
cart: {state: any}
say: "Your {{ cart.value }}"
through: [CHANNEL]
"""


class Service:
    """A webhook's receiver that answers with these statuses in turn, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.received: list[tuple[str, str]] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = (await reader.readexactly(int(headers["content-length"]))).decode()
        Webhook(SECRET).verify(body, headers)
        self.received.append((headers["webhook-id"], json.loads(body)["type"]))
        status = self.statuses.pop(0) if self.statuses else 200
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


async def say(shop: Any, kind: str, data: dict[str, Any]) -> None:
    """A webhook of the shop's platform."""
    now = datetime.now(UTC)
    body = json.dumps({"type": kind, "timestamp": now.isoformat(), "data": data})
    headers = {
        "webhook-id": f"{kind}-1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign(f"{kind}-1", now, body),
    }
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{shop.url}/hooks/web", content=body, headers=headers)
    assert answer.is_success, answer.text


async def offered(shop: Any, wait_until: Wait, channel: str, **environment: str) -> str:
    """Anna has a cart and comes in; the key of the offer that was decided."""
    shop.write("offers/hello.yaml", ABOUT_CART.replace("CHANNEL", channel))
    tag = shop.enrol(customer="c-1")
    door = shop.edges["door"]
    await shop.start(**environment)
    item = {"sku": "W", "title": "Wine", "quantity": 1, "unit_price": "9.50"}
    cart = {"id": "cart-1", "customer": "c-1", "currency": "EUR", "items": [item], "state": "open"}
    await say(shop, "cart.updated", {**cart, "updated_at": datetime.now(UTC).isoformat()})
    await door.batch(door.transition("enter", tag))
    await wait_until(lambda: shop.rows("SELECT key FROM deliveries"))
    return str(shop.rows("SELECT key FROM deliveries")[0][0])


async def bought(shop: Any) -> None:
    order = {"id": "o-1", "customer": "c-1", "currency": "EUR", "total": "9.50"}
    await say(shop, "order.created", {**order, "placed_at": datetime.now(UTC).isoformat()})


def with_service(shop: Any, server: asyncio.Server) -> None:
    port = server.sockets[0].getsockname()[1]
    crm = f'  crm: {{kind: webhook, url: "http://127.0.0.1:{port}/", secret: {SECRET}}}\n'
    shop.write("store.yaml", shop.config.read_text() + crm)


async def test_an_offer_on_her_phone_is_taken_back_when_she_has_bought(shop: Any, wait_until: Wait) -> None:
    key = await offered(shop, wait_until, "phone")
    await wait_until(lambda: shop.rows("SELECT state FROM deliveries") == [("sent",)])
    await bought(shop)
    await wait_until(lambda: len(shop.offers) == 2)
    offer, withdrawn = shop.offers
    assert (offer["key"], withdrawn["key"], withdrawn["type"]) == (key, key, "offer.withdrawn")
    assert (withdrawn["visitor"], withdrawn["reason"]) == ("anna", "the cart was bought")
    await wait_until(lambda: shop.rows("SELECT told_at FROM withdrawals WHERE told_at IS NOT NULL"))
    assert shop.rows("SELECT state, error FROM deliveries") == [("withdrawn", "the cart was bought")]
    assert shop.rows("SELECT channel, state FROM receipts ORDER BY at") == [("phone", "sent"), ("phone", "withdrawn")]


async def test_a_screen_is_not_told_whose_it_was_nor_why(shop: Any, wait_until: Wait) -> None:
    shop.write("offers/hello.yaml", "")
    dwell = ABOUT_CART.replace("{moment: enter}", "{moment: dwell, zones: [door], dwell: 1s}").replace(
        "CHANNEL", "screen"
    )
    tag = shop.enrol(customer="c-1")
    door = shop.edges["door"]
    shop.write("offers/hello.yaml", dwell)
    await shop.start()
    item = {"sku": "W", "title": "Wine", "quantity": 1, "unit_price": "9.50"}
    cart = {"id": "cart-1", "customer": "c-1", "currency": "EUR", "items": [item], "state": "open"}
    await say(shop, "cart.updated", {**cart, "updated_at": datetime.now(UTC).isoformat()})
    await door.batch(door.transition("enter", tag))
    while not shop.offers:
        await door.hears(tag, -50)
        await asyncio.sleep(0.2)
    await bought(shop)
    await wait_until(lambda: len(shop.offers) == 2)
    assert shop.offers[1]["key"] == shop.offers[0]["key"]
    assert {"visitor", "reason"}.isdisjoint(shop.offers[1])


async def test_what_waits_is_never_sent(shop: Any, wait_until: Wait) -> None:
    service = Service(*[503] * 50)
    async with await asyncio.start_server(service.answer, "127.0.0.1", 0) as server:
        with_service(shop, server)
        key = await offered(shop, wait_until, "crm")
        await wait_until(lambda: service.received)
        await bought(shop)
        await wait_until(lambda: shop.rows("SELECT state FROM deliveries") == [("withdrawn",)])
        tries = len(service.received)
        await asyncio.sleep(2.5)
        assert len(service.received) == tries
    assert set(service.received) == {(key, "offer")}, "a service that never took it is told nothing"


async def test_a_service_hears_it_with_one_id_on_every_retry(shop: Any, wait_until: Wait) -> None:
    service = Service(200, 503, 200)
    async with await asyncio.start_server(service.answer, "127.0.0.1", 0) as server:
        with_service(shop, server)
        key = await offered(shop, wait_until, "crm")
        await wait_until(lambda: shop.rows("SELECT state FROM deliveries") == [("delivered",)])
        await bought(shop)
        await wait_until(lambda: shop.rows("SELECT 1 FROM withdrawals WHERE told_at IS NOT NULL"))
    assert service.received == [(key, "offer"), *[(f"{key}:withdrawn", "offer.withdrawn")] * 2]


async def test_killed_before_it_was_written_down_it_is_told_again(shop: Any, wait_until: Wait) -> None:
    key = await offered(shop, wait_until, "phone", NEARCART_CRASH_AT="before_mark:2")
    await wait_until(lambda: shop.rows("SELECT state FROM deliveries") == [("sent",)])
    await bought(shop)
    await wait_until(lambda: shop.ended)
    assert shop.rows("SELECT told_at FROM withdrawals") == [(None,)]
    await shop.start()
    await wait_until(lambda: shop.rows("SELECT 1 FROM withdrawals WHERE told_at IS NOT NULL") and len(shop.offers) > 2)
    assert [message["type"] for message in shop.offers] == ["offer", "offer.withdrawn", "offer.withdrawn"]
    assert {message["key"] for message in shop.offers} == {key}
