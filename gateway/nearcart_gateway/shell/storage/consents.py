"""The history of what visitors agreed to and took back; what counts now is derived from it."""

import json
import sqlite3

from nearcart_gateway.core.consents import ConsentChange, current


def note(connection: sqlite3.Connection, visitor: str, change: ConsentChange) -> None:
    """Add a line to her history, within the caller's transaction."""
    connection.execute(
        "INSERT INTO consents (visitor, purpose, channel, given, text_version, source, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (visitor, change.purpose, change.channel, change.given, change.text_version, change.source, change.at),
    )


def history(connection: sqlite3.Connection, visitor: str) -> list[ConsentChange]:
    """Everything she agreed to and took back, oldest first."""
    rows = connection.execute(
        "SELECT purpose, given, at, channel, text_version, source FROM consents WHERE visitor = ? ORDER BY number",
        (visitor,),
    )
    return [ConsentChange(purpose, bool(given), *rest) for purpose, given, *rest in rows]


def taken_back_at(connection: sqlite3.Connection, visitor: str, purpose: str) -> float | None:
    """When she took it back (Unix seconds), if that was her last word about it."""
    row = connection.execute(
        "SELECT given, at FROM consents WHERE visitor = ? AND purpose = ? ORDER BY number DESC LIMIT 1",
        (visitor, purpose),
    ).fetchone()
    return None if row is None or row[0] else float(row[1])


def derive(connection: sqlite3.Connection, visitor: str) -> None:
    """Write what counts now to her row, within the caller's transaction."""
    consents, refused = current(history(connection, visitor))
    connection.execute(
        "UPDATE visitors SET consents = ?, refused = ? WHERE id = ?",
        (json.dumps(sorted(consents)), json.dumps(sorted(refused)), visitor),
    )


def settle(
    connection: sqlite3.Connection,
    visitor: str,
    wanted: frozenset[str],
    refused: frozenset[str],
    source: str,
    now: float,
) -> None:
    """As ``replace``, and these channels refused beside."""
    for name in sorted(refused - current(history(connection, visitor))[1]):
        purpose, _, channel = name.partition("/")
        note(connection, visitor, ConsentChange(purpose, False, now, channel, source=source))
    replace(connection, visitor, wanted, source, now)


def replace(connection: sqlite3.Connection, visitor: str, wanted: frozenset[str], source: str, now: float) -> None:
    """Let her consents be these and no others, within the caller's transaction; each difference is a line of history."""
    had, _ = current(history(connection, visitor))
    for name in [*sorted(had - wanted), *sorted(wanted - had)]:
        purpose, _, channel = name.partition("/")
        note(connection, visitor, ConsentChange(purpose, name in wanted, now, channel or None, source=source))
    for name in sorted(wanted - current(history(connection, visitor))[0]):
        purpose, _, channel = name.partition("/")
        note(connection, visitor, ConsentChange(purpose, True, now, channel or None, source=source))
    derive(connection, visitor)
