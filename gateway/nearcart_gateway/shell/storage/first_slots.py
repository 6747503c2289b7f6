"""The slots of a visitor's first moments, which she keeps whatever is learnt of her later: that she is two, or whose household."""

import sqlite3
from collections.abc import Iterable


def first_slots(connection: sqlite3.Connection, visitors: Iterable[str]) -> dict[str, int]:
    """By experiment, the slot of the earliest moment of any of these visitors."""
    found: dict[str, tuple[float, int]] = {}
    for visitor in visitors:
        for experiment, slot, at in connection.execute(_FIRST, (visitor,)):
            if experiment not in found or at < found[experiment][0]:
                found[experiment] = (at, slot)
    return {experiment: slot for experiment, (_, slot) in found.items()}


_FIRST = (
    "SELECT experiment, slot, min(at) FROM decisions"
    " WHERE visitor = ? AND slot IS NOT NULL AND experiment IS NOT NULL GROUP BY experiment"
)
"""Of a bare column beside min() SQLite takes the row that has the least (Quirks: bare columns in an aggregate query)."""
