"""``nearcart offers backtest``: an offer's file over the store's stored moments. Reads the database and changes nothing in it."""

import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from nearcart_contract.yaml_file import FileProblems
from nearcart_gateway.core.backtest.past_facts import PastFacts
from nearcart_gateway.core.backtest.run import Found, PastDecision, Run
from nearcart_gateway.core.backtest.trial import Trial
from nearcart_gateway.core.backtest.twin_ledger import TwinLedger
from nearcart_gateway.core.backtest.waiting import StillThere, Waiting
from nearcart_gateway.core.cart_book import CartBook, CartRecord
from nearcart_gateway.core.spending import Ceiling, Use
from nearcart_gateway.core.values import Decision, KnownCart
from nearcart_gateway.shell.past_offers import PastOffers
from nearcart_gateway.shell.storage import decisions, ledger, past_moments
from nearcart_gateway.shell.storage.database import reading
from nearcart_gateway.shell.store_lists import StoreLists
from nearcart_gateway.shell.tried_file import TriedFile

TOLD_EVERY = 2_000
"""Moments between two words about how far it is."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a file would have done since a time (Unix seconds). ``in_force``: the offer is in force just as the file says."""

    file: TriedFile
    since: float
    found: Found
    ceiling: Ceiling
    asked_today: frozenset[str]


def backtest(file: TriedFile, since: float, progress: Progress = lambda done, total: None) -> Backtest:
    """Run it. Raises ``DatabaseError`` where there is no database, and ``FileProblems``."""
    with reading(file.config.parent / file.store.database) as connection, _one_moment(connection):
        facts = _facts(connection, file)
        twin, uses, erased = _ledgers(connection, since)
        trials = _Trials(file, connection)
        carts = _Carts(connection)
        waiting = Waiting(file.tried.offer.offer, past_moments.asked_again(connection, since), _still_there(connection))
        run = Run(file.tried, trials.of, twin, facts, carts.cart_of, uses, _same, waiting)
        wanted = past_moments.Wanted(since, file.tried.offer.when.moment, trials.dwells(since))
        total, last = past_moments.count(connection, since), since
        for number, past in enumerate(past_moments.read(connection, wanted)):
            while erased and erased[-1].at <= past.now:
                run.offered(erased.pop())
            run.take(past)
            last = past.now
            if number % TOLD_EVERY == 0:
                progress(number, total)
        run.ask_again(last)
        progress(total, total)
        return Backtest(file, since, run.found, file.ceiling, frozenset(facts.asked_today))


@contextmanager
def _one_moment(connection: sqlite3.Connection) -> Iterator[None]:
    """Everything as of one moment, while a gateway writes on."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def _same(again: Decision, past: PastDecision) -> bool:
    return decisions.row_of(again) == decisions.as_decided(past.row, again.inputs)


def _ledgers(connection: sqlite3.Connection, since: float) -> tuple[TwinLedger, dict[str, Use], list[Use]]:
    """What was offered before; what the stored decisions offered, by key; and the rest, whose decisions are gone, last first."""
    named = {
        key
        for (key,) in connection.execute(
            "SELECT key FROM decisions WHERE at >= ? AND outcome IN ('sent', 'ghost')", (since,)
        )
    }
    uses: dict[str, Use] = {}
    before: list[Use] = []
    erased: list[Use] = []
    for use in ledger.read_all(connection):
        if use.key in named:
            uses[use.key] = use
        else:
            (before if use.at < since else erased).append(use)
    twin = TwinLedger()
    twin.load(((use.visitor, use.offer, use.campaign, use.at) for use in before), before, since)
    return twin, uses, erased[::-1]


def _facts(connection: sqlite3.Connection, file: TriedFile) -> PastFacts:
    lists = StoreLists(file.config.parent, file.store)
    given = dict(connection.execute("SELECT pool, count(*) FROM coupons GROUP BY pool").fetchall())
    codes = {pool: max(0, len(held.held) - given.get(pool, 0)) for pool, held in lists.pools.items()}
    return PastFacts(_Visits(connection).count, {} if lists.shelf is None else lists.shelf.held, codes)


class _Trials:
    """The tried offer among those of each revision, compiled once."""

    def __init__(self, file: TriedFile, connection: sqlite3.Connection) -> None:
        self._file = file
        self._connection = connection
        self._past = PastOffers(file.store, connection)
        self._trials: dict[str, Trial | None] = {}

    def of(self, revision: str) -> Trial | None:
        if revision not in self._trials:
            self._trials[revision] = self._make(revision)
        return self._trials[revision]

    def dwells(self, since: float) -> dict[str, float]:
        """The dwells that some revision since then did not wait for."""
        found: dict[str, float] = {}
        for (revision,) in self._connection.execute(
            "SELECT DISTINCT revision FROM moments WHERE number >= ?",
            (past_moments.first_number(self._connection, since),),
        ):
            trial = self.of(revision)
            found.update({} if trial is None else trial.unheard)
        return found

    def _make(self, revision: str) -> Trial | None:
        checked = self._past.checked(revision)
        if checked is None:
            return None
        try:
            return self._file.tried.among(*checked, self._past.salt)
        except FileProblems:
            return None


class _Carts:
    """Carts as they were: time only goes on."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._rows = connection.execute("SELECT received_at, record FROM cart_versions ORDER BY received_at, number")
        self._next = self._rows.fetchone()
        self._book = CartBook()

    def cart_of(self, customer: str, now: float) -> KnownCart | None:
        while self._next is not None and self._next[0] <= now:
            self._book.load([CartRecord.from_json(self._next[1])])
            self._next = self._rows.fetchone()
        return self._book.cart_of(customer)


class _Visits:
    """Visits that ended, read when they are first asked about."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._by_visitor: dict[str, list[tuple[float, float]]] | None = None

    def count(self, visitor: str, since: float, before: float) -> int:
        if self._by_visitor is None:
            self._by_visitor = {}
            rows = self._connection.execute(
                "SELECT visitor, entered_at, left_at FROM visits WHERE left_at IS NOT NULL ORDER BY entered_at"
            )
            for name, entered_at, left_at in rows:
                self._by_visitor.setdefault(name, []).append((entered_at, left_at))
        hers = self._by_visitor.get(visitor, [])
        first, last = bisect_right(hers, (since, 9e12)), bisect_left(hers, (before, 0.0))
        return sum(1 for _, left_at in hers[first:last] if left_at < before)


def _still_there(connection: sqlite3.Connection) -> StillThere:
    """Whether a visit had not ended by a time."""

    def still_there(visit: str, at: float) -> bool:
        row = connection.execute("SELECT left_at FROM visits WHERE id = ?", (visit,)).fetchone()
        return row is not None and (row[0] is None or row[0] > at)

    return still_there
