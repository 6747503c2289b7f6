"""Carts as the cart book keeps them, the webhooks seen, and payloads set aside."""

import json
import sqlite3
from collections.abc import Mapping

from nearcart_gateway.core.cart_book import CartRecord
from nearcart_gateway.core.changes import SetAside

HOOK_EVENTS_KEPT_S = 30 * 86_400.0
"""A repeat of a webhook is recognised for this long."""

_SHOWN_HEADERS = (
    "content-type",
    "user-agent",
    "webhook-id",
    "webhook-timestamp",
    "x-shopify-topic",
    "x-shopify-event-id",
)


def write_record(connection: sqlite3.Connection, record: CartRecord) -> None:
    connection.execute("INSERT OR REPLACE INTO carts VALUES (?, ?, ?)", (record.source, record.id, record.to_json()))


def read_records(connection: sqlite3.Connection) -> list[CartRecord]:
    return [CartRecord.from_json(row[0]) for row in connection.execute("SELECT record FROM carts ORDER BY source, id")]


def hook_seen(connection: sqlite3.Connection, source: str, key: str) -> bool:
    row = connection.execute("SELECT 1 FROM hook_events WHERE source = ? AND key = ?", (source, key)).fetchone()
    return row is not None


def remember_hook(connection: sqlite3.Connection, source: str, key: str, now: float) -> None:
    connection.execute("INSERT OR IGNORE INTO hook_events VALUES (?, ?, ?)", (source, key, now))


def forget_old_hooks(connection: sqlite3.Connection, now: float) -> None:
    connection.execute("DELETE FROM hook_events WHERE received_at < ?", (now - HOOK_EVENTS_KEPT_S,))


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of a webhook that hold no secret."""
    return {name: value for name, value in headers.items() if name.lower() in _SHOWN_HEADERS}


def write_set_aside(connection: sqlite3.Connection, kept: SetAside) -> None:
    connection.execute(
        "INSERT INTO set_aside (source, received_at, headers, body, error) VALUES (?, ?, ?, ?, ?)",
        (kept.source, kept.received_at, json.dumps(kept.headers), kept.body, kept.problem),
    )
