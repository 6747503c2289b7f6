"""Erasing and merging visitors: by the gateway that runs, at once and in one transaction; by the command when none does."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import structlog

from nearcart_contract.store_file import Store
from nearcart_gateway.core.changes import Changes, PeopleChange
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.merging import why_not
from nearcart_gateway.core.values import Visit
from nearcart_gateway.core.visits import PresenceEnded, Visits
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.crash import crash_point
from nearcart_gateway.shell.storage import cleaning, erasure, people_requests, presence, visitor_pages, visits
from nearcart_gateway.shell.storage.cleaning import NotCleanedError
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect, connect_reading
from nearcart_gateway.shell.storage.first_slots import first_slots
from nearcart_gateway.shell.storage.visitors import UnknownVisitorError
from nearcart_gateway.shell.writer import NotCommittedError, Writer

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.5
AGAIN_S = 5.0


class NotMergedError(Exception):
    """These two can't be merged; the sentence says what to do first."""


def erase_alone(connection: sqlite3.Connection, path: Path, store: Store, visitor: str, now: float) -> None:
    """Erase a visitor while no gateway runs. Raises ``NotCleanedError``: then she is gone, and only traces are left."""
    names = erasure.names(connection, erasure.who(connection, visitor))
    commit(connection, Changes(people=[PeopleChange(visitor, None, store.time_zone, store.currency)]), now)
    crash_point("after_erasure")
    cleaning.clean(connection, path, names, now)


def merge_alone(connection: sqlite3.Connection, store: Store, visitor: str, target: str, now: float) -> None:
    """Merge a visitor into another while no gateway runs. Raises ``NotMergedError``, ``UnknownVisitorError``."""
    check_merge(connection, visitor, target)
    inside = Visits(store.store, lambda _zone: ())
    inside.load(visits.read_open_visits(connection), presence.read_presences(connection), now)
    changes = Changes(people=[PeopleChange(visitor, target)])
    for change in inside.merge(visitor, target, now):
        if isinstance(change, Visit):
            changes.visits[change.id] = change
        elif not isinstance(change, PresenceEnded):
            changes.presences.append(change)  # type: ignore[arg-type]
    commit(connection, changes, now)


def check_merge(connection: sqlite3.Connection, visitor: str, target: str) -> None:
    """Raises ``NotMergedError`` and ``UnknownVisitorError``."""
    one, other = (visitor_pages.one(connection, each).visitor for each in (visitor, target))
    problem = why_not(one, other)
    if problem is not None:
        raise NotMergedError(problem)


def finish(connection: sqlite3.Connection, path: Path, store: Store, now: float) -> None:
    """Do what was asked and not done, and clean up after an erasure that a crash cut short, before anything else happens."""
    for request in people_requests.waiting(connection):
        if request.target is None:
            erase_alone(connection, path, store, request.visitor, now)
            continue
        try:
            merge_alone(connection, store, request.visitor, request.target, now)
        except (NotMergedError, UnknownVisitorError) as error:
            people_requests.answer(connection, request.number, f"refused: {error}")
    if cleaning.pending(connection):
        cleaning.clean(connection, path, None, now)


