"""Times that have passed, compared and said."""

from datetime import timedelta

from nearcart_contract.duration import format_duration
from nearcart_contract.offer_file import Span

_UNITS = ((86_400, "days"), (3600, "h"), (60, "min"))


def in_span(seconds: float, span: Span) -> bool:
    """Whether a time lies in a span, both bounds included."""
    least = 0.0 if span.at_least is None else span.at_least.total_seconds()
    most = timedelta.max.total_seconds() if span.at_most is None else span.at_most.total_seconds()
    return least <= seconds <= most


def span_words(span: Span) -> str:
    """``at least 2h and at most 3d``."""
    bounds = (("at least", span.at_least), ("at most", span.at_most))
    return " and ".join(f"{word} {format_duration(bound)}" for word, bound in bounds if bound is not None)


def rough(seconds: float) -> str:
    """A time for people, cut to its largest unit: ``3 days``, ``90 min``."""
    for size, unit in _UNITS:
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"
