"""Payloads that another process (``nearcart carts …``) left for the gateway, until it has taken them."""

import sqlite3
from dataclasses import dataclass

from nearcart_gateway.core.hooks.platform import Payload


@dataclass(frozen=True, slots=True)
class Waiting:
    """One row: ``key`` tells a repeat."""

    number: int
    key: str
    payload: Payload


def add(connection: sqlite3.Connection, payload: Payload, key: str, now: float) -> None:
    """Leave a payload; the caller's transaction makes it stay."""
    connection.execute(
        "INSERT INTO cart_inbox (source, kind, key, body, received_at) VALUES (?, ?, ?, ?, ?)",
        (payload.source, payload.kind, key, payload.body, now),
    )


def read(connection: sqlite3.Connection, limit: int) -> list[Waiting]:
    """The oldest that wait."""
    rows = connection.execute("SELECT id, key, source, kind, body FROM cart_inbox ORDER BY id LIMIT ?", (limit,))
    return [Waiting(number, key, Payload(source, kind, bytes(body))) for number, key, source, kind, body in rows]


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM cart_inbox").fetchone()[0])


def remove(connection: sqlite3.Connection, number: int) -> None:
    connection.execute("DELETE FROM cart_inbox WHERE id = ?", (number,))
