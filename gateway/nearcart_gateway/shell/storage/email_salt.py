"""The key of this database's e-mail hashes: made once, at random, and kept with it."""

import secrets
import sqlite3

_BYTES = 32


def known_salt(connection: sqlite3.Connection) -> bytes | None:
    """The key if there is one; without it no hash was ever made. For a connection that only reads."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'email_salt'").fetchone()
    return None if row is None else bytes.fromhex(row[0])


def email_salt(connection: sqlite3.Connection) -> bytes:
    """The key; hashes of another store's database say nothing about this one's."""
    connection.execute("INSERT OR IGNORE INTO meta VALUES ('email_salt', ?)", (secrets.token_hex(_BYTES),))
    return bytes.fromhex(connection.execute("SELECT value FROM meta WHERE key = 'email_salt'").fetchone()[0])
