"""Visits, open and past."""

import sqlite3
from collections.abc import Iterable

from nearcart_gateway.core.values import Visit

_COLUMNS = "id, visitor, entered_at, zone, zone_since, stay, left_at, exit_reason"


def write_visit(connection: sqlite3.Connection, visit: Visit) -> None:
    connection.execute(
        f"INSERT OR REPLACE INTO visits ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 (constant)
        (
            visit.id,
            visit.visitor,
            visit.entered_at,
            visit.zone,
            visit.zone_since,
            visit.stay,
            visit.left_at,
            visit.exit_reason,
        ),
    )


def read_ended(connection: sqlite3.Connection, since: float) -> Iterable[tuple[str, float, float]]:
    """(visitor, entered_at, left_at) of every visit that ended after ``since`` (Unix seconds)."""
    return connection.execute("SELECT visitor, entered_at, left_at FROM visits WHERE left_at > ?", (since,))


def read_open_visits(connection: sqlite3.Connection) -> list[Visit]:
    rows = connection.execute(f"SELECT {_COLUMNS} FROM visits WHERE left_at IS NULL")  # noqa: S608 (constant)
    return [Visit(*row) for row in rows]
