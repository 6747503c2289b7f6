"""The newest change among documents: where a poll goes on."""

from datetime import datetime


def later(newest: datetime | None, said: object) -> datetime | None:
    """The later of the two times; one that can't be read (ISO 8601 with its offset) is passed over: its reader will say so."""
    if not isinstance(said, str):
        return newest
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return newest
    return newest if at.tzinfo is None or (newest is not None and newest >= at) else at
