"""What each visitor was offered and when: exact counts in sliding periods. Ghosts count as sent ones do."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from typing import Protocol

MAX_KEPT = 10_000
"""Entries kept of one visitor and offer: a limit can't be higher, since a count never is."""

LedgerRow = tuple[str, str, str | None, float]
"""(visitor, offer, campaign, at), ``at`` in Unix seconds: a decision that was sent or a ghost."""


class LedgerReading(Protocol):
    """What a gate may ask of a ledger."""

    def count(self, visitor: str, offer: str, since: float) -> int:
        """Offers of this name to this visitor later than ``since`` (Unix seconds)."""
        ...

    def last(self, visitor: str) -> float | None:
        """When the visitor last had any offer, Unix seconds."""
        ...


class Ledger:
    """The counts of one store, in memory; the decisions in the database are what they are loaded from."""

    def __init__(self) -> None:
        self._visitors: dict[str, dict[str, list[float]]] = {}

    def load(self, rows: Iterable[LedgerRow]) -> None:
        """Add rows as the database has them, in any order."""
        for visitor, offer, campaign, at in rows:
            self.add(visitor, offer, campaign, at)

    def add(self, visitor: str, offer: str, campaign: str | None, at: float) -> None:
        """Count one offer. ``campaign`` is what budgets will be counted by."""
        times = self._visitors.setdefault(visitor, {}).setdefault(offer, [])
        insort(times, at)
        if len(times) > MAX_KEPT:
            del times[0]

    def count(self, visitor: str, offer: str, since: float) -> int:
        times = self._visitors.get(visitor, {}).get(offer, [])
        return len(times) - bisect_right(times, since)

    def last(self, visitor: str) -> float | None:
        offers = self._visitors.get(visitor)
        return max(times[-1] for times in offers.values()) if offers else None

    def prune(self, before: float) -> None:
        """Forget what is older than ``before`` (Unix seconds): no limit looks further back."""
        for visitor, offers in list(self._visitors.items()):
            for offer, times in list(offers.items()):
                del times[: bisect_left(times, before)]
                if not times:
                    del offers[offer]
            if not offers:
                del self._visitors[visitor]

    def forget(self, visitor: str) -> None:
        """Forget everything of one visitor."""
        self._visitors.pop(visitor, None)
