"""Orders, what was paid back, and offers that were taken back."""

import sqlite3
from collections.abc import Iterable

from nearcart_contract.cart import Order
from nearcart_gateway.core.hooks.event import Change, OrderPlaced, OrderRefund, OrderUndone
from nearcart_gateway.core.orders import NOTHING_KNOWN, Known, OrderRecord, Withdrawal
from nearcart_gateway.core.spending import Use
from nearcart_gateway.shell.storage import ledger

_COLUMNS = "source, id, document, customer, state, state_at, received_at, visitor"


def write_order(connection: sqlite3.Connection, record: OrderRecord) -> None:
    """Keep an order as it is known. Her ``last_purchase_at`` follows by the table's triggers."""
    order = record.order
    connection.execute(
        f"INSERT INTO orders ({_COLUMNS}, placed_at, currency, total) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
        " ON CONFLICT (source, id) DO UPDATE SET document = excluded.document, customer = excluded.customer,"
        " state = excluded.state, state_at = excluded.state_at, visitor = excluded.visitor, placed_at = excluded.placed_at,"
        " currency = excluded.currency, total = excluded.total, changed_at = excluded.received_at",
        (
            record.source,
            record.id,
            None if order is None else order.model_dump_json(exclude_none=True),
            record.customer,
            record.state,
            record.state_at,
            record.received_at,
            record.visitor,
            record.placed_at,
            None if order is None else order.currency,
            None if order is None else str(order.total),
        ),
    )


def write_refund(connection: sqlite3.Connection, paid: OrderRefund, now: float) -> None:
    """Keep what was paid back, once; a later word about the same replaces it."""
    refund = paid.refund
    connection.execute(
        "INSERT INTO refunds (source, id, purchase, amount, currency, at, received_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (source, id) DO UPDATE SET amount = excluded.amount, at = excluded.at WHERE excluded.at >= at",
        (
            refund.source,
            refund.id,
            refund.order,
            str(refund.amount),
            refund.currency,
            refund.refunded_at.timestamp(),
            now,
        ),
    )


def write_withdrawal(connection: sqlite3.Connection, withdrawal: Withdrawal) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO withdrawals (key, visitor, reason, at, expires_at) VALUES (?, ?, ?, ?, ?)",
        (withdrawal.key, withdrawal.visitor, withdrawal.reason, withdrawal.at, withdrawal.expires_at),
    )


def withdrawal_told(connection: sqlite3.Connection, key: str, at: float) -> None:
    """Whoever had the offer knows that it is over, or there was nobody to tell."""
    connection.execute("UPDATE withdrawals SET told_at = ? WHERE key = ? AND told_at IS NULL", (at, key))


def read_withdrawals_to_tell(connection: sqlite3.Connection) -> list[Withdrawal]:
    rows = connection.execute(
        "SELECT key, visitor, reason, at, expires_at FROM withdrawals WHERE told_at IS NULL ORDER BY at, key"
    )
    return [Withdrawal(*row) for row in rows]


def read_order(connection: sqlite3.Connection, source: str, order: str) -> OrderRecord | None:
    query = f"SELECT {_COLUMNS} FROM orders WHERE source = ? AND id = ?"  # noqa: S608 (constant)
    row = connection.execute(query, (source, order)).fetchone()
    return None if row is None else _record(row)


def read_of_visitor(
    connection: sqlite3.Connection, visitor: str, customer: str | None, most: int = 100
) -> list[OrderRecord]:
    """Her orders, the newest first: those of her customer id in any shop, and those at the till."""
    query = (
        f"SELECT {_COLUMNS} FROM orders WHERE visitor = ? OR (customer = ? AND customer IS NOT NULL)"  # noqa: S608
        " ORDER BY placed_at DESC, source, id LIMIT ?"
    )
    return [_record(row) for row in connection.execute(query, (visitor, customer, most))]


def read_refunds(connection: sqlite3.Connection, source: str, order: str) -> list[tuple[str, str | None, float]]:
    """(amount, currency, Unix seconds) of what was paid back for an order."""
    return connection.execute(
        "SELECT amount, currency, at FROM refunds WHERE source = ? AND purchase = ? ORDER BY at, id", (source, order)
    ).fetchall()


def read_known(connection: sqlite3.Connection, change: Change, visitors: Iterable[str] = ()) -> Known:
    """What an engine needs to know of the past to take a change. ``visitors`` are whose the order may be."""
    if isinstance(change, OrderPlaced):
        order = change.order
        record = read_order(connection, order.source, order.id)
        whose = tuple(visitors)
        uses = tuple(use for used in order.coupons for use in _with_code(connection, used.code, whose))
        return Known(record, uses)
    if isinstance(change, OrderUndone):
        undone = change.cancelled
        record = read_order(connection, undone.source, undone.id)
        key = f"{undone.source}:{undone.id}"
        return Known(record, of_order=tuple(ledger.read_uses_of_order(connection, key)))
    return NOTHING_KNOWN


def _with_code(connection: sqlite3.Connection, code: str, visitors: tuple[str, ...]) -> list[Use]:
    """A code shared by all was given to thousands: hers are looked for by name."""
    found = {use.key: use for use in ledger.read_uses_with_code(connection, code)}
    for visitor in visitors:
        found.update({use.key: use for use in ledger.read_uses_of_visitor_with_code(connection, code, visitor)})
    return list(found.values())


def _record(row: tuple[str, str, str | None, str | None, str, float, float, str | None]) -> OrderRecord:
    source, number, document, customer, state, state_at, received_at, visitor = row
    return OrderRecord(
        source=source,
        id=number,
        order=None if document is None else Order.model_validate_json(document),
        customer=customer,
        state="placed" if state == "placed" else "cancelled",
        state_at=state_at,
        received_at=received_at,
        visitor=visitor,
    )
