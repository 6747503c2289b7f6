"""Moments that no offer waited for, what was known of their visitors, and carts as they were."""

import json
import sqlite3
from collections.abc import Iterable

from nearcart_gateway.core.decision_inputs import person_row
from nearcart_gateway.core.undecided import Undecided
from nearcart_gateway.core.values import Visitor

KEPT_S = 90 * 86_400.0
"""Seconds that moments are kept, as decisions are looked back at for."""

PRUNED_AT_ONCE = 5_000
"""Rows of one transaction, so that nothing waits for long."""

_INSERT = (
    "INSERT INTO moments (visitor, known_at, visit, name, kind, at, now, heard_at, zone, from_zone, probability, dwell_s, button,"
    " away_s, revision, clock_synchronised) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def write(connection: sqlite3.Connection, rows: Iterable[Undecided]) -> None:
    """Keep moments, within the caller's transaction. A moment's name is its id without the visit's."""
    values = []
    for row in rows:
        moment = row.moment
        visit = moment.visit
        if row.facts is not None:
            write_facts(connection, row.facts, row.known_at)
        values.append(
            (
                moment.visitor,
                row.known_at,
                visit,
                moment.id[len(visit) + 1 :],
                moment.kind,
                moment.at,
                row.now,
                moment.heard_at,
                moment.zone,
                moment.from_zone,
                moment.probability,
                moment.dwell_s,
                moment.button,
                moment.away_s,
                row.revision,
                row.clock_synchronised,
            )
        )
    connection.executemany(_INSERT, values)


def write_facts(connection: sqlite3.Connection, visitor: Visitor, at: float) -> None:
    """What is known of a visitor from ``at`` (Unix seconds) on: what a decision would see."""
    connection.execute(
        "INSERT OR REPLACE INTO moment_visitors VALUES (?, ?, ?)",
        (visitor.id, at, json.dumps(person_row(visitor), separators=(",", ":"), ensure_ascii=False)),
    )


def prune(connection: sqlite3.Connection, now: float) -> int:
    """Let go of what is older than is kept, a part in each transaction. How many moments went."""
    gone, before = 0, now - KEPT_S
    while True:
        oldest = connection.execute(
            "SELECT number, now FROM moments ORDER BY number LIMIT 1 OFFSET ?", (PRUNED_AT_ONCE - 1,)
        ).fetchone()
        bound = ("", ()) if oldest is None else (" AND number <= ?", (oldest[0],))
        found = connection.execute(f"DELETE FROM moments WHERE now < ?{bound[0]}", (before, *bound[1])).rowcount  # noqa: S608
        gone += found
        if oldest is None or found < PRUNED_AT_ONCE:
            break
    connection.execute(
        "DELETE FROM moment_visitors WHERE known_at < ?1 AND NOT EXISTS (SELECT 1 FROM moments"
        " WHERE moments.visitor = moment_visitors.visitor AND moments.known_at = moment_visitors.known_at)",
        (before,),
    )
    connection.execute("DELETE FROM cart_versions WHERE received_at < ?", (before,))
    return gone
