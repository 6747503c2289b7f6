"""The relay's outbox: payloads on disk before a shop is told 200, until the gateway says that it has them."""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

KEPT_S = 29 * 86_400.0
"""A gateway knows a repeat for 30 days: what is older could be taken twice."""

_TABLES = """
CREATE TABLE IF NOT EXISTS outbox (
  number INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, received_at REAL NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL,
  digest BLOB NOT NULL UNIQUE, repeats INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS relay (epoch TEXT NOT NULL);
"""


class OutboxFullError(Exception):
    """No room: the shop is told to send it again later."""


class OutboxError(Exception):
    """The file can't be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One payload as it came; ``received_at`` is the relay's clock, Unix seconds."""

    number: int
    source: str
    received_at: float
    headers: dict[str, str]
    body: bytes


class Outbox:
    """Owns the file. Its methods may be called from any thread."""

    def __init__(self, path: Path, most_payloads: int, most_bytes: int) -> None:
        """Raises ``OutboxError``."""
        self._most_payloads, self._most_bytes = most_payloads, most_bytes
        self._lock = threading.Lock()
        try:
            if not path.exists():
                path.touch(mode=0o600)
            self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute("PRAGMA secure_delete=ON")
            self._connection.executescript(_TABLES)
            self.epoch = self._epoch()
        except (OSError, sqlite3.Error) as error:
            raise OutboxError(f"outbox {path} can't be opened: {error}. Is its folder there and writable?") from error
        self._payloads, self._bytes = self._measured()

    def keep(self, source: str, kind: str, received_at: float, headers: Mapping[str, str], body: bytes) -> bool:
        """Keep a payload; when this returns it is on disk. False where the very same one waits already.

        Raises ``OutboxFullError`` and ``sqlite3.Error``.
        """
        digest = hashlib.sha256(f"{source}\n{kind}\n".encode() + body).digest()
        with self._lock:
            if self._connection.execute("UPDATE outbox SET repeats = repeats + 1 WHERE digest = ?", (digest,)).rowcount:
                return False
            if self._payloads >= self._most_payloads or self._bytes + len(body) > self._most_bytes:
                raise OutboxFullError
            self._connection.execute(
                "INSERT INTO outbox (source, received_at, headers, body, digest) VALUES (?, ?, ?, ?, ?)",
                (source, received_at, json.dumps(dict(headers)), body, digest),
            )
            self._payloads += 1
            self._bytes += len(body)
            return True

    def after(self, number: int, limit: int, most_bytes: int) -> list[Kept]:
        """What comes after a number, the oldest first; at least one, and no more than ``most_bytes`` on top of it."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT number, source, received_at, headers, body FROM outbox WHERE number > ? ORDER BY number LIMIT ?",
                (number, limit),
            )
            found: list[Kept] = []
            size = 0
            for each, source, at, headers, body in rows:
                size += len(body)
                if found and size > most_bytes:
                    break
                found.append(Kept(each, source, at, json.loads(headers), bytes(body)))
            return found

    def taken(self, numbers: Iterable[int]) -> int:
        """Let go of what the gateway has on its disk. How many went."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            gone = sum(
                self._connection.execute("DELETE FROM outbox WHERE number = ?", (number,)).rowcount
                for number in numbers
            )
            self._connection.execute("COMMIT")
            self._payloads, self._bytes = self._measured()
            return gone

    def prune(self, now: float) -> int:
        """Let go of what nobody took for too long. How many went."""
        with self._lock:
            gone = self._connection.execute("DELETE FROM outbox WHERE received_at < ?", (now - KEPT_S,)).rowcount
            self._payloads, self._bytes = self._measured()
            return gone

    @property
    def payloads(self) -> int:
        """How many wait."""
        return self._payloads

    def close(self) -> None:
        self._connection.close()

    def _epoch(self) -> str:
        """Which outbox this is: a new file counts from one again."""
        self._connection.execute("INSERT INTO relay SELECT ? WHERE NOT EXISTS (SELECT 1 FROM relay)", (str(uuid4()),))
        return str(self._connection.execute("SELECT epoch FROM relay").fetchone()[0])

    def _measured(self) -> tuple[int, int]:
        payloads, size = self._connection.execute("SELECT count(*), total(length(body)) FROM outbox").fetchone()
        return int(payloads), int(size)
