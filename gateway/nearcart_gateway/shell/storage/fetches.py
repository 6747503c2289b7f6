"""What is to be fetched from a shop's API, until it was; and how far each poll has come."""

import sqlite3
from dataclasses import dataclass

from nearcart_gateway.core.hooks.event import Fetch
from nearcart_gateway.core.source_rows import Fetched, PollCursor

DEBOUNCE_S = 0.5
"""A shop tells of one change several times at once: one fetch will do."""

KEPT_S = 7 * 86_400.0
"""What could not be fetched for so long is let go of."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One row: ``seen`` is the digest of what was fetched last, ``failures`` those since then."""

    fetch: Fetch
    seen: bytes | None
    failures: int


def want(connection: sqlite3.Connection, fetch: Fetch, now: float) -> None:
    """Note a thing to fetch; again is sooner and newer, never twice."""
    connection.execute(
        "INSERT INTO cart_fetches (source, kind, id, credential, wanted_at, next_at, failures) VALUES (?, ?, ?, ?, ?, ?, 0)"
        " ON CONFLICT (source, kind, id) DO UPDATE SET wanted_at = max(wanted_at, excluded.wanted_at),"
        " credential = coalesce(excluded.credential, credential), next_at = min(next_at, excluded.next_at)",
        (fetch.source, fetch.kind, fetch.id, fetch.credential, fetch.at or now, now + DEBOUNCE_S),
    )


def due(connection: sqlite3.Connection, source: str, now: float, limit: int = 50) -> list[Wanted]:
    """What is to be fetched now, the longest waiting first."""
    rows = connection.execute(
        "SELECT kind, id, wanted_at, credential, seen, failures FROM cart_fetches"
        " WHERE source = ? AND next_at <= ? ORDER BY next_at LIMIT ?",
        (source, now, limit),
    )
    return [
        Wanted(Fetch(source, kind, thing, at, credential), seen, failures)
        for kind, thing, at, credential, seen, failures in rows
    ]


def fetched(connection: sqlite3.Connection, done: Fetched) -> None:
    """It was fetched: done with, unless it changed again meanwhile or is looked at again later."""
    fetch = done.fetch
    if done.again_at is None:
        connection.execute(
            "DELETE FROM cart_fetches WHERE source = ? AND kind = ? AND id = ? AND wanted_at <= ?",
            (fetch.source, fetch.kind, fetch.id, fetch.at),
        )
        return
    connection.execute(
        "UPDATE cart_fetches SET seen = ?, failures = 0, next_at = CASE WHEN wanted_at <= ? THEN ? ELSE next_at END"
        " WHERE source = ? AND kind = ? AND id = ?",
        (done.seen, fetch.at, done.again_at, fetch.source, fetch.kind, fetch.id),
    )


def failed(connection: sqlite3.Connection, fetch: Fetch, failures: int, next_at: float) -> None:
    connection.execute(
        "UPDATE cart_fetches SET failures = ?, next_at = ? WHERE source = ? AND kind = ? AND id = ?",
        (failures, next_at, fetch.source, fetch.kind, fetch.id),
    )


def waiting(connection: sqlite3.Connection) -> dict[str, int]:
    """How many things wait to be fetched, by source."""
    return dict(connection.execute("SELECT source, count(*) FROM cart_fetches GROUP BY source").fetchall())


def prune(connection: sqlite3.Connection, now: float) -> int:
    return connection.execute("DELETE FROM cart_fetches WHERE wanted_at < ?", (now - KEPT_S,)).rowcount


def keep_cursor(connection: sqlite3.Connection, cursor: PollCursor, now: float) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO source_cursors VALUES (?, ?, ?, ?)", (cursor.source, cursor.name, cursor.value, now)
    )


def cursor_of(connection: sqlite3.Connection, source: str, name: str) -> str | None:
    """Where a poll goes on, or ``None`` where it never was."""
    row = connection.execute(
        "SELECT value FROM source_cursors WHERE source = ? AND name = ?", (source, name)
    ).fetchone()
    return None if row is None else str(row[0])
