"""Merging a visitor into another: every table that names visitors, one a line; a test fails when one is missing here."""

import sqlite3

from nearcart_gateway.core.merging import merged
from nearcart_gateway.shell.storage import consents, visitor_pages
from nearcart_gateway.shell.storage.first_slots import first_slots
from nearcart_gateway.shell.storage.visitors import UnknownVisitorError

_RENAMED = "UPDATE {table} SET visitor = :target WHERE visitor = :visitor"

MERGED: dict[str, str] = {
    "identities": _RENAMED,
    "transitions": _RENAMED,
    "visits": _RENAMED,
    "presences": "DELETE FROM presences WHERE visitor = :visitor",
    "decisions": _RENAMED,
    "deliveries": "UPDATE deliveries SET visitor = :target, error = CASE state WHEN 'waiting' THEN 'she was merged into another'"
    " ELSE error END, state = CASE state WHEN 'waiting' THEN 'withdrawn' ELSE state END WHERE visitor = :visitor",
    "ledger": _RENAMED,
    "orders": _RENAMED,
    "withdrawals": _RENAMED,
    "moments": _RENAMED,
    "moment_visitors": "UPDATE OR REPLACE moment_visitors SET visitor = :target, document = json_set(document, '$.id', :target)"
    " WHERE visitor = :visitor",
    "deferred": "UPDATE deferred SET visitor = :target, document = json_set(document, '$.visitor', :target) WHERE visitor = :visitor",
    "consents": _RENAMED,
    "complaints": _RENAMED,
    "exports": _RENAMED,
    "push_subscriptions": _RENAMED,
    "own_pages": "UPDATE OR IGNORE own_pages SET visitor = :target WHERE visitor = :visitor",
    "people_requests": "UPDATE people_requests SET outcome = 'merged' WHERE kind = 'merge' AND visitor = :visitor AND target = :target",
}
"""Presences go with the visits that are open, which whoever merges has written before."""

FOLLOW: dict[str, str] = {
    "coupons": "belong to decisions",
    "carts": "belong to customer ids, which the visitor takes along",
    "cart_versions": "belong to carts",
    "receipts": "belong to decisions",
    "refunds": "belong to orders",
    "cart_fetches": "belong to carts and customer ids",
    "set_aside": "are nobody's yet",
    "cart_inbox": "are nobody's yet",
    "visitors": "are what is merged",
}
"""Tables with something of a visitor in them that need no change, and why."""


def merge(connection: sqlite3.Connection, visitor: str, target: str, now: float) -> None:
    """Let everything of ``visitor`` be ``target``'s, within the caller's transaction; ``visitor`` is nobody then.

    When one of them is not there any more, nothing is changed.
    """
    try:
        one, other = visitor_pages.one(connection, visitor).visitor, visitor_pages.one(connection, target).visitor
    except UnknownVisitorError:
        return
    together = merged(one, other, first_slots(connection, (visitor, target)))
    for table, statement in MERGED.items():
        connection.execute(statement.format(table=table), {"visitor": visitor, "target": target})
    connection.execute("DELETE FROM visitors WHERE id = ?", (visitor,))
    visitor_pages.write_facts(connection, together)
    consents.settle(connection, target, together.consents, together.refused, "merged", now)
    visitor_pages.touch(connection, target, now)
