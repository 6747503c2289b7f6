"""Decisions with everything they saw, and the offers that leave because of them."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from nearcart_gateway.core.values import Considered, Decision

COLUMNS = (
    "key, moment, kind, visitor, visit, at, heard_at, zone, outcome, gate, reason, offer, campaign, channel, text, revision,"
    " considered, inputs, slot, variant, experiment"
)

_VISITOR = COLUMNS.split(", ").index("visitor")

Row = tuple[object, ...]
"""One decision as the table has it, in the order of the columns."""


def row_of(decision: Decision) -> Row:
    """The row that a decision is kept as. Two decisions are the same when their rows are, byte for byte."""
    moment = decision.moment
    return (
        decision.key,
        moment.id,
        moment.kind,
        moment.visitor,
        moment.visit,
        moment.at,
        moment.heard_at,
        moment.zone,
        decision.outcome,
        decision.gate,
        decision.reason,
        decision.offer,
        decision.campaign,
        decision.channel,
        decision.text,
        decision.revision,
        _json([_considered(considered) for considered in decision.considered]),
        _json(decision.inputs),
        decision.slot,
        decision.variant,
        decision.experiment,
    )


def as_decided(row: Row, inputs: Mapping[str, Any]) -> Row:
    """A row as it was written: about whom she was then, if she was merged into another since."""
    then = inputs.get("moment", {}).get("visitor", row[_VISITOR])
    return (*row[:_VISITOR], then, *row[_VISITOR + 1 :])


def write_decision(connection: sqlite3.Connection, decision: Decision) -> bool:
    """Keep a decision. False when it is kept already, by its key: then nothing is changed and nothing may leave."""
    cursor = connection.execute(
        f"INSERT OR IGNORE INTO decisions ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 (constant)
        row_of(decision),
    )
    return cursor.rowcount == 1


def read_rows(connection: sqlite3.Connection, visitor: str, since: float, until: float, most: int) -> list[Row]:
    """The newest decisions about a visitor between two times (Unix seconds), at most this many, oldest first."""
    query = f"SELECT {COLUMNS} FROM decisions WHERE visitor = ? AND at BETWEEN ? AND ? ORDER BY at DESC, number DESC LIMIT ?"  # noqa: S608 (constant)
    return connection.execute(query, (visitor, since, until, most)).fetchall()[::-1]


def read_decided_moments(connection: sqlite3.Connection, visits: Iterable[str]) -> dict[str, list[str]]:
    """The moments of each of these visits that were decided already."""
    query = "SELECT DISTINCT moment FROM decisions WHERE visit = ?"
    return {visit: [row[0] for row in connection.execute(query, (visit,))] for visit in visits}


def key_of(connection: sqlite3.Connection, number: int) -> str | None:
    """The key of the decision with this number."""
    row = connection.execute("SELECT key FROM decisions WHERE number = ?", (number,)).fetchone()
    return None if row is None else str(row[0])


def read_considered(connection: sqlite3.Connection, key: str) -> tuple[Considered, ...] | None:
    """Every offer that a decision looked at, or ``None`` when there is no such decision."""
    row = connection.execute("SELECT considered FROM decisions WHERE key = ?", (key,)).fetchone()
    return None if row is None else tuple(Considered(**entry) for entry in json.loads(row[0]))


def _considered(considered: Considered) -> dict[str, str | None]:
    return {
        "offer": considered.offer,
        "gate": considered.gate,
        "observed": considered.observed,
        "required": considered.required,
    }


def _json(value: object) -> str:
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, sort_keys=True)
"""Made once: ``json.dumps`` would make one for every call."""
