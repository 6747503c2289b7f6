"""What another process (``nearcart visitors erase | merge``) asks of the running gateway, which alone may do it."""

import sqlite3
from dataclasses import dataclass
from typing import Literal

Kind = Literal["erase", "merge"]

KEPT_S = 3600.0
"""Answers are kept this long; then whoever asked has read them."""


@dataclass(frozen=True, slots=True)
class PeopleRequest:
    """One request; ``target`` is whom to merge into."""

    number: int
    kind: Kind
    visitor: str
    target: str | None


def ask(connection: sqlite3.Connection, kind: Kind, visitor: str, target: str | None, now: float) -> int:
    """Leave a request; its number. A second one for the same is the first."""
    connection.execute("DELETE FROM people_requests WHERE outcome IS NOT NULL AND asked_at < ?", (now - KEPT_S,))
    connection.execute(
        "INSERT INTO people_requests (kind, visitor, target, asked_at) SELECT ?, ?, ?, ? WHERE NOT EXISTS"
        " (SELECT 1 FROM people_requests WHERE outcome IS NULL AND kind = ? AND visitor = ? AND target IS ?)",
        (kind, visitor, target, now, kind, visitor, target),
    )
    query = "SELECT max(number) FROM people_requests WHERE outcome IS NULL AND kind = ? AND visitor = ? AND target IS ?"
    return int(connection.execute(query, (kind, visitor, target)).fetchone()[0])


def waiting(connection: sqlite3.Connection) -> list[PeopleRequest]:
    """Those that nobody has answered, in the order they were asked."""
    rows = connection.execute(
        "SELECT number, kind, visitor, target FROM people_requests WHERE outcome IS NULL ORDER BY number"
    )
    return [PeopleRequest(*row) for row in rows]


def outcome(connection: sqlite3.Connection, number: int) -> str | None:
    """What became of a request; ``None`` while it waits."""
    row = connection.execute("SELECT outcome FROM people_requests WHERE number = ?", (number,)).fetchone()
    return None if row is None else row[0]


def answer(connection: sqlite3.Connection, number: int, text: str) -> None:
    """Say what became of it, unless that is said; whom it was about is forgotten."""
    connection.execute(
        "UPDATE people_requests SET visitor = NULL, target = NULL, outcome = coalesce(outcome, ?) WHERE number = ?",
        (text, number),
    )
