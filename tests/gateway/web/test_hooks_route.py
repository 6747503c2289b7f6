"""The door that webhooks come in by."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from nearcart_gateway.shell.web import hooks_route

from .fake_store import FakeHooks


async def chunks(size: int, count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * size


async def test_a_webhook_is_handed_on_as_it_came(client: httpx.AsyncClient, hooks: FakeHooks) -> None:
    body = b'{"type": "cart.updated",  "data": "\xc3\xa9"}'
    answer = await client.post("/hooks/web", content=body, headers={"Webhook-Id": "msg_1"})
    assert (answer.status_code, answer.json()) == (202, {"taken": True})
    source, headers, received = hooks.received[0]
    assert (source, headers["webhook-id"], received) == ("web", "msg_1", body)


@pytest.mark.parametrize("path", ["/hooks/nobody", "/hooks/UPPER", "/hooks/a%20b", f"/hooks/{'a' * 65}", "/hooks/"])
async def test_an_unknown_source_is_not_found(client: httpx.AsyncClient, hooks: FakeHooks, path: str) -> None:
    assert (await client.post(path, content=b"{}")).status_code == 404
    assert hooks.received == []


async def test_only_post_is_taken(client: httpx.AsyncClient) -> None:
    assert (await client.get("/hooks/web")).status_code == 405


async def test_a_megabyte_is_taken_and_one_byte_more_is_not(client: httpx.AsyncClient, hooks: FakeHooks) -> None:
    assert (await client.post("/hooks/web", content=b"x" * 1_000_000)).status_code == 202
    answer = await client.post("/hooks/web", content=b"x" * 1_000_001)
    assert (answer.status_code, len(hooks.received)) == (413, 1)
    assert "larger than 1 MB" in answer.json()["detail"]


async def test_a_body_that_does_not_tell_its_size_is_bounded_too(client: httpx.AsyncClient, hooks: FakeHooks) -> None:
    assert (await client.post("/hooks/web", content=chunks(1000, 500))).status_code == 202
    assert (await client.post("/hooks/web", content=chunks(1000, 1100))).status_code == 413
    assert len(hooks.received) == 1


async def test_a_body_that_trickles_is_given_up(
    client: httpx.AsyncClient, hooks: FakeHooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks_route, "READ_WITHIN_S", 0.05)
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    writer.write(b"POST /hooks/web HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    status = await asyncio.wait_for(reader.readline(), 5)
    assert b" 408 " in status
    assert hooks.received == []
    writer.close()
