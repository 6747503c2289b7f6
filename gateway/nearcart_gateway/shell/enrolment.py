"""Who is enrolled, read again whenever another process (``nearcart visitors``) wrote to the database."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path

import structlog

from nearcart_gateway.core.engine import Enrolled
from nearcart_gateway.shell.storage import visitors
from nearcart_gateway.shell.storage.database import connect_reading
from nearcart_gateway.shell.storage.visitors import EnrolledVisitor

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.5

Changed = Callable[[list[EnrolledVisitor]], Awaitable[None]]


def as_enrolled(visitor: EnrolledVisitor) -> Enrolled:
    """What the engine needs of a visitor: no keys."""
    return Enrolled(visitor.visitor, tuple(identity for identity, _ in visitor.carried))


def roster_of(everybody: Iterable[EnrolledVisitor], *, health_data: bool) -> Iterator[tuple[str, str]]:
    """Whom edges are to know: roster id and JSON of each identity whose visitor is on the roster.

    ``health_data``: what store.yaml says of it; with the visitor's consent edges are told that they may publish her heart rate.
    """
    for visitor in everybody:
        if not as_enrolled(visitor).on_roster:
            continue
        health = health_data and visitor.visitor.consents_to("health")
        for identity, document in visitor.carried:
            yield identity, f'{document[:-1]},"health":true}}' if health else document


async def watch(database: Path, changed: Changed, unchanged: asyncio.Lock) -> None:
    """Call ``changed`` with everybody whenever the visitors differ from the last time. Runs until cancelled.

    ``unchanged`` is held from reading to telling: nobody is erased or merged between, and told of after that.
    """
    connection = connect_reading(database)
    try:
        version, known = -1, None
        while True:
            # SQLite counts this up when any other connection commits: a look costs microseconds.
            latest = connection.execute("PRAGMA data_version").fetchone()[0]
            if latest != version:
                version = latest
                mark = connection.execute("SELECT count(*), max(updated_at), total(version) FROM visitors").fetchone()
                if mark != known:
                    async with unchanged:
                        await _tell(connection, changed)
                    known = mark
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        connection.close()


async def _tell(connection: sqlite3.Connection, changed: Changed) -> None:
    """Read and hand on; nothing of it stays here."""
    everybody = await asyncio.to_thread(visitors.everybody, connection)
    log.info("visitors_read", enrolled=len(everybody))
    await changed(everybody)
