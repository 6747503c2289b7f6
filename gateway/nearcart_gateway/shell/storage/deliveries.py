"""The gateway's outbox: offers on their way, each with the key that makes it one, and what became of each in its channels."""

import json
import sqlite3
from collections.abc import Iterable

from nearcart_contract.offer_message import OfferMessage
from nearcart_gateway.core.changes import Delivery, Receipt
from nearcart_gateway.core.values import Decision

_COLUMNS = (
    "key, channel, visitor, zone, body, created_at, next_at, expires_at, state, attempts, published_at, error, through,"
    " failed, maybe"
)
_CHANGES = (
    "channel",
    "body",
    "next_at",
    "expires_at",
    "state",
    "attempts",
    "published_at",
    "error",
    "through",
    "failed",
    "maybe",
)
_WRITE = (
    f"INSERT INTO deliveries ({_COLUMNS}) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"  # noqa: S608 (constant)
    " WHERE EXISTS (SELECT 1 FROM decisions WHERE key = ?) ON CONFLICT (key) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _CHANGES)
)
"""Whose it is stays as it is on disk: she may have been merged into another since."""

_READ = (
    "SELECT l.key, l.channel, l.visitor, l.zone, l.body, l.created_at, l.next_at, l.expires_at, l.state, l.attempts,"
    " l.published_at, l.error, l.through, l.failed, l.maybe, d.visit, coalesce(d.heard_at, d.at), v.left_at"
    " FROM deliveries l JOIN decisions d ON d.key = l.key LEFT JOIN visits v ON v.id = d.visit"
)


def write_delivery(connection: sqlite3.Connection, delivery: Delivery) -> None:
    """Keep a delivery as it stands, unless its decision was erased: then nothing of it comes back."""
    connection.execute(
        _WRITE,
        (
            delivery.key,
            delivery.channel,
            delivery.visitor,
            delivery.zone,
            delivery.body,
            delivery.created_at,
            delivery.next_at,
            delivery.expires_at,
            delivery.state,
            delivery.attempts,
            delivery.published_at,
            delivery.error,
            json.dumps(delivery.through) if delivery.through else "[]",
            delivery.failed,
            delivery.maybe,
            delivery.key,
        ),
    )


def write_receipt(connection: sqlite3.Connection, receipt: Receipt) -> None:
    """Keep what became of an offer in one channel: the first word of each kind, unless its decision was erased."""
    connection.execute(
        "INSERT OR IGNORE INTO receipts (key, channel, state, at, detail) SELECT ?, ?, ?, ?, ?"
        " WHERE EXISTS (SELECT 1 FROM decisions WHERE key = ?)",
        (receipt.key, receipt.channel, receipt.state, receipt.at, receipt.detail, receipt.key),
    )


def first(decision: Decision, offer: OfferMessage, now: float, through: tuple[str, ...] = ()) -> Delivery:
    """The delivery that a sent decision starts with; ``through`` are the channels after its own."""
    moment = decision.moment
    return Delivery(
        key=decision.key,
        channel=decision.channel or "",
        visitor=moment.visitor,
        zone=moment.zone,
        body=offer.model_dump_json(exclude_none=True),
        created_at=now,
        next_at=now,
        expires_at=offer.expires_at.timestamp(),
        through=through,
        visit=moment.visit,
        heard_at=moment.at if moment.heard_at is None else moment.heard_at,
    )


def read_waiting(connection: sqlite3.Connection) -> list[Delivery]:
    """Everything that has not left, or may not have, in the order it was decided."""
    rows = connection.execute(_READ + " WHERE l.state IN ('waiting', 'sending') ORDER BY l.created_at, l.key")
    return [_delivery(row) for row in rows]


def read_delivery(connection: sqlite3.Connection, key: str) -> Delivery | None:
    row = connection.execute(_READ + " WHERE l.key = ?", (key,)).fetchone()
    return None if row is None else _delivery(row)


def read_receipts(connection: sqlite3.Connection, key: str) -> list[Receipt]:
    """What became of one offer, in order of time."""
    query = "SELECT key, channel, state, at, detail FROM receipts WHERE key = ? ORDER BY at, channel, state"
    return [Receipt(*row) for row in connection.execute(query, (key,))]


def channels_of_moment(connection: sqlite3.Connection, key: str) -> set[str]:
    """The channels that carry another offer of this decision's moment."""
    query = (
        "SELECT l.channel FROM decisions d JOIN decisions other ON other.visit = d.visit AND other.moment = d.moment"
        " JOIN deliveries l ON l.key = other.key WHERE d.key = ? AND other.key != d.key"
    )
    return {str(row[0]) for row in connection.execute(query, (key,))}


def _delivery(row: Iterable[object]) -> Delivery:
    *fields, through, failed, maybe, visit, heard_at, left_at = row
    return Delivery(  # type: ignore[misc]
        *fields,  # type: ignore[arg-type]
        through=tuple(json.loads(str(through))),
        failed=bool(failed),
        maybe=bool(maybe),
        visit=str(visit),
        heard_at=heard_at,  # type: ignore[arg-type]
        left_at=left_at,  # type: ignore[arg-type]
    )
