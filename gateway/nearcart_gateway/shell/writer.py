"""The one writer: takes work in groups, lets the engine apply it, commits once, and only then acknowledges.

What waits while a commit runs is the next group, so a slow card makes groups larger and not queues longer. When a commit fails
the engine is thrown away and loaded from the database: nothing was acknowledged, and the edges send it again.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
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

GROUP_ROWS = 500
"""Transitions and samples in one transaction, about: a second's work on a Pi would hold up offers."""

ROWS_WAITING = 1000
"""Transitions and samples that wait before whoever brings more has to: they are a few hundred megabytes cheaper as bytes."""

SAMPLES_WAITING = 10_000
"""Samples that wait at most: half a second of a full store's. What comes on top is shed, as it would only be late."""

RETRY_S = 1.0

_STOPPING = "the gateway is stopping"


class NotCommittedError(Exception):
    """The transaction failed and nothing of it happened; try again later."""


class _FailedWorkError(Exception):
    """A piece of work raised what it should not."""

    def __init__(self, work: "Work") -> None:
        super().__init__()
        self.work = work


@dataclass(frozen=True, slots=True)
class Work:
    """Something for the engine; ``done`` is told when it is committed, or why it is not. ``rows``: how much it is, in
    transitions or samples; ``samples`` of them may be shed."""

    apply: Apply
    done: asyncio.Future[None] | None = None
    rows: int = 1
    samples: int = 0


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
        self._queue: asyncio.Queue[Work] = asyncio.Queue()
        self._room = asyncio.Event()
        self._rows_waiting = 0
        self._samples_waiting = 0
        self._running = self._stopped = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="commit")
        self.engine = load(clock.now())
        self.counted: Counter[str] = Counter()
        self.problem: str | None = None

    async def put(self, apply: Apply, rows: int = 1) -> None:
        """Give work and go on; waits while too much waits already."""
        await self._add(Work(apply, rows=rows))

    def offer(self, apply: Apply, samples: int) -> bool:
        """Give samples, which may be shed; False when too many wait and they were."""
        if self._samples_waiting + samples > SAMPLES_WAITING:
            return False
        self._samples_waiting += samples
        self._enqueue(Work(apply, rows=samples, samples=samples))
        return True

    async def commit(self, apply: Apply) -> None:
        """Give work and wait until it is on disk. Raises ``NotCommittedError``."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._add(Work(apply, done))
        await done

    async def commit_soon(self, apply: Apply) -> None:
        """As ``commit``; while nothing is written yet (``run`` has not begun) it is written at once."""
        if self._running or self._stopped:
            await self.commit(apply)
            return
        changes = Changes()
        apply(self.engine, changes)
        commit(self._connection, changes, self._clock.now())

    async def in_its_thread(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Do something to the database between two commits: until it is done, nothing is committed."""
        await asyncio.get_running_loop().run_in_executor(self._thread, work, self._connection)

    async def run(self) -> None:
        """Write until cancelled; a commit under way is waited for, and who waits for another is told that it won't come."""
        ticked = self._clock.now()
        self._running = True
        try:
            while True:
                ticked = await self._write(await self._gather(), ticked)
        finally:
            self._stopped = True
            self._thread.shutdown()
            self._room.set()
            left = [self._queue.get_nowait() for _ in range(self._queue.qsize())]
            _tell(left, NotCommittedError(_STOPPING))

    async def _write(self, group: list[Work], ticked: float) -> float:
        """Apply, tick when a tick is due, commit, tell. Returns when it last ticked."""
        changes = Changes()
        try:
            for work in group:
                self._apply(work, changes)
            now = self._clock.now()
            if now >= ticked + TICK_S / 2:
                ticked = now
                self._apply(Work(lambda engine, changes: engine.tick(now, changes)), changes)
            if changes:
                crash_point("before_commit")
                await asyncio.get_running_loop().run_in_executor(self._thread, commit, self._connection, changes, now)
                crash_point("after_commit")
        except sqlite3.Error as error:
            await self._start_over(group, error)
            return ticked
        except _FailedWorkError as failure:
            self._leave_out(failure, group)
            return ticked if failure.work in group else self._clock.now() + RETRY_S
        self.problem = None
        self.counted.update(changes.counted)
        if changes.counted["decisions_repeated"]:
            self.engine = self._load(self._clock.now())  # it counted what was on disk already
        _tell(group, None)
        await self._committed(changes)
        return ticked

    def _apply(self, work: Work, changes: Changes) -> None:
        try:
            work.apply(self.engine, changes)
        except sqlite3.Error:
            raise
        except Exception as error:
            raise _FailedWorkError(work) from error

    def _leave_out(self, failure: "_FailedWorkError", group: list[Work]) -> None:
        """One piece of work went wrong in a way nobody thought of: the engine, half changed, is loaded anew; the rest of the
        group comes again without it, and whoever waits for it is told."""
        self.counted["work_failures"] += 1
        log.error("work_failed", exc_info=failure.__cause__)
        _tell([failure.work], NotCommittedError("it failed; the log says why"))
        self.engine = self._load(self._clock.now())
        for work in group:
            if work is not failure.work:
                self._samples_waiting += work.samples
                self._enqueue(work)

    async def _add(self, work: Work) -> None:
        while self._rows_waiting >= ROWS_WAITING and not self._stopped:
            self._room.clear()
            await self._room.wait()
        if self._stopped:
            _tell([work], NotCommittedError(_STOPPING))
        else:
            self._enqueue(work)

    def _enqueue(self, work: Work) -> None:
        self._rows_waiting += work.rows
        self._queue.put_nowait(work)

    async def _gather(self) -> list[Work]:
        """What waits, or nothing when a tick is due."""
        group: list[Work] = []
        try:
            async with asyncio.timeout(TICK_S):
                group.append(await self._queue.get())
        except TimeoutError:
            return group
        rows = group[0].rows
        while rows < GROUP_ROWS and not self._queue.empty():
            group.append(self._queue.get_nowait())
            rows += group[-1].rows
        self._rows_waiting -= rows
        self._samples_waiting -= sum(work.samples for work in group)
        self._room.set()
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
