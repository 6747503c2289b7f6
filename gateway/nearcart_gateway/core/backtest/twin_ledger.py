"""Two ledgers side by side: what was offered, and what would have been with the offer that is tried.

A question that a decision asked then is answered as it was answered then, more or less what differs between the two since. So a
trial in which nothing differs sees exactly what was seen.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from nearcart_gateway.core.decision_inputs import RecordedLedger
from nearcart_gateway.core.ledger import Count, Ledger, LedgerRow
from nearcart_gateway.core.spending import Spent, Use


class TwinLedger:
    """``differs`` says whether any answer since ``ask_for`` was another than then."""

    def __init__(self) -> None:
        self.was, self.would = Ledger(), Ledger()
        self.differs = False
        self._seen: Mapping[str, Any] = {}
        self._recorded = RecordedLedger({})
        self._exact = False
        self._plain = False

    def load(self, rows: Iterable[LedgerRow], uses: Iterable[Use], now: float) -> None:
        """What was offered before the first moment, which the trial does not change."""
        known, held = list(rows), list(uses)
        for ledger in (self.was, self.would):
            ledger.load(known)
            ledger.spending.load(held, now)

    def ask_for(self, seen: Mapping[str, Any], now: float, *, exact: bool, alike: bool) -> None:
        """The next questions are a decision's that saw this; ``exact``: it asked all that will be asked.

        ``alike``: the two don't differ in anything yet, so that there is nothing to compare.
        """
        self._seen, self._recorded, self._exact, self.differs = seen, RecordedLedger(seen), exact, False
        self._plain = exact and alike
        if self._plain:
            return
        self.was.spending.expire(now)
        self.would.spending.expire(now)

    def count(self, question: Count, visitor: str, at: float) -> int:
        if self._plain:
            return self._recorded.count(question, visitor, at)
        was, would = self.was.count(question, visitor, at), self.would.count(question, visitor, at)
        self.differs = self.differs or was != would
        if not self._exact and question.key not in self._seen.get("counts", {}):
            return would
        return self._recorded.count(question, visitor, at) + would - was

    def last(self, visitor: str) -> float | None:
        if self._plain:
            return self._recorded.last(visitor)
        was, would = self.was.last(visitor), self.would.last(visitor)
        self.differs = self.differs or was != would
        recorded = self._exact or "last" in self._seen
        return self._recorded.last(visitor) if recorded and was == would else would

    def holds(self, visitor: str, now: float) -> tuple[Use, ...]:
        if self._plain:
            return self._recorded.holds(visitor, now)
        was, would = self.was.holds(visitor, now), self.would.holds(visitor, now)
        self.differs = self.differs or was != would
        recorded = self._exact or "holds" in self._seen
        return self._recorded.holds(visitor, now) if recorded and was == would else would

    def spent(self, campaign: str) -> Spent:
        if self._plain:
            return self._recorded.spent(campaign)
        was, would = self.was.spent(campaign), self.would.spent(campaign)
        self.differs = self.differs or was != would
        if not self._exact and campaign not in self._seen.get("spent", {}):
            return would
        then = self._recorded.spent(campaign)
        return Spent(then.redemptions + would.redemptions - was.redemptions, then.money + would.money - was.money)

    def add_both(self, row: LedgerRow, use: Use | None = None) -> None:
        """It was offered, and would have been."""
        for ledger in (self.was, self.would):
            _add(ledger, row, use)

    def add_was(self, use: Use) -> None:
        _add(self.was, (use.visitor, use.offer, use.campaign, use.at), use)

    def add_would(self, use: Use) -> None:
        _add(self.would, (use.visitor, use.offer, use.campaign, use.at), use)


def _add(ledger: Ledger, row: LedgerRow, use: Use | None) -> None:
    ledger.add(*row)
    if use is not None:
        ledger.spending.put(use)
