"""Times of day and days as people write them in files: text only, so that ``21`` is never 21 seconds past midnight."""

import re
from datetime import date, time
from typing import Annotated

from pydantic import BeforeValidator

_TIME = re.compile(r"^([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$")


def parse_time(value: object) -> time:
    """A time of day from its text. Raises ``ValueError`` saying what is allowed."""
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or not _TIME.match(value):
        raise ValueError(f"'{value}' is not a time of day: write hours and minutes, from 00:00 to 23:59")
    return time.fromisoformat(value.rjust(5, "0") if value.count(":") == 1 else value.rjust(8, "0"))


def parse_day(value: object) -> date:
    """A day from its text. Raises ``ValueError`` saying what is allowed."""
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError(f"'{value}' is not a day: write year, month and day such as 2026-09-30")


TimeOfDay = Annotated[time, BeforeValidator(parse_time)]
"""Written as ``21:00``, in the store's time zone."""

Day = Annotated[date, BeforeValidator(parse_day)]
"""Written as ``2026-09-30``, in the store's time zone."""
