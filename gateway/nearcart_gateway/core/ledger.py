"""What was offered, to whom, when, and what came of it: exact counts in sliding periods, and what campaigns have spent.

Ghosts count as sent ones do, but spend nothing. Times are Unix seconds. Counting is O(log n): every scope has its times in
order. Memory is bounded by ``keep_from``: nothing in force looks further back.
"""

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, Protocol

from nearcart_gateway.core.spending import Spending, Spent, Use

LedgerRow = tuple[str | None, str, str | None, float]
"""(visitor, offer, campaign, at): a decision that was sent or a ghost; no visitor once she was erased."""

Scope = Literal["offer", "campaign", "store"]

SWEPT_AT_ONCE = 500
"""Visitors looked at in one call of ``sweep``, so that no tick is long."""

_COMPACT_FROM = 1024


@dataclass(frozen=True, slots=True)
class Count:
    """A question to a ledger: how many of ``scope`` (``hers``: to one visitor) in a period of seconds.

    ``key`` names question and period in the stored inputs of a decision.
    """

    scope: Scope
    name: str
    hers: bool
    period_s: float
    key: str

    @classmethod
    def of(cls, scope: Scope, name: str, period_s: float, *, hers: bool = False) -> "Count":
        return cls(scope, name, hers, period_s, f"{'visitor:' if hers else ''}{scope}:{name}:{period_s:.0f}")


class LedgerReading(Protocol):
    """What a gate may ask of a ledger."""

    def count(self, question: Count, visitor: str, at: float) -> int:
        """How many there were after ``at`` less the period."""
        ...

    def last(self, visitor: str) -> float | None:
        """When the visitor last had any offer."""
        ...

    def holds(self, visitor: str, now: float) -> tuple[Use, ...]:
        """The benefits she holds that have not expired or been used, oldest first."""
        ...

    def spent(self, campaign: str) -> Spent:
        """What the campaign has spent, with what is promised and not expired."""
        ...


class _Times:
    """Times in order. Old ones are let go from the front, and moved together only when most of the front is gone."""

    __slots__ = ("_from", "_times")

    def __init__(self) -> None:
        self._times = array("d")
        self._from = 0

    def add(self, at: float, keep_from: float) -> None:
        self.forget(keep_from)
        if not self._times or at >= self._times[-1]:
            self._times.append(at)
        else:
            insort(self._times, at, lo=self._from)

    def after(self, since: float) -> int:
        return len(self._times) - bisect_right(self._times, since, lo=self._from)

    def forget(self, before: float) -> None:
        times = self._times
        if self._from < len(times) and times[self._from] < before:
            self._from = bisect_left(times, before, lo=self._from)
            if self._from >= _COMPACT_FROM and self._from * 2 >= len(times):
                del times[: self._from]
                self._from = 0


_Entry = tuple[float, str, str | None]
"""(at, offer, campaign) of one visitor."""


class Ledger:
    """The counts of one store, in memory; its rows in the database are what they are loaded from.

    ``keep_from`` is how far back it reaches: it moves on with ``sweep``, and back only with ``reach_back``.
    """

    def __init__(self, keep_from: float = 0.0) -> None:
        self.keep_from = keep_from
        self.spending = Spending()
        self._visitors: dict[str, list[_Entry]] = {}
        self._offers: dict[str, _Times] = {}
        self._campaigns: dict[str, _Times] = {}
        self._store = _Times()
        self._sweep: Iterator[str] | None = None

    def load(self, rows: Iterable[LedgerRow]) -> None:
        """Add rows as the database has them, in any order."""
        for visitor, offer, campaign, at in rows:
            self.add(visitor, offer, campaign, at)

    def reach_back(self, rows: Iterable[LedgerRow], keep_from: float) -> None:
        """Take up rows from before ``keep_from`` as it was, when offers in force look further back than those before them."""
        known_from, self.keep_from = self.keep_from, min(keep_from, self.keep_from)
        self._sweep = None
        self._let_go(known_from)
        self.load(row for row in rows if keep_from <= row[3] < known_from)

    def add(self, visitor: str | None, offer: str, campaign: str | None, at: float) -> None:
        """Count one offer."""
        if at < self.keep_from:
            return
        if visitor is not None:
            insort(self._visitors.setdefault(visitor, []), (at, offer, campaign), key=_at)
        self._offers.setdefault(offer, _Times()).add(at, self.keep_from)
        if campaign is not None:
            self._campaigns.setdefault(campaign, _Times()).add(at, self.keep_from)
        self._store.add(at, self.keep_from)

    def count(self, question: Count, visitor: str, at: float) -> int:
        since = at - question.period_s
        if not question.hers:
            times = self._times_of(question)
            return 0 if times is None else times.after(since)
        entries = self._visitors.get(visitor)
        if not entries or entries[-1][0] <= since:
            return 0
        first = 0 if entries[0][0] > since else bisect_right(entries, since, key=_at)
        if question.scope == "store":
            return len(entries) - first
        column, name, found = (1 if question.scope == "offer" else 2), question.name, 0
        for entry in entries[first:] if first else entries:
            if entry[column] == name:
                found += 1
        return found

    def last(self, visitor: str) -> float | None:
        entries = self._visitors.get(visitor)
        return entries[-1][0] if entries else None

    def holds(self, visitor: str, now: float) -> tuple[Use, ...]:
        return self.spending.holds(visitor, now)

    def spent(self, campaign: str) -> Spent:
        return self.spending.spent(campaign)

    def sweep(self, keep_from: float) -> None:
        """Let go of what nothing looks back to any more, a part of the visitors in each call."""
        if self._sweep is None:
            self.keep_from = max(self.keep_from, keep_from)
            for times in (*self._offers.values(), *self._campaigns.values(), self._store):
                times.forget(self.keep_from)
            self._sweep = iter(list(self._visitors))
        visitors = list(islice(self._sweep, SWEPT_AT_ONCE))
        for visitor in visitors:
            self._let_go_of(visitor, self.keep_from)
        if not visitors:
            self._sweep = None

    @property
    def sweeping(self) -> bool:
        """Whether a sweep has begun and not ended."""
        return self._sweep is not None

    def prune(self, before: float) -> None:
        """Forget at once what is older than ``before``."""
        self.keep_from = max(self.keep_from, before)
        self._let_go(self.keep_from)

    def merge(self, visitor: str, target: str) -> None:
        """What one had, the other had: every offer of both counts for her from now on."""
        entries = self._visitors.pop(visitor, [])
        if entries:
            self._visitors[target] = sorted([*self._visitors.get(target, []), *entries], key=_at)
        self.spending.merge(visitor, target)

    def forget(self, visitor: str) -> None:
        """Forget what one visitor had. What it adds to the counts of offers, campaigns and store stays: it was offered."""
        self._visitors.pop(visitor, None)
        self.spending.forget(visitor)

    def _times_of(self, question: Count) -> _Times | None:
        if question.scope == "store":
            return self._store
        return (self._offers if question.scope == "offer" else self._campaigns).get(question.name)

    def _let_go(self, before: float) -> None:
        for times in (*self._offers.values(), *self._campaigns.values(), self._store):
            times.forget(before)
        for visitor in list(self._visitors):
            self._let_go_of(visitor, before)

    def _let_go_of(self, visitor: str, before: float) -> None:
        entries = self._visitors.get(visitor)
        if entries is None:
            return
        del entries[: bisect_left(entries, before, key=_at)]
        if not entries:
            del self._visitors[visitor]


def _at(entry: _Entry) -> float:
    return entry[0]
