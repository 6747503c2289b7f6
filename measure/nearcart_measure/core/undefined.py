"""When a figure does not exist: better a sentence than a zero, an infinity or a NaN."""

import math


class Undefined(ValueError):  # noqa: N818 (it says what is so; nothing went wrong)
    """The quantity asked for has no value here; the message is a sentence that says why."""


def finite(**figures: float) -> None:
    """Raises ``Undefined`` when a figure left what a double can hold."""
    for name, figure in figures.items():
        if not math.isfinite(figure):
            raise Undefined(
                f"{name.replace('_', ' ')} can't be told: the numbers are too large or too small to reckon with."
            )
