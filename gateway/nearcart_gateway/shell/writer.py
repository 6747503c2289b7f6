"""The one writer: takes work in groups, lets the engine apply it, commits once, and only then acknowledges.

What waits while a commit runs is the next group, so a slow card makes groups larger and not queues longer. When a commit fails
the engine is thrown away and loaded from the database: nothing was acknowledged, and the edges send it again.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.crash import crash_point
from nearcart_gateway.shell.storage.commit import commit

log = structlog.get_logger(__name__)

Apply = Callable[[StoreEngine, Changes], None]
Committed = Callable[[Changes], Awaitable[None]]

TICK_S = 0.1
"""Time passes in the engine this often."""

GROUP = 256
"""Pieces of work in one transaction at most."""

QUEUED = 2048
RETRY_S = 1.0


class NotCommittedError(Exception):
    """The transaction failed and nothing of it happened; try again later."""


@dataclass(frozen=True, slots=True)
class Work:
    """Something for the engine; ``done`` is told when it is committed, or why it is not."""

    apply: Apply
    done: asyncio.Future[None] | None = None


class Writer:
    """Owns the engine and the writing connection."""

    def __init__(
        self,
        load: Callable[[float], StoreEngine],
        connection: sqlite3.Connection,
        clock: StoreClock,
        committed: Committed,
    ) -> None:
        self._load = load
        self._connection = connection
        self._clock = clock
        self._committed = committed
        self._queue: asyncio.Queue[Work] = asyncio.Queue(QUEUED)
        self.engine = load(clock.now())
        self.counted: Counter[str] = Counter()
        self.problem: str | None = None

    async def put(self, apply: Apply) -> None:
        """Give work and go on; waits while the queue is full."""
        await self._queue.put(Work(apply))

    def offer(self, apply: Apply) -> bool:
        """Give work that may be dropped; False when the queue is more than half full and it was."""
        if self._queue.qsize() > QUEUED // 2:
            return False
        self._queue.put_nowait(Work(apply))
        return True

    async def commit(self, apply: Apply) -> None:
        """Give work and wait until it is on disk. Raises ``NotCommittedError``."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._queue.put(Work(apply, done))
        await done

    async def run(self) -> None:
        """Write until cancelled."""
        ticked = self._clock.now()
        while True:
            group = await self._gather()
            changes = Changes()
            try:
                for work in group:
                    work.apply(self.engine, changes)
                now = self._clock.now()
                if now >= ticked + TICK_S / 2:
                    self.engine.tick(now, changes)
                    ticked = now
                if changes:
                    crash_point("before_commit")
                    await asyncio.to_thread(commit, self._connection, changes, now)
                    crash_point("after_commit")
            except sqlite3.Error as error:
                await self._start_over(group, error)
                continue
            self.problem = None
            self.counted.update(changes.counted)
            _tell(group, None)
            await self._committed(changes)

    async def _gather(self) -> list[Work]:
        """What waits, or nothing when a tick is due."""
        group: list[Work] = []
        try:
            async with asyncio.timeout(TICK_S):
                group.append(await self._queue.get())
        except TimeoutError:
            return group
        while len(group) < GROUP and not self._queue.empty():
            group.append(self._queue.get_nowait())
        return group

    async def _start_over(self, group: list[Work], error: sqlite3.Error) -> None:
        self.counted["commit_failures"] += 1
        self.problem = f"the database can't be written ({error}): nothing is lost, edges keep what is not acknowledged"
        log.error("commit_failed", problem=self.problem, again_in_s=RETRY_S)
        _tell(group, NotCommittedError(str(error)))
        await asyncio.sleep(RETRY_S)
        self.engine = self._load(self._clock.now())


def _tell(group: list[Work], error: Exception | None) -> None:
    for work in group:
        if work.done is None or work.done.done():
            continue
        if error is None:
            work.done.set_result(None)
        else:
            work.done.set_exception(error)
