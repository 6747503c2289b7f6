"""How much of what visitors will have done could have been seen by now: the clock of the always-valid interval.

A visitor counts from her first moment on for as long as her window lasts. Counting heads instead, a store in which all have come but few
have had the time to buy would pass for one far on, and its interval would be too narrow (docs/measure.md tells by how much).
"""

from collections.abc import Iterable, Mapping


def elapsed_share(units_by_day: Mapping[int, int], today: int, window_days: float) -> float:
    """Of all their windows, on the evening of ``today`` (days since 1970): 0.5 when half has passed; 1 where nobody's has begun.

    ``units_by_day``: how many had their first moment on a day. That day counts whole.
    """
    begun = {day: units for day, units in units_by_day.items() if day <= today}
    everybody = sum(begun.values())
    if not everybody:
        return 1.0
    return sum(units * min(1.0, (today - day + 1) / window_days) for day, units in begun.items()) / everybody


def by_day(rows: Iterable[tuple[int, int]]) -> dict[int, int]:
    """(day, units) summed."""
    found: dict[int, int] = {}
    for day, units in rows:
        found[day] = found.get(day, 0) + units
    return found
