"""The gateway's SQLite file: opened in WAL mode with ``synchronous=FULL``; sqlite-utils owns the schema and its migrations.

The hot path uses the plain ``sqlite3`` connection: one insert through sqlite-utils costs fifty times as much.
"""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from nearcart_gateway.shell.light_imports import load_lightly

BUSY_TIMEOUT_MS = 5000


class DatabaseError(Exception):
    """The file can't be used; the message says why and what to do."""


def connect(path: Path) -> sqlite3.Connection:
    """Open (or make) the database with the schema of this version. Raises ``DatabaseError``.

    The file is readable by its owner only: it holds keys and consents.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)
        connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        _migrate(connection)
        connection.execute(
            "PRAGMA foreign_keys=ON"
        )  # after it: a table made anew must not take with it what names its rows
    except (OSError, sqlite3.Error) as error:
        raise DatabaseError(f"database {path} can't be opened: {error}. Is its folder there and writable?") from error
    return connection


def connect_reading(path: Path) -> sqlite3.Connection:
    """Open a database that exists, to be read beside whoever writes it. Any thread may use it, one at a time.

    Raises ``sqlite3.OperationalError``.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """The same for a command that answers one question. Raises ``DatabaseError`` with a sentence for who asks."""
    if not path.exists():
        raise DatabaseError(f"there is no database {path}: a gateway that ran would have left one")
    try:
        with closing(connect_reading(path)) as connection:
            yield connection
    except sqlite3.OperationalError as error:
        raise DatabaseError(f"database {path} can't be read ({error}); a gateway of this version mends it") from error


def _migrate(connection: sqlite3.Connection) -> None:
    """Take the migrations that are pending. A file that this version's have seen says so, and sqlite-utils stays unloaded (5 MB)."""
    known = zlib.crc32(_MIGRATIONS.read_bytes()) >> 1
    if connection.execute("PRAGMA user_version").fetchone()[0] == known:
        return
    load_lightly("sqlite_utils")
    _take_pending(connection)
    connection.execute(f"PRAGMA user_version={known}")


_MIGRATIONS = Path(__file__).with_name("schema.py")


def _take_pending(connection: sqlite3.Connection) -> None:
    """Under the write lock, so that two processes don't take one twice."""
    import sqlite_utils

    from nearcart_gateway.shell.storage.schema import migrations

    database = sqlite_utils.Database(connection)
    if not migrations.pending(database):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        migrations.apply(database)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
