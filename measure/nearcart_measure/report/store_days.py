"""Which day of the store a time belongs to, for SQL: clocks that are set twice a year have no one offset."""

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

STEP_S = 900
"""Clocks are set at whole quarters of an hour."""


_FIRST_DAY = date(1970, 1, 1).toordinal()


def day_of(at: float, zone: ZoneInfo) -> int:
    """Days since 1970 on the store's calendar, of a time in Unix seconds."""
    return datetime.fromtimestamp(at, zone).date().toordinal() - _FIRST_DAY


def date_of(day: int) -> date:
    """The calendar's day."""
    return date.fromordinal(_FIRST_DAY + day)


def offsets(zone: ZoneInfo, since: float, until: float) -> Iterator[tuple[float, float]]:
    """(until when, seconds ahead of UTC) from ``since`` on (Unix seconds), the last without end."""
    start = since // STEP_S * STEP_S
    known = _offset(zone, start)
    for step in range(1, int((until - start) // STEP_S) + 2):
        at = start + step * STEP_S
        found = _offset(zone, at)
        if found != known:
            yield at, known
            known = found
    yield float("inf"), known


def macro(zone: ZoneInfo, since: float, until: float) -> str:
    """Makes ``store_day(at)``: days since 1970 on the store's calendar."""
    *pieces, (_, last) = offsets(zone, since, until)
    cases = "".join(f" WHEN moment < {end:.0f} THEN {seconds:.0f}" for end, seconds in pieces)
    offset = f"CASE{cases} ELSE {last:.0f} END" if cases else f"{last:.0f}"
    return f"CREATE OR REPLACE TEMP MACRO store_day(moment) AS CAST(floor((moment + {offset}) / 86400) AS INTEGER)"


def _offset(zone: ZoneInfo, at: float) -> float:
    found = datetime.fromtimestamp(at, zone).utcoffset()
    return 0.0 if found is None else found.total_seconds()
