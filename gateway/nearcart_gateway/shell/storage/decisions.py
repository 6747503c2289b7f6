"""Decisions with everything they saw, and the offers that leave because of them."""

import json
import sqlite3
from collections.abc import Iterable

from nearcart_gateway.core.values import Considered, Decision


def write_decision(connection: sqlite3.Connection, decision: Decision) -> bool:
    """Keep a decision. False when its moment was decided before: then nothing is changed and nothing may leave."""
    moment = decision.moment
    row = (
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
    )
    cursor = connection.execute(
        "INSERT OR IGNORE INTO decisions (key, moment, kind, visitor, visit, at, heard_at, zone, outcome, gate, reason, offer,"
        " campaign, channel, text, revision, considered, inputs, slot, variant)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    )
    return cursor.rowcount == 1


def read_decided_moments(connection: sqlite3.Connection, visits: Iterable[str]) -> dict[str, list[str]]:
    """The moments of each of these visits that were decided already."""
    query = "SELECT moment FROM decisions WHERE visit = ?"
    return {visit: [row[0] for row in connection.execute(query, (visit,))] for visit in visits}


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
