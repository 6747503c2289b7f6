"""After an erasure: nothing of it is left in the write-ahead log, nor in the dead parts of the file's pages.

SQLite overwrites what is deleted (``secure_delete``), but a page that was split keeps copies of moved rows in its unused middle.
So the file is looked through for what named her, and only if that lies in a dead part it is written anew (``VACUUM``).
"""

import sqlite3
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from nearcart_gateway.shell.crash import crash_point

_CHUNK_PAGES = 256
"""Pages looked at at once: about a millisecond."""

_LEAF, _INTERIOR = (10, 13), (2, 5)
_TRIES = 50
_PAUSE_S = 0.2


class NotCleanedError(Exception):
    """Somebody reads the database for so long that its log can't be emptied; try again."""


def pending(connection: sqlite3.Connection) -> bool:
    """Whether an erasure was committed and never cleaned up after."""
    return connection.execute("SELECT 1 FROM erasures WHERE cleaned_at IS NULL LIMIT 1").fetchone() is not None


def clean(connection: sqlite3.Connection, path: Path, names: Collection[str] | None, now: float) -> None:
    """Empty the log, and write the file anew if one of the names is in a dead part of it, or if they are not known any more.

    ``connection`` may write and has no transaction open; ``path`` is its file. Raises ``NotCleanedError``, ``sqlite3.Error``.
    """
    truncate_log(connection)
    crash_point("after_truncation")
    if names is None or has_remains(path, names):
        rewrite(connection)
    mark_clean(connection, now)


def rewrite(connection: sqlite3.Connection) -> None:
    """Write the file anew, with nothing in it but what is there."""
    connection.execute("VACUUM")
    truncate_log(connection)


def mark_clean(connection: sqlite3.Connection, now: float) -> None:
    """Nothing of those who were erased is left."""
    connection.execute("UPDATE erasures SET cleaned_at = ? WHERE cleaned_at IS NULL", (now,))


def truncate_log(connection: sqlite3.Connection) -> None:
    """Bring everything into the file itself, and leave an empty log."""
    for _ in range(_TRIES):
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not busy:
            return
        time.sleep(_PAUSE_S)
    raise NotCleanedError("the log can't be emptied while somebody reads the database")


def has_remains(path: Path, names: Collection[str]) -> bool:
    """Whether one of the names stands in a part of a page that holds nothing any more (SQLite file format, section 1.6)."""
    wanted = [name.encode() for name in names]
    for first, chunk, page_size in _chunks(path):
        for name in wanted:
            at = chunk.find(name)
            while at >= 0:
                start = at - at % page_size
                header = 100 if first + start == 0 else 0
                if _is_dead(chunk[start : start + page_size], at - start, header):
                    return True
                at = chunk.find(name, at + 1)
    return False


def _chunks(path: Path) -> Iterator[tuple[int, bytes, int]]:
    """(offset in the file, whole pages, page size in bytes)."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(18)[16:18], "big") or 512
        page_size = 65_536 if size == 1 else size
        file.seek(0)
        offset = 0
        while chunk := file.read(_CHUNK_PAGES * page_size):
            yield offset, chunk, page_size
            offset += len(chunk)


def _is_dead(page: bytes, at: int, header: int) -> bool:
    """Whether an offset of a page lies between its index and its cells, or in a free block. Other kinds of pages have no such parts."""
    kind = page[header] if page else 0
    if kind not in (*_LEAF, *_INTERIOR):
        return False
    index = header + (8 if kind in _LEAF else 12) + 2 * _number(page, header + 3)
    if index <= at < (_number(page, header + 5) or 65_536):
        return True
    block = _number(page, header + 1)
    while block:
        following, size = _number(page, block), _number(page, block + 2)
        if block <= at < block + size:
            return True
        block = following if following > block else 0
    return False


def _number(page: bytes, at: int) -> int:
    return int.from_bytes(page[at : at + 2], "big")
