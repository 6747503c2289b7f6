"""Writes how far the gateway is with its sources."""

import sqlite3

from nearcart_gateway.core.source_rows import SourceRows
from nearcart_gateway.shell.storage import fetches, inbox, visitors


def write(connection: sqlite3.Connection, rows: SourceRows, now: float) -> None:
    """Within the caller's transaction. What was fetched is written before what is wanted again."""
    for number in rows.inbox_done:
        inbox.remove(connection, number)
    for done in rows.fetched:
        fetches.fetched(connection, done)
    for missed in rows.not_fetched:
        fetches.failed(connection, missed.fetch, missed.failures, missed.next_at)
    for fetch in rows.fetches:
        fetches.want(connection, fetch, now)
    for link in rows.customers:
        visitors.link_by_email(connection, link.email_hash, link.customer, now)
    for cursor in rows.cursors:
        fetches.keep_cursor(connection, cursor, now)
