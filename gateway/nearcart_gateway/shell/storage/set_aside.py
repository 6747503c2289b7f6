"""Payloads that could not be read: each kept whole once, its repeats counted, the oldest let go of."""

import json
import sqlite3
from dataclasses import dataclass

from nearcart_gateway.core.changes import SetAside

KEPT_S = 30 * 86_400.0
"""Seconds since a payload last came."""

KEPT_PAYLOADS = 1_000
"""A payload is 1 MB at most, and seldom more than 20 kB."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One row: ``repeats`` came after the first, the last of them at ``last_at`` (Unix seconds)."""

    number: int
    payload: SetAside
    repeats: int
    last_at: float


def write(connection: sqlite3.Connection, kept: SetAside) -> None:
    """Keep a payload, or count it when its bytes are kept already."""
    connection.execute(
        "INSERT INTO set_aside (source, received_at, last_at, headers, body, error, kind, key, digest)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE SET"
        " repeats = repeats + 1, last_at = excluded.last_at, error = excluded.error",
        (
            kept.source,
            kept.received_at,
            kept.received_at,
            json.dumps(kept.headers),
            kept.body,
            kept.problem,
            kept.kind,
            kept.key,
            kept.digest,
        ),
    )


def read(connection: sqlite3.Connection, source: str | None = None) -> list[Kept]:
    """All that is kept, or one source's, in the order they first came."""
    rows = connection.execute(
        "SELECT id, source, headers, body, error, received_at, kind, key, repeats, last_at FROM set_aside"
        " WHERE ? IS NULL OR source = ? ORDER BY id",
        (source, source),
    )
    return [
        Kept(number, SetAside(name, json.loads(headers), bytes(body), error, at, kind, key), repeats, last_at)
        for number, name, headers, body, error, at, kind, key, repeats, last_at in rows
    ]


def counted(connection: sqlite3.Connection) -> dict[str, int]:
    """How many are kept now, by source."""
    return dict(connection.execute("SELECT source, count(*) FROM set_aside GROUP BY source").fetchall())


def remove(connection: sqlite3.Connection, number: int) -> None:
    connection.execute("DELETE FROM set_aside WHERE id = ?", (number,))


def prune(connection: sqlite3.Connection, now: float) -> int:
    """Let go of what last came long ago, and of the oldest where there are too many. How many went."""
    old = connection.execute("DELETE FROM set_aside WHERE last_at < ?", (now - KEPT_S,)).rowcount
    many = connection.execute(
        "DELETE FROM set_aside WHERE id IN (SELECT id FROM set_aside ORDER BY last_at DESC, id DESC LIMIT -1 OFFSET ?)",
        (KEPT_PAYLOADS,),
    ).rowcount
    return old + many