class People:
    """Erases and merges in the running gateway: its memory forgets in the same step as the database."""

    def __init__(
        self, store: Store, path: Path, writer: Writer, clock: StoreClock, forgotten: Callable[[str], None]
    ) -> None:
        self._store = store
        self._path = path
        self._writer = writer
        self._clock = clock
        self._forgotten = forgotten
        self._one_at_a_time = asyncio.Lock()
        self._erasing: set[asyncio.Task[None]] = set()
        self.enrolment = asyncio.Lock()
        """Held while who is enrolled is read and handed to the engine, and while that changes here."""

    async def run(self) -> None:
        """Answer requests of other processes until cancelled."""
        with self._reading() as connection:
            version = -1
            while True:
                latest = connection.execute("PRAGMA data_version").fetchone()[0]
                if latest != version:
                    version = latest
                    await self._answer(connection)
                await asyncio.sleep(LOOK_EVERY_S)

    async def erase(self, visitor: str) -> None:
        """Erase a visitor; returns when nothing of her is left. Raises ``UnknownVisitorError``, ``NotCommittedError``.

        Whoever stops waiting stops nothing: it is done to its end.
        """
        erasing = asyncio.create_task(self._erase(visitor))
        self._erasing.add(erasing)
        erasing.add_done_callback(self._erasing.discard)
        await asyncio.shield(erasing)

    async def _erase(self, visitor: str) -> None:
        async with self._one_at_a_time:
            her, names = await asyncio.to_thread(self._who, visitor)

            def apply(engine: StoreEngine, changes: Changes) -> None:
                engine.forget(visitor, her.customers, changes)
                changes.people.append(PeopleChange(visitor, None, self._store.time_zone, self._store.currency))

            async with self.enrolment:
                await self._writer.commit_soon(apply)
            crash_point("after_erasure")
            self._forgotten(visitor)
            await self._clean(names)
            log.info("visitor_erased")

    async def merge(self, visitor: str, target: str) -> None:
        """Merge a visitor into another. Raises ``NotMergedError``, ``UnknownVisitorError``, ``NotCommittedError``."""
        async with self._one_at_a_time:
            await asyncio.to_thread(self._check_merge, visitor, target)

            def apply(engine: StoreEngine, changes: Changes) -> None:
                with self._reading() as connection:
                    slots = first_slots(connection, (visitor, target))
                engine.merge(visitor, target, slots, self._clock.now(), changes)
                changes.people.append(PeopleChange(visitor, target))

            async with self.enrolment:
                await self._writer.commit_soon(apply)
            self._forgotten(visitor)
            log.info("visitors_merged")

    async def _answer(self, connection: sqlite3.Connection) -> None:
        for request in people_requests.waiting(connection):
            try:
                if request.target is None:
                    await self.erase(request.visitor)
                else:
                    await self.merge(request.visitor, request.target)
            except (NotMergedError, UnknownVisitorError) as error:
                await self._refuse(request.number, str(error))
            except (NotCommittedError, sqlite3.Error) as error:
                log.warning("people_request_waits", problem=str(error))

    async def _clean(self, names: frozenset[str]) -> None:
        """Until it is done: somebody may be reading."""
        while True:
            try:
                await asyncio.to_thread(self._truncate)
                if await asyncio.to_thread(cleaning.has_remains, self._path, names):
                    await self._writer.in_its_thread(cleaning.rewrite)
                    log.info("database_written_anew", why="a page held copies of what was erased")
                await asyncio.to_thread(self._mark_clean)
            except (NotCleanedError, sqlite3.Error) as error:
                log.warning("erased_but_not_cleaned", problem=str(error), again_in_s=AGAIN_S)
                await asyncio.sleep(AGAIN_S)
            else:
                return

    async def _refuse(self, number: int, problem: str) -> None:
        def refuse() -> None:
            with contextlib.closing(connect(self._path)) as connection:
                people_requests.answer(connection, number, f"refused: {problem}")

        await asyncio.to_thread(refuse)

    def _who(self, visitor: str) -> tuple[erasure.Her, frozenset[str]]:
        with self._reading() as connection:
            if not erasure.is_known(connection, visitor):
                raise UnknownVisitorError(f"nothing is kept of '{visitor}'")
            her = erasure.who(connection, visitor)
            return her, erasure.names(connection, her)

    def _check_merge(self, visitor: str, target: str) -> None:
        with self._reading() as connection:
            check_merge(connection, visitor, target)

    def _truncate(self) -> None:
        with contextlib.closing(connect(self._path)) as connection:
            cleaning.truncate_log(connection)
        crash_point("after_truncation")

    def _mark_clean(self) -> None:
        with contextlib.closing(connect(self._path)) as connection:
            cleaning.mark_clean(connection, self._clock.now())

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(connect_reading(self._path)) as connection:
            yield connection
