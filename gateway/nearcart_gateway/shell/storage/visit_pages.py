"""Visits a page at a time, the latest arrival first."""

import sqlite3
from collections.abc import Iterator, Sequence

from nearcart_gateway.core.values import Visit

_SELECT = "SELECT id, visitor, entered_at, zone, zone_since, stay, left_at, exit_reason FROM visits"


def latest(
    connection: sqlite3.Connection,
    *,
    visitors: Sequence[str] | None = None,
    present: bool | None = None,
    not_after: float | None = None,
) -> Iterator[Visit]:
    """Visits, the latest arrival first, of these visitors, going on or over, that began at ``not_after`` (Unix seconds) or before."""
    conditions: list[str] = []
    values: list[object] = []
    if visitors is not None:
        conditions.append(f"visitor IN ({', '.join('?' * len(visitors))})")
        values += visitors
    if present is not None:
        conditions.append("left_at IS NULL" if present else "left_at IS NOT NULL")
    if not_after is not None:
        conditions.append("entered_at <= ?")
        values.append(not_after)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = connection.execute(f"{_SELECT}{where} ORDER BY entered_at DESC, id DESC", values)
    return (Visit(*row) for row in rows)
