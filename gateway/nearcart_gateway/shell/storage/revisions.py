"""Revisions of the offer and campaign files that were in force, and small facts about the store."""

import hashlib
import json
import secrets
import sqlite3
from dataclasses import dataclass

from nearcart_gateway.core.changes import Revision
from nearcart_gateway.core.offers.revision_changes import changes_between


@dataclass(frozen=True, slots=True)
class Change:
    """One offer, campaign or the store's terms as somebody changed it. ``at`` is Unix seconds, when it came into force;
    ``before`` and ``revision`` name the revisions before and after it."""

    number: int
    at: float
    author: str
    what: str
    name: str
    did: str
    summary: str
    file: str
    before: str | None
    revision: str


def keep_revision(connection: sqlite3.Connection, revision: Revision) -> None:
    """Keep a set of files that came into force, and what it changed; one that was kept before is in force again."""
    _note_changes(connection, last_good(connection), revision)
    documents = json.dumps(revision.documents, ensure_ascii=False)
    connection.execute(
        "INSERT OR IGNORE INTO revisions VALUES (?, ?, ?, ?)",
        (revision.revision, revision.taken_at, revision.author, documents),
    )
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('offers_revision', ?)", (revision.revision,))


def _note_changes(connection: sqlite3.Connection, before: Revision | None, revision: Revision) -> None:
    if before is not None and before.revision == revision.revision:
        return
    connection.executemany(
        "INSERT INTO offer_changes (at, author, what, name, did, summary, file, before, revision)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                revision.taken_at,
                revision.authors.get(change.file, revision.author),
                change.what,
                change.name,
                change.did,
                change.summary,
                change.file,
                before and before.revision,
                revision.revision,
            )
            for change in changes_between(before.documents if before else {}, revision.documents)
        ],
    )


def read_changes(connection: sqlite3.Connection, name: str | None = None, most: int = -1) -> list[Change]:
    """What was changed, of one offer or campaign or of all, newest first; at most ``most``."""
    rows = connection.execute(
        "SELECT number, at, author, what, name, did, summary, file, before, revision FROM offer_changes"
        " WHERE ?1 IS NULL OR name = ?1 ORDER BY number DESC LIMIT ?2",
        (name, most),
    )
    return [Change(*row) for row in rows]


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
    """A random secret of this store, made once: pseudonyms are keyed with it, and hold-outs where no chain has a secret."""
    connection.execute("INSERT OR IGNORE INTO meta VALUES ('salt', ?)", (secrets.token_hex(16),))
    return read_salt(connection)


def keep_assignment_salt(connection: sqlite3.Connection, secret: str | None) -> bytes:
    """What slots are drawn with: the secret of a chain (hashed, so that it stands in no database), else the store's own."""
    if secret is None:
        connection.execute("DELETE FROM meta WHERE key = 'assignment_salt'")
        return store_salt(connection)
    salt = hashlib.sha256(b"nearcart assignment\0" + secret.encode()).digest()
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('assignment_salt', ?)", (salt.hex(),))
    return salt


def read_assignment_salt(connection: sqlite3.Connection) -> bytes:
    """What slots were last drawn with, empty where no gateway ever ran."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'assignment_salt'").fetchone()
    return read_salt(connection) if row is None else bytes.fromhex(row[0])


def read_salt(connection: sqlite3.Connection) -> bytes:
    """The store's secret, empty where no gateway ever ran."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'salt'").fetchone()
    return b"" if row is None else bytes.fromhex(row[0])
