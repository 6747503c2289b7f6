"""Revisions of the offer and campaign files that were in force, and small facts about the store."""

import json
import secrets
import sqlite3

from nearcart_gateway.core.changes import Revision


def keep_revision(connection: sqlite3.Connection, revision: Revision) -> None:
    """Keep a set of files that came into force; one that was kept before is in force again."""
    documents = json.dumps(revision.documents, ensure_ascii=False)
    connection.execute(
        "INSERT OR IGNORE INTO revisions VALUES (?, ?, ?, ?)",
        (revision.revision, revision.taken_at, revision.author, documents),
    )
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('offers_revision', ?)", (revision.revision,))


def last_good(connection: sqlite3.Connection) -> Revision | None:
    """The revision last in force, or ``None`` when there never was one."""
    row = connection.execute(
        "SELECT revision, taken_at, author, documents FROM revisions"
        " WHERE revision = (SELECT value FROM meta WHERE key = 'offers_revision')"
    ).fetchone()
    return None if row is None else Revision(row[0], row[1], row[2], json.loads(row[3]))


def read_revision(connection: sqlite3.Connection, revision: str) -> Revision | None:
    """One revision that was in force, or ``None`` when there never was such a one."""
    row = connection.execute(
        "SELECT revision, taken_at, author, documents FROM revisions WHERE revision = ?", (revision,)
    ).fetchone()
    return None if row is None else Revision(row[0], row[1], row[2], json.loads(row[3]))


def in_force(connection: sqlite3.Connection) -> str | None:
    """Which revision is in force, by its name."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'offers_revision'").fetchone()
    return None if row is None else str(row[0])


def store_salt(connection: sqlite3.Connection) -> bytes:
    """A random secret of this store, made once: pseudonyms and hold-outs are keyed with it."""
    connection.execute("INSERT OR IGNORE INTO meta VALUES ('salt', ?)", (secrets.token_hex(16),))
    return read_salt(connection)


def read_salt(connection: sqlite3.Connection) -> bytes:
    """The store's secret, empty where no gateway ever ran."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'salt'").fetchone()
    return b"" if row is None else bytes.fromhex(row[0])
