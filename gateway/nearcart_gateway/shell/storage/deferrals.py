"""Moments whose offers wait for quiet hours to end."""

import json
import sqlite3

from nearcart_gateway.core.deferrals import Deferred
from nearcart_gateway.core.values import Moment


def write_deferred(connection: sqlite3.Connection, deferred: Deferred) -> None:
    moment = {name: getattr(deferred.moment, name) for name in deferred.moment.__dataclass_fields__}
    connection.execute(
        "INSERT OR REPLACE INTO deferred VALUES (?, ?, ?, ?)",
        (deferred.moment.id, deferred.moment.visitor, deferred.ask_at, json.dumps(moment, ensure_ascii=False)),
    )


def delete_deferred(connection: sqlite3.Connection, moment: str) -> None:
    connection.execute("DELETE FROM deferred WHERE moment = ?", (moment,))


def erase_visitor(connection: sqlite3.Connection, visitor: str) -> None:
    """Nothing of hers waits any more."""
    connection.execute("DELETE FROM deferred WHERE visitor = ?", (visitor,))


def read_deferred(connection: sqlite3.Connection) -> list[Deferred]:
    rows = connection.execute("SELECT document, ask_at FROM deferred ORDER BY ask_at, moment")
    return [Deferred(_moment(json.loads(document)), ask_at) for document, ask_at in rows]


def _moment(row: dict[str, object]) -> Moment:
    return Moment(**{**row, "waited": tuple(row["waited"])})  # type: ignore[arg-type]
