"""Decisions a page at a time, newest first, as somebody asks for them."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from nearcart_gateway.core.values import Considered, Outcome
from nearcart_gateway.shell.storage.decisions import read_considered

_SELECT = (
    "SELECT d.number, d.key, d.at, d.kind, d.visitor, d.visit, d.zone, d.outcome, d.gate, d.reason, d.offer, d.campaign,"
    " d.channel, d.text, d.revision, CASE WHEN d.outcome = 'sent' THEN l.state END"
    " FROM decisions d LEFT JOIN deliveries l ON l.key = d.key"
)
_ORDER = " ORDER BY d.at DESC, d.number DESC LIMIT ?"


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision as kept. ``number`` counts decisions; the key and the visit's id hold the visitor's id."""

    number: int
    key: str
    at: float
    kind: str
    visitor: str
    visit: str
    zone: str | None
    outcome: Outcome
    gate: str | None
    reason: str
    offer: str | None
    campaign: str | None
    channel: str | None
    text: str | None
    revision: str | None
    delivery: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which decisions: all that are given must be true. Times are Unix seconds, ``until`` excluded."""

    visitors: Sequence[str] | None = None
    offer: str | None = None
    campaign: str | None = None
    outcome: Outcome | None = None
    since: float | None = None
    until: float | None = None


def page(connection: sqlite3.Connection, wanted: Wanted, before: int | None, limit: int) -> list[DecisionRecord]:
    """At most ``limit`` decisions, those older than number ``before`` where it is given."""
    conditions, values = _conditions(wanted)
    if before is not None:
        conditions.append("(d.at, d.number) < (coalesce((SELECT at FROM decisions WHERE number = ?), -1), ?)")
        values += [before, before]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = connection.execute(_SELECT + where + _ORDER, (*values, limit))
    return [DecisionRecord(*row) for row in rows]


def one(
    connection: sqlite3.Connection, number: int
) -> tuple[DecisionRecord, tuple[Considered, ...], float | None] | None:
    """A decision, every offer it looked at, and the dwell of its moment in seconds; ``None`` when there is none."""
    row = connection.execute(_SELECT + " WHERE d.number = ?", (number,)).fetchone()
    if row is None:
        return None
    record = DecisionRecord(*row)
    (dwell,) = connection.execute(
        "SELECT json_extract(inputs, '$.moment.dwell_s') FROM decisions WHERE number = ?", (number,)
    ).fetchone()
    return record, read_considered(connection, record.key) or (), dwell


def _conditions(wanted: Wanted) -> tuple[list[str], list[object]]:
    pairs: list[tuple[str, object]] = [
        ("d.offer = ?", wanted.offer),
        ("d.campaign = ?", wanted.campaign),
        ("d.outcome = ?", wanted.outcome),
        ("d.at >= ?", wanted.since),
        ("d.at < ?", wanted.until),
    ]
    given = [(condition, value) for condition, value in pairs if value is not None]
    conditions, values = [condition for condition, _ in given], [value for _, value in given]
    if wanted.outcome in ("sent", "ghost"):
        conditions.append(
            "d.outcome IN ('sent', 'ghost')"
        )  # the words of the index decisions_counted, which is used then
    if wanted.visitors is not None:
        conditions.append(f"d.visitor IN ({', '.join('?' * len(wanted.visitors))})")
        values += wanted.visitors
    return conditions, values
