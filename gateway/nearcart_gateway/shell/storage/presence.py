"""Transitions taken, the cursors that prove it, and who is present where."""

import sqlite3
from uuid import UUID

from nearcart_gateway.core.ingest import Cursor, TakenTransition
from nearcart_gateway.core.visits import Presence, PresenceEnded


def write_transitions(connection: sqlite3.Connection, rows: list[TakenTransition]) -> None:
    connection.executemany(
        "INSERT INTO transitions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                t.edge,
                t.epoch.hex,
                t.sequence,
                t.kind,
                t.identity,
                t.visitor,
                t.scanner,
                t.at,
                t.received_at,
                t.rssi,
                t.cause,
                t.button,
            )
            for t in rows
        ],
    )


def write_cursors(connection: sqlite3.Connection, rows: list[Cursor]) -> None:
    connection.executemany(
        "INSERT INTO cursors VALUES (?, ?, ?, ?, ?) ON CONFLICT (edge, epoch) DO UPDATE SET committed = excluded.committed,"
        " missing = excluded.missing, updated_at = excluded.updated_at",
        [(c.edge, c.epoch.hex, c.committed, c.missing, c.updated_at) for c in rows],
    )


def read_cursors(connection: sqlite3.Connection) -> list[Cursor]:
    rows = connection.execute("SELECT edge, epoch, committed, missing, updated_at FROM cursors")
    return [Cursor(r[0], UUID(hex=r[1]), r[2], r[3], r[4]) for r in rows]


def write_presence(connection: sqlite3.Connection, change: Presence | PresenceEnded) -> None:
    if isinstance(change, PresenceEnded):
        connection.execute(
            "DELETE FROM presences WHERE visitor = ? AND edge = ? AND scanner = ?",
            (change.visitor, change.edge, change.scanner),
        )
        return
    connection.execute(
        "INSERT OR REPLACE INTO presences VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            change.visitor,
            change.edge,
            change.scanner,
            change.epoch.hex,
            change.sequence,
            change.since,
            change.suspended_at,
            change.resumable,
        ),
    )


def read_presences(connection: sqlite3.Connection) -> list[Presence]:
    rows = connection.execute(
        "SELECT visitor, edge, scanner, epoch, sequence, since, suspended_at, resumable FROM presences"
    )
    return [Presence(r[0], r[1], r[2], UUID(r[3]), r[4], r[5], r[6], bool(r[7])) for r in rows]
