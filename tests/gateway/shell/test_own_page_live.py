"""A whole gateway: she enters, and her page or her pocket says so; the link is made while it runs."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from nearcart_gateway.shell.own_page_links import close_link, make_link

from .conftest import HELLO, Shop
from .push_service import BrowserKeys, PushService, check_signature, push_service

CHANNELS = """\
  page: {kind: page}
  push: {kind: push, contact: "mailto:shop@example.com", services: ["SERVICE"]}
"""


@asynccontextmanager
async def open_page(url: str) -> AsyncIterator[list[Any]]:
    """Her page as a browser keeps it open: what it showed, each time saying that it does."""
    shown: list[Any] = []

    async def read(client: httpx.AsyncClient) -> None:
        async with client.stream("GET", f"{url}/events") as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    shown.append(json.loads(line.removeprefix("data: "))["offers"])
                    await client.post(f"{url}/seen", json={"names": [offer["name"] for offer in shown[-1]]})

    async with httpx.AsyncClient(timeout=10) as client:
        reading = asyncio.create_task(read(client))
        try:
            yield shown
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with push_service() as service:
        yield service


@pytest.fixture
async def open_shop(shop: Shop, service: PushService) -> Callable[..., Any]:
    async def start(through: str) -> str:
        """Start with one offer through this channel; the URL of Anna's page."""
        text = shop.config.read_text() + CHANNELS.replace("SERVICE", service.origin)
        shop.config.write_text(text)
        shop.write("offers/hello.yaml", HELLO.replace("phone", through))
        identity = shop.enrol()
        await shop.start()
        return f"{shop.url}/me/{make_link(shop.config, 'anna', 0.0).rpartition('/')[2]} {identity}"

    return start


async def enters(shop: Shop, identity: str) -> None:
    door = shop.edges["door"]
    await door.born()
    await door.batch(door.transition("enter", identity))


async def test_her_open_page_shows_it_and_the_store_knows(shop: Shop, open_shop: Any, wait_until: Any) -> None:
    url, identity = (await open_shop("page")).split()
    async with open_page(url) as shown:
        await wait_until(lambda: shown)
        await enters(shop, identity)
        await wait_until(lambda: len(shop.rows("SELECT 1 FROM receipts")) == 2)
    assert [offer["text"] for offer in shown[-1]] == ["Hello."]
    assert shop.rows("SELECT channel, state FROM deliveries") == [("page", "seen")]
    assert set(shop.rows("SELECT channel, state FROM receipts")) == {("page", "delivered"), ("page", "seen")}


async def test_with_her_page_closed_it_is_skipped(shop: Shop, open_shop: Any, wait_until: Any) -> None:
    _, identity = (await open_shop("page")).split()
    await enters(shop, identity)
    await wait_until(lambda: shop.rows("SELECT 1 FROM deliveries WHERE state != 'waiting'"))
    assert shop.rows("SELECT state, error FROM deliveries") == [("skipped", "she does not look at her page")]


async def test_when_she_does_not_look_at_her_page_her_phone_is_pushed(
    shop: Shop, open_shop: Any, service: PushService, wait_until: Any
) -> None:
    url, identity = (await open_shop("page, push")).split()
    async with httpx.AsyncClient() as client:
        await client.put(f"{url}/subscription", json=BrowserKeys().subscription(f"{service.origin}/push/1"))
    await enters(shop, identity)
    await wait_until(lambda: shop.rows("SELECT 1 FROM deliveries WHERE state = 'sent'"))
    assert len(service.received) == 1
    assert shop.rows("SELECT channel, state, detail FROM receipts ORDER BY at, channel") == [
        ("page", "skipped", "she does not look at her page"),
        ("push", "sent", None),
    ]


async def test_her_phone_is_pushed_and_its_page_tells_more(
    shop: Shop, open_shop: Any, service: PushService, wait_until: Any
) -> None:
    url, identity = (await open_shop("push")).split()
    browser = BrowserKeys()
    async with httpx.AsyncClient() as client:
        answer = await client.put(f"{url}/subscription", json=browser.subscription(f"{service.origin}/push/1"))
        assert answer.status_code == 204
        await enters(shop, identity)
        await wait_until(lambda: service.received)
        await wait_until(lambda: shop.rows("SELECT 1 FROM deliveries WHERE state = 'sent'"))
        offers = (await client.get(f"{url}/offers")).json()["offers"]
    ((_, headers, body),) = service.received
    check_signature(headers["authorization"], service.origin)
    said = json.loads(browser.decrypt(body))
    assert said["text"] == offers[0]["text"] == "Hello."
    assert said["name"] == offers[0]["name"]


async def test_no_more_offers_reaches_the_running_store(shop: Shop, open_shop: Any, wait_until: Any) -> None:
    url, identity = (await open_shop("push")).split()
    async with httpx.AsyncClient() as client:
        assert (await client.post(f"{url}/stop")).status_code == 204
    await wait_until(lambda: shop.log.read_text().count('"visitors_read"') >= 2)
    await enters(shop, identity)
    await wait_until(lambda: shop.edges["door"].committed == 1)
    await asyncio.sleep(0.3)
    assert shop.rows("SELECT count(*) FROM deliveries") == [(0,)]


async def test_a_link_is_closed_while_the_store_runs(shop: Shop, open_shop: Any) -> None:
    url, _ = (await open_shop("push")).split()
    async with httpx.AsyncClient() as client:
        assert (await client.get(url)).status_code == 200
        assert close_link(shop.config, "anna") is True
        assert (await client.get(url)).status_code == 404
    assert close_link(shop.config, "anna") is False
