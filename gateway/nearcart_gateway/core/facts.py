"""What a decision may ask of the store beside the ledger: her earlier visits, and what is on the shelf.

Whatever was asked is kept in the decision's inputs with its answer, so that it can be decided again.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol

from nearcart_gateway.core.coupons import CouponBook
from nearcart_gateway.core.shelf import OnShelf
from nearcart_gateway.core.visit_history import VisitHistory


class Facts(Protocol):
    """What a gate may ask."""

    def visits(self, visitor: str, period_s: float, at: float) -> int:
        """Visits that began in the period before ``at`` and have ended: not the one she is on."""
        ...

    def shelf(self, sku: str) -> OnShelf | None:
        """What is on the shelf of a SKU; ``None`` for one that the store does not know."""
        ...

    def coupon(self, pool: str) -> str | None:
        """The code that would be given next; ``None`` when there is none left."""
        ...


class StoreFacts:
    """The store's own memory."""

    def __init__(self, history: VisitHistory) -> None:
        self.on_shelf: Mapping[str, OnShelf] = {}
        self.coupons = CouponBook()
        self._history = history

    def visits(self, visitor: str, period_s: float, at: float) -> int:
        return self._history.count(visitor, at - period_s)

    def shelf(self, sku: str) -> OnShelf | None:
        return self.on_shelf.get(sku)

    def coupon(self, pool: str) -> str | None:
        return self.coupons.next(pool)


class WatchedFacts:
    """Facts that remember what they were asked and answered."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._seen: dict[str, Any] = {}

    def visits(self, visitor: str, period_s: float, at: float) -> int:
        found = self._facts.visits(visitor, period_s, at)
        self._seen.setdefault("visits", {})[f"{period_s:.0f}"] = found
        return found

    def shelf(self, sku: str) -> OnShelf | None:
        found = self._facts.shelf(sku)
        price = None if found is None or found.price is None else str(found.price)
        self._seen.setdefault("shelf", {})[sku] = None if found is None else [found.quantity, price]
        return found

    def coupon(self, pool: str) -> str | None:
        found = self._facts.coupon(pool)
        self._seen.setdefault("coupons", {})[pool] = found
        return found

    def seen(self) -> dict[str, Any]:
        return self._seen


class RecordedFacts:
    """Answers as a decision's inputs say the store answered; what it was not asked then is not there."""

    def __init__(self, seen: Mapping[str, Any]) -> None:
        self._seen = seen

    def visits(self, visitor: str, period_s: float, at: float) -> int:
        return int(self._seen.get("visits", {}).get(f"{period_s:.0f}", 0))

    def shelf(self, sku: str) -> OnShelf | None:
        row = self._seen.get("shelf", {}).get(sku)
        return None if row is None else OnShelf(int(row[0]), None if row[1] is None else Decimal(row[1]))

    def coupon(self, pool: str) -> str | None:
        found: str | None = self._seen.get("coupons", {}).get(pool)
        return found


NO_FACTS = RecordedFacts({})
