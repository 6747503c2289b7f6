"""Takes what another process left in the inbox: imports, and payloads tried again."""

import asyncio
import sqlite3
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import structlog

from nearcart_contract.store_file import Store
from nearcart_gateway.core.changes import SetAside
from nearcart_gateway.core.hooks.event import HookEvent, IgnoredError, News, UnreadableError
from nearcart_gateway.core.hooks.registry import read_payload
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.sources.intake import CartIntake
from nearcart_gateway.shell.storage import inbox
from nearcart_gateway.shell.storage.database import connect_reading
from nearcart_gateway.shell.storage.inbox import Waiting
from nearcart_gateway.shell.writer import NotCommittedError

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.5
AT_ONCE = 200
"""Payloads in one transaction: an offer never waits for a whole import."""


class InboxWatch:
    """Looks whether another process committed, and takes what waits."""

    def __init__(self, store: Store, intake: CartIntake, clock: StoreClock, database: Path) -> None:
        self._store = store
        self._intake = intake
        self._clock = clock
        self._database = database

    async def run(self) -> None:
        """Until cancelled."""
        connection = connect_reading(self._database)
        try:
            version = -1
            while True:
                latest = connection.execute("PRAGMA data_version").fetchone()[0]
                if latest != version:
                    version = latest
                    await self._empty(connection)
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            connection.close()

    async def _empty(self, connection: sqlite3.Connection) -> None:
        while rows := inbox.read(connection, AT_ONCE):
            try:
                for source, of_source in groupby(rows, key=lambda row: row.payload.source):
                    await self._take(source, list(of_source))
            except NotCommittedError as error:
                log.warning("inbox_waits", problem=str(error))
                await asyncio.sleep(LOOK_EVERY_S)

    async def _take(self, source: str, rows: Sequence[Waiting]) -> None:
        events: list[HookEvent] = []
        aside: list[SetAside] = []
        for row in rows:
            try:
                events.append(HookEvent(row.key, self._read(row)))
            except UnreadableError as error:
                kept = row.payload
                aside.append(SetAside(source, {}, kept.body, str(error), self._clock.now(), kept.kind, row.key))
            except IgnoredError:
                continue
        numbers = [row.number for row in rows]
        await self._intake.take(source, events, aside, lambda changes: changes.sources.inbox_done.extend(numbers))

    def _read(self, row: Waiting) -> tuple[News, ...]:
        configured = self._store.sources.get(row.payload.source)
        if configured is None:
            raise UnreadableError("its source is not in store.yaml any more")
        return read_payload(configured, row.payload)
