"""The visits each visitor has behind her: what a return, and a count of visits, is made of."""

from array import array
from bisect import bisect_right, insort
from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from nearcart_contract.offer_file import MOST_VISITS


@dataclass(slots=True)
class _Past:
    """Times of entering in order, and the last time she left. Unix seconds."""

    left_at: float
    entered: "array[float]" = field(default_factory=lambda: array("d"))


class VisitHistory:
    """Visits that have ended. Of each visitor the newest are kept, as many as an offer may ask about.

    Memory is bounded by that: 200 bytes and eight a visit for each visitor.
    """

    def __init__(self) -> None:
        self._past: dict[str, _Past] = {}

    def load(self, rows: Iterable[tuple[str, float, float]]) -> None:
        """Take up (visitor, entered_at, left_at) of visits that ended, in any order."""
        for visitor, entered_at, left_at in rows:
            self.add(visitor, entered_at, left_at)

    def add(self, visitor: str, entered_at: float, left_at: float) -> None:
        """A visit has ended."""
        past = self._past.get(visitor)
        if past is None:
            past = self._past[visitor] = _Past(left_at)
        past.left_at = max(past.left_at, left_at)
        insort(past.entered, entered_at)
        del past.entered[:-MOST_VISITS]

    def left_at(self, visitor: str) -> float | None:
        """When she last left, or ``None`` when she has never been here."""
        past = self._past.get(visitor)
        return None if past is None else past.left_at

    def count(self, visitor: str, since: float) -> int:
        """How many of her visits that ended began after ``since``; never more than ``MOST_VISITS``."""
        past = self._past.get(visitor)
        return 0 if past is None else len(past.entered) - bisect_right(past.entered, since)

    def forget(self, visitor: str) -> None:
        """She has never been here."""
        self._past.pop(visitor, None)

    def merge(self, visitor: str, target: str) -> None:
        """What one visited, the other did."""
        past = self._past.pop(visitor, None)
        for entered_at in () if past is None else past.entered:
            self.add(target, entered_at, past.left_at if past else 0.0)

    def keep_only(self, visitors: Container[str]) -> None:
        """Forget everybody else: who was erased has never been here."""
        for visitor in [visitor for visitor in self._past if visitor not in visitors]:
            del self._past[visitor]
