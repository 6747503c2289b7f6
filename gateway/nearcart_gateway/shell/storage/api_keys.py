"""Keys of the API. Only a hash of each is kept, so that nobody who reads the file can use one.

A key is ``nck_``, the 8 hex digits it is listed by, and 256 random bits. Because those can't be guessed a plain SHA-256 is
enough: slow hashes are for passwords that people choose.
"""

import hashlib
import hmac
import re
import secrets
import sqlite3
from dataclasses import dataclass
from typing import Literal

from nearcart_gateway.core.roles import Role

PREFIX = "nck_"

_KEY = re.compile(r"nck_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")
_COLUMNS = "id, name, role, created_at, expires_at, revoked_at, last_used_at"

KeyState = Literal["valid", "expired", "revoked"]


class KeyExistsError(Exception):
    """A valid key has that name already."""


class UnknownKeyError(Exception):
    """No valid key has that name or id."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is listed: never the key itself. Times are Unix seconds."""

    id: str
    name: str
    role: Role
    created_at: float
    expires_at: float | None = None
    revoked_at: float | None = None
    last_used_at: float | None = None

    def state(self, now: float) -> KeyState:
        """Whether it opens anything."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and now >= self.expires_at else "valid"


def add(
    connection: sqlite3.Connection, name: str, role: Role, now: float, expires_at: float | None = None
) -> tuple[ApiKey, str]:
    """Make a key; the text returned beside it is shown once and kept nowhere. Raises ``KeyExistsError``."""
    key = ApiKey(secrets.token_hex(4), name, role, now, expires_at)
    text = f"{PREFIX}{key.id}_{secrets.token_urlsafe(32)}"
    try:
        connection.execute(
            "INSERT INTO api_keys (id, name, role, digest, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
            (key.id, name, role, _digest(text), now, expires_at),
        )
    except sqlite3.IntegrityError as error:
        raise KeyExistsError(
            f"there is a key '{name}' already; choose another name, or `nearcart keys revoke {name}` first"
        ) from error
    return key, text


def everything(connection: sqlite3.Connection) -> list[ApiKey]:
    """All keys, the newest last; revoked and expired ones too."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM api_keys ORDER BY created_at, id")  # noqa: S608 (constant)
    return [ApiKey(*row) for row in rows]


def revoke(connection: sqlite3.Connection, name_or_id: str, now: float) -> ApiKey:
    """Make a key useless from now on. Raises ``UnknownKeyError``."""
    row = connection.execute(
        f"UPDATE api_keys SET revoked_at = ? WHERE revoked_at IS NULL AND (name = ? OR id = ?) RETURNING {_COLUMNS}",  # noqa: S608 (constant)
        (now, name_or_id, name_or_id),
    ).fetchone()
    if row is None:
        raise UnknownKeyError(f"no key '{name_or_id}' is in use; `nearcart keys list` shows which are")
    return ApiKey(*row)


def find(connection: sqlite3.Connection, text: str) -> ApiKey | None:
    """The key that somebody sent, in whatever state it is, or ``None``. Compares in constant time."""
    match = _KEY.fullmatch(text)
    if match is None:
        return None
    row = connection.execute(f"SELECT digest, {_COLUMNS} FROM api_keys WHERE id = ?", (match[1],)).fetchone()  # noqa: S608
    if row is None or not hmac.compare_digest(row[0], _digest(text)):
        return None
    return ApiKey(*row[1:])


def by_id(connection: sqlite3.Connection, key: str) -> ApiKey | None:
    """A key by its listed id: whether one that was let in is still valid."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM api_keys WHERE id = ?", (key,)).fetchone()  # noqa: S608 (constant)
    return None if row is None else ApiKey(*row)


def used(connection: sqlite3.Connection, key: str, now: float) -> None:
    """Remember when a key was last used."""
    connection.execute("UPDATE api_keys SET last_used_at = ? WHERE id = ?", (now, key))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
