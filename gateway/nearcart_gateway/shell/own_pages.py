"""Visitors' own pages: who has hers open, and the database behind them on a thread and a connection of its own."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from nearcart_gateway.core.changes import Delivery
from nearcart_gateway.shell.storage.database import connect

T = TypeVar("T")

MOST_OPEN = 128
"""Pages open at one time, of the 256 connections that the console takes."""

MOST_OF_ONE = 4


class OwnPages:
    """``now`` is the store's clock in Unix seconds. The file is opened when the first page or push asks."""

    def __init__(self, database: Path, now: Callable[[], float]) -> None:
        self._path = database
        self.now = now
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="own-pages")
        self._connection: sqlite3.Connection | None = None
        self._open: dict[str, list[asyncio.Event]] = {}
        self._awaited: dict[tuple[str, str], asyncio.Future[None]] = {}

    async def ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Read or change something. Raises ``sqlite3.Error``."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: question(self._connected()))

    def is_open(self, visitor: str) -> bool:
        """Whether she has her page open."""
        return visitor in self._open

    def has_room(self, visitor: str) -> bool:
        """Whether one more page may be opened, and one more of hers."""
        mine = len(self._open.get(visitor, ()))
        return mine < MOST_OF_ONE and sum(map(len, self._open.values())) < MOST_OPEN

    @contextmanager
    def opened(self, visitor: str) -> Iterator[asyncio.Event]:
        """Her page is open for the length of the block; the event is set whenever there may be news for it."""
        news = asyncio.Event()
        self._open.setdefault(visitor, []).append(news)
        try:
            yield news
        finally:
            self._open[visitor].remove(news)
            if not self._open[visitor]:
                del self._open[visitor]

    def tell(self, deliveries: Iterable[Delivery]) -> None:
        """Something about these was committed."""
        for delivery in deliveries:
            self._wake(delivery.visitor)

    async def show(self, visitor: str, name: str, within_s: float) -> bool:
        """Have her page show an offer; whether it said within so many seconds that it does."""
        shown = self._awaited.setdefault((visitor, name), asyncio.get_running_loop().create_future())
        self._wake(visitor)
        try:
            await asyncio.wait_for(asyncio.shield(shown), within_s)
        except TimeoutError:
            return False
        finally:
            self._awaited.pop((visitor, name), None)
        return True

    def seen(self, visitor: str, name: str) -> None:
        """Her page shows this offer."""
        shown = self._awaited.get((visitor, name))
        if shown is not None and not shown.done():
            shown.set_result(None)

    def close(self) -> None:
        """Wait for what runs, and close the file."""
        self._thread.shutdown(cancel_futures=True)
        if self._connection is not None:
            self._connection.close()

    def _wake(self, visitor: str) -> None:
        for news in self._open.get(visitor, ()):
            news.set()

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = connect(self._path)
        return self._connection
