"""Webhooks that are sent until they are taken."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter

from nearcart_contract.cart import Cart, CartItem, Order
from nearcart_contract.store_file import Source
from nearcart_gateway.core.hooks.registry import read_hook
from nearcart_sim.shell.carts import CartSender, HookRefusedError

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
SOURCES: dict[str, Source] = TypeAdapter(dict[str, Source]).validate_python(
    {
        "web": {"platform": "standard", "secret": "whsec_dGVzdC1zZWNyZXQtb2YtdGhlLXRlc3QtcnVuIQ=="},
        "shopify": {"platform": "shopify", "secret": "app-secret"},
    }
)


class Gateway:
    """Answers as told, then 200, and keeps what it was sent."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:] if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.requests.append((head[0].split()[1], headers, body))
        status = self.answers.pop(0) if self.answers else 200
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}".encode())
        await writer.drain()
        writer.close()

    def read(self, index: int) -> Any:
        path, headers, body = self.requests[index]
        source = path.removeprefix("/hooks/")
        return read_hook(SOURCES[source], source, headers, body, NOW.timestamp())


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    gateway = Gateway()
    async with await asyncio.start_server(gateway.serve, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        gateway.url = f"http://{host}:{port}"
        yield gateway


def cart(source: str) -> Cart:
    item = CartItem(sku="WIN-1", quantity=2, unit_price=Decimal("12.90"))
    return Cart(id="c-1", source=source, customer="1001", token="c-1", currency="EUR", items=(item,), updated_at=NOW)


def sender(gateway: Gateway) -> CartSender:
    return CartSender(gateway.url, SOURCES, now=lambda: NOW)


async def test_a_cart_is_sent_again_under_the_same_id_until_it_is_taken(gateway: Gateway) -> None:
    gateway.answers = [503, 500, 429]
    async with sender(gateway) as shop:
        await shop.send_cart(cart("web"))
    assert len(gateway.requests) == 4
    assert len({gateway.read(index).dedup_key for index in range(4)}) == 1
    assert shop.sent == 1


async def test_shopify_sends_the_cart_and_then_whose_it_is(gateway: Gateway) -> None:
    async with sender(gateway) as shop:
        await shop.send_cart(cart("shopify"))
    topics = [headers["x-shopify-topic"] for _, headers, _ in gateway.requests]
    assert topics == ["carts/update", "checkouts/update"]
    assert gateway.read(1).changes[0].cart.customer == "1001"


@pytest.mark.parametrize("source", ["web", "shopify"])
async def test_orders(gateway: Gateway, source: str) -> None:
    order = Order(id="o-1", source=source, customer="1001", currency="EUR", total=Decimal("25.80"), placed_at=NOW)
    async with sender(gateway) as shop:
        await shop.send_order(order)
    assert gateway.read(0).changes[0].order.total == Decimal("25.80")


async def test_a_refusal_is_final_and_says_the_gateways_words_without_the_secret(gateway: Gateway) -> None:
    gateway.answers = [401]
    async with sender(gateway) as shop:
        with pytest.raises(HookRefusedError, match="refused a webhook of 'web': 401") as refusal:
            await shop.send_cart(cart("web"))
    assert "whsec" not in str(refusal.value)
    assert len(gateway.requests) == 1


async def test_a_gateway_that_is_not_up_yet_is_waited_for(gateway: Gateway, unused_tcp_port: int) -> None:
    late = CartSender(f"http://127.0.0.1:{unused_tcp_port}", SOURCES, now=lambda: NOW)
    async with late as shop:
        sending = asyncio.create_task(shop.send_cart(cart("web")))
        await asyncio.sleep(0.1)
        assert not sending.done()
        async with await asyncio.start_server(gateway.serve, "127.0.0.1", unused_tcp_port):
            await sending
    assert len(gateway.requests) == 1
