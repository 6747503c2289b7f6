"""What an operator does with payloads of shops: look at those set aside, try them again."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import FileProblems, load_yaml
from nearcart_gateway.core.hooks.event import IgnoredError, UnreadableError
from nearcart_gateway.core.hooks.platform import Payload
from nearcart_gateway.core.hooks.registry import open_kept, read_payload
from nearcart_gateway.shell.storage import inbox, set_aside
from nearcart_gateway.shell.storage.database import DatabaseError, connect
from nearcart_gateway.shell.storage.set_aside import Kept
from nearcart_gateway.shell.visitor_files import database_path


class CartFileError(Exception):
    """What is wrong with a wish about carts, in a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of one payload: read (``problem`` is ``None``), or why not."""

    number: int
    source: str
    problem: str | None


def listed_set_aside(config: Path, source: str | None = None) -> list[dict[str, Any]]:
    """Everything set aside, as JSON values without the bodies. Raises ``CartFileError``."""
    with opened(config) as (_store, connection):
        return [_row(kept) for kept in set_aside.read(connection, source)]


def body_of(config: Path, number: int) -> bytes:
    """One payload as it came: it may hold personal data. Raises ``CartFileError``."""
    with opened(config) as (_store, connection):
        for kept in set_aside.read(connection):
            if kept.number == number:
                return kept.payload.body
    raise CartFileError(f"there is no payload {number} set aside: nearcart carts set-aside list shows them")


def retry_set_aside(config: Path, source: str | None, now: float) -> list[Retried]:
    """Read everything set aside again with today's readers; what is read now goes to the gateway's inbox and is set aside no
    more, in one transaction each. Raises ``CartFileError``."""
    with opened(config) as (store, connection):
        return [_retry(store, connection, kept, now) for kept in set_aside.read(connection, source)]


def _retry(store: Store, connection: sqlite3.Connection, kept: Kept, now: float) -> Retried:
    name = kept.payload.source
    configured = store.sources.get(name)
    if configured is None:
        return Retried(kept.number, name, "its source is not in store.yaml any more")
    try:
        envelope = open_kept(configured, kept.payload)
        payload = Payload(name, envelope.kind, kept.payload.body)
        read_payload(configured, payload)
    except UnreadableError as error:
        return Retried(kept.number, name, str(error))
    except IgnoredError:
        payload = None
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        if payload is not None:
            inbox.add(connection, payload, envelope.id, now)
        set_aside.remove(connection, kept.number)
    return Retried(kept.number, name, None)


def _row(kept: Kept) -> dict[str, Any]:
    payload = kept.payload
    return {
        "number": kept.number,
        "source": payload.source,
        "first_at": _utc(payload.received_at),
        "last_at": _utc(kept.last_at),
        "repeats": kept.repeats,
        "problem": payload.problem,
        "bytes": len(payload.body),
        "headers": payload.headers,
        "kind": payload.kind,
    }


def _utc(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


@contextmanager
def opened(config: Path) -> Iterator[tuple[Store, sqlite3.Connection]]:
    """The store of a store.yaml and its database. Raises ``CartFileError``."""
    try:
        store = load_yaml(config, Store)
        connection = connect(database_path(config, store))
    except (FileProblems, DatabaseError) as error:
        raise CartFileError(str(error)) from error
    try:
        yield store, connection
    finally:
        connection.close()
