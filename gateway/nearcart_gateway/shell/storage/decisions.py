"""Decisions with everything they saw, and the offers that leave because of them."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict

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
        _json([asdict(considered) for considered in decision.considered]),
        _json(decision.inputs),
    )
    cursor = connection.execute(
        "INSERT OR IGNORE INTO decisions (key, moment, kind, visitor, visit, at, heard_at, zone, outcome, gate, reason, offer,"
        " campaign, channel, text, revision, considered, inputs)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    )
    return cursor.rowcount == 1


def read_counted(connection: sqlite3.Connection, since: float) -> Iterable[tuple[str, str, str | None, float]]:
    """(visitor, offer, campaign, at) of every sent or ghost decision since then: what a ledger starts from."""
    return connection.execute(
        "SELECT visitor, offer, campaign, at FROM decisions WHERE outcome IN ('sent', 'ghost') AND at >= ? ORDER BY at",
        (since,),
    )


def read_decided_moments(connection: sqlite3.Connection, visits: Iterable[str]) -> dict[str, list[str]]:
    """The moments of each of these visits that were decided already."""
    query = "SELECT moment FROM decisions WHERE visit = ?"
    return {visit: [row[0] for row in connection.execute(query, (visit,))] for visit in visits}


def read_considered(connection: sqlite3.Connection, key: str) -> tuple[Considered, ...] | None:
    """Every offer that a decision looked at, or ``None`` when there is no such decision."""
    row = connection.execute("SELECT considered FROM decisions WHERE key = ?", (key,)).fetchone()
    return None if row is None else tuple(Considered(**entry) for entry in json.loads(row[0]))


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
