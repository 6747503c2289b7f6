"""The page over HTTP, with clients that behave and clients that don't; and Home Assistant's message on a real broker."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress

import aiomqtt
import httpx
import pytest

from nearcart_contract.edge_file import HomeAssistant, Metrics
from nearcart_edge.shell import metrics_page
from nearcart_edge.shell.light_structlog import structlog
from nearcart_edge.shell.metrics_page import MetricsPage

from .test_agent import running


@pytest.fixture
async def page() -> AsyncIterator[MetricsPage]:
    log = structlog.wrap_logger(structlog.PrintLogger(), processors=[structlog.testing.LogCapture()])
    page = MetricsPage(Metrics(port=0), lambda: "one 1\n", log)
    task = asyncio.create_task(page.run())
    while page.port == 0:
        await asyncio.sleep(0.01)
    yield page
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def asked(page: MetricsPage, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", page.port)
    answer = b""
    with suppress(ConnectionError):  # turned away with its request unread
        writer.write(request)
        answer = await reader.read()
    writer.close()
    return answer


async def test_it_is_what_prometheus_asks_for(page: MetricsPage) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{page.port}/metrics?x=1")
    assert (answer.status_code, answer.text) == (200, "one 1\n")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


async def test_anything_else_is_refused_and_nothing_stops_it(page: MetricsPage, monkeypatch) -> None:
    monkeypatch.setattr(metrics_page, "WITHIN_S", 0.2)
    assert (await asked(page, b"GET / HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 404 ")
    assert (await asked(page, b"POST /metrics HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 405 ")
    head = await asked(page, b"HEAD /metrics HTTP/1.1\r\n\r\n")
    assert head.endswith(b"\r\n\r\n")
    assert b"Content-Length: 6\r\n" in head
    assert await asked(page, b"GET /metrics") == b"", "half a request is not waited for"
    assert await asked(page, b"x" * 100_000) == b""
    assert (await asked(page, b"GET /metrics HTTP/1.1\r\n\r\n")).endswith(b"one 1\n")


async def test_a_crowd_of_clients_is_turned_away(page: MetricsPage) -> None:
    idle = [await asyncio.open_connection("127.0.0.1", page.port) for _ in range(metrics_page.MAX_CLIENTS)]
    await asyncio.sleep(0.1)
    assert await asked(page, b"GET /metrics HTTP/1.1\r\n\r\n") == b""
    for _, writer in idle:
        writer.close()
    async with asyncio.timeout(10):
        while not (await asked(page, b"GET /metrics HTTP/1.1\r\n\r\n")).endswith(b"one 1\n"):
            await asyncio.sleep(0.05)


async def test_a_port_that_is_taken_is_said_and_stops_nothing(page: MetricsPage, config, gateway) -> None:
    async with running(config.model_copy(update={"metrics": Metrics(port=page.port)})) as edge:
        await edge.until_it_knows(3)
        assert edge.lines("no metrics")


async def test_an_edge_has_a_page_and_is_a_device_of_home_assistant_where_it_is_asked_for(config, gateway) -> None:
    config = config.model_copy(update={"metrics": Metrics(port=0), "home_assistant": HomeAssistant(prefix="ha")})
    async with running(config) as edge:
        await edge.until_it_knows(3)
        port = next(entry["port"] for entry in edge.log.entries if entry["event"] == "metrics")
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{port}/metrics")
        assert 'nearcart_edge_roster_size{store="shop",edge="till"} 3' in answer.text
        async with aiomqtt.Client("127.0.0.1", gateway.port) as late:
            await late.subscribe("ha/#")
            message = await anext(aiter(late.messages))
    assert (message.topic.value, message.retain) == ("ha/device/nearcart-shop-till/config", True)
    assert json.loads(message.payload)["device"]["name"] == "nearcart till"
