"""The slots of a visitor's first moments, which she keeps whatever is learnt of her later: that she is two, or whose household."""

import json
import sqlite3
from collections.abc import Iterable

from nearcart_contract.store_file import StoreHoldOut
from nearcart_gateway.core.offers.assign import NOT_COMPARED, STORE, experiment_of
from nearcart_gateway.core.offers.store_terms import FILE
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.storage import revisions, visitors


def first_slots(connection: sqlite3.Connection, names: Iterable[str]) -> dict[str, int]:
    """By experiment, the slot of the earliest moment of any of these visitors; of the hold-out of everything, whose first moment it was."""
    known = tuple(names)
    found: dict[str, tuple[float, int]] = {}
    for visitor in known:
        for experiment, slot, at in connection.execute(_FIRST, (visitor,)):
            if experiment not in found or at < found[experiment][0]:
                found[experiment] = (at, slot)
    campaigns = {experiment: slot for experiment, (_, slot) in found.items()}
    return {**campaigns, **_of_everything(connection, known)}


def _of_everything(connection: sqlite3.Connection, names: tuple[str, ...]) -> dict[str, int]:
    """No decision says this slot, so that it is drawn again for who had the first of them."""
    kept = revisions.last_good(connection)
    rule = None if kept is None else json.loads(kept.documents.get(FILE, "{}")).get("hold_out")
    first = _who_was_first(connection, names)
    if rule is None or first is None:
        return {}
    salt = revisions.read_assignment_salt(connection)
    experiment = experiment_of(STORE, StoreHoldOut.model_validate(rule).experiment, NOT_COMPARED, salt)
    return {experiment.id: experiment.slot(first, salt)}


def _who_was_first(connection: sqlite3.Connection, names: tuple[str, ...]) -> Visitor | None:
    times = {
        name: connection.execute("SELECT min(at) FROM decisions WHERE visitor = ?", (name,)).fetchone()[0]
        for name in names
    }
    decided = {name: at for name, at in times.items() if at is not None}
    if not decided:
        return None
    query = f"SELECT {visitors.COLUMNS} FROM visitors WHERE id = ?"  # noqa: S608 (constant)
    row = connection.execute(query, (min(decided, key=lambda name: (decided[name], name)),)).fetchone()
    return None if row is None else visitors.as_visitor(row)


_FIRST = (
    "SELECT experiment, slot, min(at) FROM decisions"
    " WHERE visitor = ? AND slot IS NOT NULL AND experiment IS NOT NULL GROUP BY experiment"
)
"""Of a bare column beside min() SQLite takes the row that has the least (Quirks: bare columns in an aggregate query)."""
