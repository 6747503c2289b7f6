"""Everything the database joins to a visitor, for her to read (GDPR, Art. 15). Times are Unix seconds."""

import json
import sqlite3
from typing import Any

from nearcart_gateway.core.email_customer import by_loyalty, customers_of
from nearcart_gateway.shell.storage import visitor_pages
from nearcart_gateway.shell.storage.visitors import UnknownVisitorError

_BY_VISITOR = {
    "identities": "SELECT * FROM identities WHERE visitor = :visitor ORDER BY id",
    "consents": "SELECT * FROM consents WHERE visitor = :visitor ORDER BY number",
    "complaints": "SELECT * FROM complaints WHERE visitor = :visitor ORDER BY at, number",
    "transitions": "SELECT * FROM transitions WHERE visitor = :visitor ORDER BY at",
    "presences": "SELECT * FROM presences WHERE visitor = :visitor",
    "visits": "SELECT * FROM visits WHERE visitor = :visitor ORDER BY entered_at",
    "decisions": "SELECT * FROM decisions WHERE visitor = :visitor ORDER BY number",
    "deliveries": "SELECT * FROM deliveries WHERE visitor = :visitor ORDER BY created_at",
    "receipts": "SELECT receipts.* FROM receipts JOIN decisions USING (key) WHERE decisions.visitor = :visitor"
    " ORDER BY receipts.at, receipts.key, receipts.state",
    "ledger": "SELECT * FROM ledger WHERE visitor = :visitor ORDER BY number",
    "deferred": "SELECT * FROM deferred WHERE visitor = :visitor ORDER BY moment",
    "coupons": "SELECT coupons.* FROM coupons JOIN decisions ON decisions.key = coupons.decision "
    "WHERE decisions.visitor = :visitor ORDER BY decisions.number",
    "moments": "SELECT * FROM moments WHERE visitor = :visitor ORDER BY number",
    "moment_visitors": "SELECT * FROM moment_visitors WHERE visitor = :visitor ORDER BY known_at",
    "orders": "SELECT * FROM orders WHERE visitor = :visitor OR customer IN (SELECT value FROM json_each(:customers))"
    " ORDER BY placed_at, source, id",
    "refunds": "SELECT * FROM refunds WHERE (source, purchase) IN (SELECT source, id FROM orders WHERE visitor = :visitor"
    " OR customer IN (SELECT value FROM json_each(:customers))) ORDER BY at, id",
    "withdrawals": "SELECT * FROM withdrawals WHERE visitor = :visitor ORDER BY at",
    "own_pages": "SELECT visitor, made_at FROM own_pages WHERE visitor = :visitor",
    "push_subscriptions": "SELECT * FROM push_subscriptions WHERE visitor = :visitor ORDER BY at",
    "exports": "SELECT * FROM exports WHERE visitor = :visitor ORDER BY at",
    "people_requests": "SELECT * FROM people_requests WHERE visitor = :visitor OR target = :visitor ORDER BY number",
    "cart_fetches": "SELECT source, kind, id, wanted_at FROM cart_fetches"
    " WHERE id IN (SELECT value FROM json_each(:customers)) ORDER BY source, kind",
    "carts": "SELECT * FROM carts WHERE json_extract(record, '$.customer') IN (SELECT value FROM json_each(:customers))"
    " OR json_extract(record, '$.cart.customer') IN (SELECT value FROM json_each(:customers))"
    " OR id IN (SELECT 'customer:' || value FROM json_each(:customers)) ORDER BY source, id",
    "cart_versions": "SELECT * FROM cart_versions"
    " WHERE json_extract(record, '$.customer') IN (SELECT value FROM json_each(:customers))"
    " OR json_extract(record, '$.cart.customer') IN (SELECT value FROM json_each(:customers))"
    " OR id IN (SELECT 'customer:' || value FROM json_each(:customers)) ORDER BY number",
}
_KEYS = frozenset({"irk", "identity_key", "bind_key"})
_DOCUMENTS = frozenset({"document", "proof", "considered", "inputs", "body", "record", "segments", "refused"})


def everything(connection: sqlite3.Connection, visitor: str) -> dict[str, Any]:
    """Her row and all rows joined to it, by table, as of one moment. Raises ``UnknownVisitorError``."""
    began = not connection.in_transaction
    if began:
        connection.execute("BEGIN")
    try:
        hers = _rows(connection, "SELECT * FROM visitors WHERE id = :visitor", {"visitor": visitor})
        if not hers:
            raise UnknownVisitorError(f"nobody is enrolled as '{visitor}'; `nearcart visitors list` shows who is")
        known = visitor_pages.one(connection, visitor).visitor
        household = () if known.loyalty is None else (by_loyalty(known.loyalty),)
        values = {"visitor": visitor, "customers": json.dumps((*customers_of(known), *household))}
        return {"visitor": hers[0], **{name: _rows(connection, query, values) for name, query in _BY_VISITOR.items()}}
    finally:
        if began:
            connection.execute("ROLLBACK")


def without_keys(found: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The same by table, without the keys of what she carries: they open what is on the air, and go through no network."""
    tables = {"visitors": [found["visitor"]], **{name: rows for name, rows in found.items() if name != "visitor"}}
    tables["identities"] = [
        {name: value for name, value in row["document"].items() if name not in _KEYS} for row in tables["identities"]
    ]
    return tables


def _rows(connection: sqlite3.Connection, query: str, values: dict[str, str]) -> list[dict[str, Any]]:
    cursor = connection.execute(query, values)
    names = [column[0] for column in cursor.description]
    return [{name: _readable(name, value) for name, value in zip(names, row, strict=True)} for row in cursor]


def _readable(name: str, value: Any) -> Any:
    """Documents within a row as what they are; whatever is no JSON stays text."""
    if name not in _DOCUMENTS and name != "consents":
        return value
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        return value
