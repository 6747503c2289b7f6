"""The live stream: everything at once, then what changed."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from nearcart_gateway.shell.web import events

from .fake_store import OPENED, SENT, SILENT, FakeStore

Event = tuple[str, Any]


async def read_events(client: httpx.AsyncClient) -> AsyncIterator[Event]:
    async with client.stream("GET", "/events") as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        name = ""
        async for line in answer.aiter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                yield name, json.loads(value)


async def take(stream: AsyncIterator[Event], count: int) -> list[Event]:
    return [await asyncio.wait_for(anext(stream), 5) for _ in range(count)]


async def test_a_stream_starts_with_everything(client: httpx.AsyncClient) -> None:
    start = dict(await take(read_events(client), 5))
    assert list(start) == ["floor", "health", "people", "decisions", "edges"]
    assert start["floor"]["name"] == "Corner Shop"
    assert [person["pseudonym"] for person in start["people"]][:2] == ["amber fox", "quick heron"]
    assert start["decisions"][0]["key"] == SENT.key
    assert start["health"]["now"] == OPENED


async def test_an_empty_feed_is_said_too(client: httpx.AsyncClient, store: FakeStore) -> None:
    store.feed = []
    assert ("decisions", []) in await take(read_events(client), 5)


async def test_only_what_changed_follows(client: httpx.AsyncClient, store: FakeStore) -> None:
    stream = read_events(client)
    await take(stream, 5)
    store.move(7.5, 2.5)
    [(name, people)] = await take(stream, 1)
    assert (name, people[0]["x"], people[0]["y"]) == ("people", 7.5, 2.5)


async def test_a_new_decision_and_news_of_a_delivery_come_alone(client: httpx.AsyncClient, store: FakeStore) -> None:
    stream = read_events(client)
    await take(stream, 5)
    store.decide(replace(SILENT, key="new", at=OPENED))
    [(_, rows)] = await take(stream, 1)
    assert [row["key"] for row in rows] == ["new"]
    store.decide(replace(SENT, delivery="delivered"))
    [(_, rows)] = await take(stream, 1)
    assert [(row["key"], row["delivery"]) for row in rows] == [(SENT.key, "delivered")]


async def test_a_burst_is_at_most_four_updates_a_second(client: httpx.AsyncClient, store: FakeStore) -> None:
    stream = read_events(client)
    await take(stream, 5)
    loop = asyncio.get_running_loop()
    started = loop.time()
    places = []
    while not places or places[-1] < 40:
        for _ in range(10):
            store.move(len(places) + 1.0 if len(places) < 3 else 40.0, 1.0)
        [(_, people)] = await take(stream, 1)
        places.append(people[0]["x"])
    assert len(places) - 1 <= (loop.time() - started) / 0.25 + 1
    assert places[-1] == 40.0


async def test_a_heartbeat_carries_the_stores_clock(
    client: httpx.AsyncClient, store: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_S", 0.02)
    stream = read_events(client)
    await take(stream, 5)
    store.now = OPENED + 30
    assert ("clock", {"now": OPENED + 30}) in await take(stream, 3)


async def test_too_many_pages_are_told_to_wait(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_STREAMS", 1)
    first = read_events(client)
    await take(first, 1)
    answer = await client.get("/events")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
