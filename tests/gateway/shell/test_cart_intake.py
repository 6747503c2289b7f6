"""Where every payload goes in: once, on disk before it is answered, with the row that says how far one is."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from nearcart_gateway.core.changes import Changes, SetAside
from nearcart_gateway.core.hooks.event import Fetch, HookEvent
from nearcart_gateway.core.source_rows import Fetched, PollCursor
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.sources.intake import CartIntake, Taken
from nearcart_gateway.shell.storage import fetches
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.writer import NotCommittedError, Writer


class NoEngine:
    def tick(self, _now: float, _changes: Changes) -> None:
        return


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[tuple[CartIntake, sqlite3.Connection]]:
    async def committed(_changes: Changes) -> None:
        return

    path, clock = tmp_path / "store.sqlite", StoreClock()
    writer = Writer(lambda _now: NoEngine(), connect(path), clock, committed)  # type: ignore[arg-type, return-value]
    reading = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    running = asyncio.create_task(writer.run())
    yield CartIntake(writer, clock, reading), reading
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    reading.close()


def event(key: str = "e-1", *changes: Any) -> HookEvent:
    return HookEvent(key, changes)


def moves(value: str) -> Any:
    return lambda changes: changes.sources.cursors.append(PollCursor("web", "orders", value))


async def test_the_same_twice_at_once_is_taken_once_and_the_other_told_to_come_again(
    parts: tuple[CartIntake, sqlite3.Connection],
) -> None:
    intake, _ = parts
    first, second = await asyncio.gather(
        intake.take("web", [event()]), intake.take("web", [event()]), return_exceptions=True
    )
    assert first == Taken(1, 0)
    assert isinstance(second, NotCommittedError), "its first may yet fail: 200 is only for what is on disk"
    assert await intake.take("web", [event()]) == Taken(0, 1)
    assert await intake.take("other", [event()]) == Taken(1, 0), "ids count within a source"


async def test_a_cursor_moves_with_what_it_brought_and_with_repeats(
    parts: tuple[CartIntake, sqlite3.Connection],
) -> None:
    intake, reading = parts
    await intake.take("web", [event("a"), event("b")], (), moves("1"))
    assert fetches.cursor_of(reading, "web", "orders") == "1"
    assert await intake.take("web", [event("a"), event("b")], (), moves("2")) == Taken(0, 2)
    assert fetches.cursor_of(reading, "web", "orders") == "2"
    assert fetches.cursor_of(reading, "web", "checkouts") is None


async def test_a_document_that_a_poll_meets_again_is_set_aside_once(
    parts: tuple[CartIntake, sqlite3.Connection],
) -> None:
    intake, reading = parts
    kept = SetAside("web", {}, b"{", "Invalid JSON", 1.0, "order.updated", "document:1")
    for _ in range(3):
        await intake.take("web", (), [kept])
    assert reading.execute("SELECT repeats FROM set_aside").fetchall() == [(0,)]
    assert intake.counted["web", "unreadable"] == 1


async def test_what_changes_again_while_it_is_fetched_is_fetched_again(
    parts: tuple[CartIntake, sqlite3.Connection],
) -> None:
    intake, reading = parts
    await intake.take("web", [event("a", Fetch("web", "cart", "c-1", 100.0))])
    (wanted,) = fetches.due(reading, "web", 1e12)
    await intake.take("web", [event("b", Fetch("web", "cart", "c-1", 105.0))])

    def came(changes: Changes) -> None:
        changes.sources.fetched.append(Fetched(wanted.fetch, b"digest"))

    await intake.take("web", (), (), came)
    (again,) = fetches.due(reading, "web", 1e12)
    assert again.fetch.at == 105.0
    await intake.take("web", (), (), lambda changes: changes.sources.fetched.append(Fetched(again.fetch, b"digest")))
    assert fetches.due(reading, "web", 1e12) == []
    assert fetches.waiting(reading) == {}
