"""The API's own way to the store's database: one thread that reads and one that writes, so that no question holds up the store.

It writes as ``nearcart visitors`` does, through the same storage modules and a connection of its own; the gateway takes it up
like any other process's change.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from nearcart_gateway.shell.storage.database import DatabaseError, connect, connect_reading
from nearcart_gateway.shell.web.rest.problems import ProblemError

T = TypeVar("T")

READ_WITHIN_S = 5.0
"""A question that takes longer is given up."""

_LOOK_EVERY = 20_000
"""Steps of SQLite's virtual machine between two looks at the clock."""


class ApiDatabase:
    """Opened when first asked, so that a store without API users pays nothing."""

    def __init__(self, path: Path, read_within_s: float = READ_WITHIN_S) -> None:
        self._path = path
        self._read_within_s = read_within_s
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="api-read")
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="api-write")
        self._reading: sqlite3.Connection | None = None
        self._writing: sqlite3.Connection | None = None

    async def read(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Ask. Raises ``ProblemError`` 503 for what takes longer than it may."""
        return await self._run(self._reader, lambda: self._ask(question))

    async def write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Change. Raises ``ProblemError`` 503 while the file can't be written."""
        return await self._run(self._writer, lambda: change(self._write_connection()))

    def later(self, change: Callable[[sqlite3.Connection], object]) -> None:
        """Change something that nobody waits for; it is no matter if that fails."""

        def unless_it_fails() -> None:
            with contextlib.suppress(sqlite3.Error, DatabaseError):
                change(self._write_connection())

        self._writer.submit(unless_it_fails)

    def close(self) -> None:
        """Wait for what runs, and close the files."""
        for thread in (self._reader, self._writer):
            thread.shutdown(cancel_futures=True)
        for connection in (self._reading, self._writing):
            if connection is not None:
                connection.close()

    async def _run(self, thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(thread, work)
        except sqlite3.OperationalError as error:
            text = str(error)
            why = "This question takes too long: ask for less." if text == "interrupted" else "The database is busy."
            raise ProblemError(503, f"{why} Try again.", headers={"Retry-After": "5"}) from error

    def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        if self._reading is None:
            self._reading = connect_reading(self._path)
        deadline = time.monotonic() + self._read_within_s
        self._reading.set_progress_handler(lambda: time.monotonic() > deadline, _LOOK_EVERY)
        with _one_state(self._reading):
            return question(self._reading)

    def _write_connection(self) -> sqlite3.Connection:
        if self._writing is None:
            self._writing = connect(self._path)
        return self._writing


@contextlib.contextmanager
def _one_state(connection: sqlite3.Connection) -> Iterator[None]:
    """All of a question's queries see the same state of the file."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
