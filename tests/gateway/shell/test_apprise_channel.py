"""Offers out through Apprise, to a real server: once at most, marked before they leave, and never again after a crash."""

import asyncio
import json
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from nearcart_contract.channel_file import AppriseChannel
from nearcart_contract.store_file import Store
from nearcart_gateway.core.changes import Changes, Delivery
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.shell.channels.apprise import AppriseDelivery
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.deliver import Deliverer
from nearcart_gateway.shell.storage import deliveries
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.writer import NotCommittedError

BODY = json.dumps(
    {
        "key": "key-1", "store": "test", "offer": "hello", "visitor": "anna", "zone": "wine", "text": "Ten % off wine.",
        "decided_at": "2026-11-01T10:00:00Z", "expires_at": "2026-11-01T10:10:00Z",
    }
)  # fmt: skip
Save = Callable[[Callable[[StoreEngine, Changes], None]], Any]


@asynccontextmanager
async def service(*statuses: int) -> AsyncIterator[tuple[int, list[dict[str, Any]]]]:
    """A service that Apprise's ``json://`` posts to; answers with these statuses, then with 200."""
    received: list[dict[str, Any]] = []
    left = list(statuses)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        length = next(int(line.split(":")[1]) for line in head if line.startswith("content-length"))
        received.append(json.loads(await reader.readexactly(length)))
        status = left.pop(0) if left else 200
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], received


@pytest.fixture
def store() -> Store:
    return Store.model_validate(
        {
            "store": "test",
            "name": "Test shop",
            "time_zone": "UTC",
            "currency": "EUR",
            "zones": {"wine": {"name": "Wines"}},
            "scanners": {"door": {"x": 0, "y": 0, "zone": "wine"}},
        }
    )


def to(store: Store, *urls: str) -> AppriseDelivery:
    channel = AppriseChannel.model_validate({"kind": "apprise", "urls": urls})
    return AppriseDelivery(store, channel, lambda _topic, _body: asyncio.sleep(0))


def an_offer(**more: Any) -> Delivery:
    now = StoreClock().now()
    fields = {"created_at": now, "next_at": now, "expires_at": now + 60, **more}
    return Delivery("key-1", "chat", "anna", "wine", BODY, **fields)


async def settle(channel: AppriseDelivery, delivery: Delivery, save: Save) -> Delivery:
    """How this offer ends."""
    settled: asyncio.Future[Delivery] = asyncio.get_running_loop().create_future()
    deliverer = Deliverer({"chat": channel}, StoreClock(), save, settled.set_result)
    deliverer.add([delivery])
    running = asyncio.create_task(deliverer.run())
    try:
        return await asyncio.wait_for(settled, 10)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def writes_down(states: list[str]) -> Save:
    async def save(apply: Callable[[Any, Changes], None]) -> None:
        changes = Changes()
        apply(None, changes)
        states.extend(delivery.state for delivery in changes.deliveries)

    return save


async def test_the_offer_and_where_she_stands_arrive_under_the_stores_name(store: Store) -> None:
    states: list[str] = []
    async with service() as (port, received):
        outcome = await settle(to(store, f"json://127.0.0.1:{port}/room"), an_offer(), writes_down(states))
    assert (outcome.state, outcome.error) == ("sent", None)
    assert states == ["sending", "sent"]
    assert [(said["title"], said["message"]) for said in received] == [("Test shop", "Ten % off wine.\n(Wines)")]


async def test_what_was_not_confirmed_is_not_sent_again(store: Store) -> None:
    async with service(500, 200) as (port, received):
        outcome = await settle(to(store, f"json://127.0.0.1:{port}/room"), an_offer(), writes_down([]))
    assert (outcome.state, outcome.attempts, len(received)) == ("unknown", 1, 1)


async def test_an_address_that_is_none_fails_before_anything_leaves(store: Store, caplog: Any) -> None:
    async with service() as (port, received):
        channel = to(store, f"json://127.0.0.1:{port}/room", "nonsense://user:hunter2@there")
        with caplog.at_level(logging.DEBUG):
            outcome = await settle(channel, an_offer(), writes_down([]))
    assert outcome.state == "failed"
    assert "address 2" in (outcome.error or "")
    assert received == []
    assert "hunter2" not in f"{outcome.error}{caplog.text}"


async def test_nothing_leaves_that_could_not_be_marked_first(store: Store) -> None:
    states: list[str] = []
    refuse = 2

    async def save(apply: Callable[[Any, Changes], None]) -> None:
        nonlocal refuse
        refuse -= 1
        if refuse >= 0:
            raise NotCommittedError("the disk is full")
        await writes_down(states)(apply)

    async with service() as (port, received):
        outcome = await settle(to(store, f"json://127.0.0.1:{port}/room"), an_offer(), save)
        assert len(received) == 1
    assert outcome.state == "sent"
    assert states == ["sending", "sent"]


async def test_after_a_crash_it_is_not_known_and_stays_unsent(store: Store, tmp_path: Path) -> None:
    connection = connect(tmp_path / "nearcart.sqlite")
    _decided(connection)
    deliveries.write_delivery(connection, an_offer(state="sending"))
    (waiting,) = deliveries.read_waiting(connection)
    async with service() as (port, received):
        outcome = await settle(to(store, f"json://127.0.0.1:{port}/room"), waiting, writes_down([]))
    connection.close()
    assert outcome.state == "unknown"
    assert received == []


def _decided(connection: sqlite3.Connection) -> None:
    connection.execute(
        "INSERT INTO decisions (key, moment, kind, visitor, visit, at, outcome, reason, considered, inputs)"
        " VALUES ('key-1', 'm', 'enter', 'anna', 'v', 0, 'sent', '', '[]', '{}')"
    )
