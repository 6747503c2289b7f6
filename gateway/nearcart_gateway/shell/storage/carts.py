"""Carts as the cart book keeps them, and the webhooks seen."""

import sqlite3

from nearcart_gateway.core.cart_book import CartRecord

HOOK_EVENTS_KEPT_S = 30 * 86_400.0
"""A repeat of a webhook is recognised for this long."""


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
