"""What the store could have been asked then, beside the ledger: as it was answered, else as far as it can still be known."""

from collections.abc import Callable, Mapping
from typing import Any

from nearcart_gateway.core.decide import NOBODYS_CODE
from nearcart_gateway.core.facts import RecordedFacts
from nearcart_gateway.core.shelf import OnShelf

CountVisits = Callable[[str, float, float], int]
"""(visitor, since, before): visits that began after ``since`` and had ended before, in Unix seconds."""


class PastFacts:
    """``shelf`` is today's, ``codes`` how many each pool has: what they were then was not kept. Noted is when they were asked."""

    def __init__(self, count_visits: CountVisits, shelf: Mapping[str, OnShelf], codes: Mapping[str, int]) -> None:
        self.asked_today: set[str] = set()
        self._count_visits = count_visits
        self._shelf = shelf
        self._codes = dict(codes)
        self._seen: Mapping[str, Any] = {}
        self._recorded = RecordedFacts({})

    def ask_for(self, seen: Mapping[str, Any]) -> None:
        """The next questions are a decision's that saw this."""
        self._seen, self._recorded = seen, RecordedFacts(seen)

    def visits(self, visitor: str, period_s: float, at: float) -> int:
        if f"{period_s:.0f}" in self._seen.get("visits", {}):
            return self._recorded.visits(visitor, period_s, at)
        return self._count_visits(visitor, at - period_s, at)

    def shelf(self, sku: str) -> OnShelf | None:
        if sku in self._seen.get("shelf", {}):
            return self._recorded.shelf(sku)
        self.asked_today.add("shelf")
        return self._shelf.get(sku)

    def coupon(self, pool: str) -> str | None:
        if pool in self._seen.get("coupons", {}):
            return self._recorded.coupon(pool)
        self.asked_today.add("coupons")
        return NOBODYS_CODE if self._codes.get(pool, 0) > 0 else None

    def give(self, pool: str) -> None:
        """A code of the trial's was given."""
        self._codes[pool] = self._codes.get(pool, 0) - 1
