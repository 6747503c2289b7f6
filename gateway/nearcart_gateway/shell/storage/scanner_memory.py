"""What is usual of each scanner: one row of the facts about the store, written anew every quarter of an hour."""

import sqlite3
from functools import cache

import structlog
from pydantic import TypeAdapter, ValidationError

from nearcart_gateway.core.scanner_health.memory import WatchMemory

log = structlog.get_logger(__name__)


def write_memory(connection: sqlite3.Connection, memory: WatchMemory) -> None:
    """In a transaction of its own."""
    body = _adapter().dump_json(memory).decode()
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('scanner_memory', ?)", (body,))


def read_memory(connection: sqlite3.Connection) -> WatchMemory | None:
    """``None`` when there is none yet, or it is another version's: then it is learnt anew."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'scanner_memory'").fetchone()
    if row is None:
        return None
    try:
        return _adapter().validate_json(row[0])
    except ValidationError:
        log.warning("scanner_memory_unreadable", note="what is usual of each scanner is learnt anew")
        return None


@cache
def _adapter() -> TypeAdapter[WatchMemory]:
    return TypeAdapter(WatchMemory)
