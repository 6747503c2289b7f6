"""Durations as people write them: ``20s``, ``5m``, ``2h``, ``7d``, ``1w``."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"^(\d{1,7})\s*([smhdw])$")


def parse_duration(value: object) -> timedelta:
    """A duration from its text. Raises ``ValueError`` saying what is allowed."""
    if isinstance(value, timedelta):
        return value
    match = _DURATION.match(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"'{value}' is not a duration: write a number and one of s, m, h, d, w, such as 20s or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def format_duration(duration: timedelta) -> str:
    """The shortest exact way to write a duration of whole seconds: ``7d``, ``90s``."""
    seconds = int(duration.total_seconds())
    for unit, size in (("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
"""Written as ``20s``, ``5m``, ``2h``, ``7d`` or ``1w``."""
