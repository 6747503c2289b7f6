"""The gateway's outbox: offers on their way, each with the key that makes it one."""

import sqlite3

from nearcart_contract.offer_message import OfferMessage
from nearcart_gateway.core.changes import Delivery
from nearcart_gateway.core.values import Decision

_COLUMNS = "key, channel, visitor, zone, body, created_at, next_at, expires_at, state, attempts, published_at, error"


def write_delivery(connection: sqlite3.Connection, delivery: Delivery) -> None:
    """Keep a delivery as it stands, to whomever its decision belongs now. If that was erased, nothing of it comes back."""
    connection.execute(
        f"INSERT OR REPLACE INTO deliveries ({_COLUMNS}) SELECT ?, ?, decisions.visitor, ?, ?, ?, ?, ?, ?, ?, ?, ?"  # noqa: S608
        " FROM decisions WHERE key = ?",
        (
            delivery.key,
            delivery.channel,
            delivery.zone,
            delivery.body,
            delivery.created_at,
            delivery.next_at,
            delivery.expires_at,
            delivery.state,
            delivery.attempts,
            delivery.published_at,
            delivery.error,
            delivery.key,
        ),
    )


def first(decision: Decision, offer: OfferMessage, now: float) -> Delivery:
    """The delivery that a sent decision starts with."""
    return Delivery(
        key=decision.key,
        channel=decision.channel or "",
        visitor=decision.moment.visitor,
        zone=decision.moment.zone,
        body=offer.model_dump_json(exclude_none=True),
        created_at=now,
        next_at=now,
        expires_at=offer.expires_at.timestamp(),
    )


def read_waiting(connection: sqlite3.Connection) -> list[Delivery]:
    """Everything that has not left, or may not have, in the order it was decided."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM deliveries WHERE state IN ('waiting', 'sending') ORDER BY created_at, key"  # noqa: S608 (constant)
    )
    return [Delivery(*row) for row in rows]
