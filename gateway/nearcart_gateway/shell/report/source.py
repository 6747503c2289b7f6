"""One experiment of a store's database as the tables that a report is made of."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from nearcart_contract.report_tables import (
    ASSIGNMENTS,
    COMPLAINTS,
    ERASED,
    EXPERIMENTS,
    EXPOSURES,
    HELD_OUT,
    OFFERED,
    OPT_OUTS,
    ORDER_LINES,
    REDEMPTIONS,
    REFUNDS,
    UNITS,
    VISITS,
    WITHHELD,
    Row,
    Source,
    Terms,
    minor,
)
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.offers.assign import SLOTS, Shares, experiment_of, shares_of, unit_of
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.report import queries
from nearcart_gateway.shell.report.launched import Launched, NoReportError, every_experiment, launched
from nearcart_gateway.shell.report.opted_out import Moment, OptedOut
from nearcart_gateway.shell.report.people import Counted, counted
from nearcart_gateway.shell.report.purchases import Purchases
from nearcart_gateway.shell.storage import complaints, consents, report_sums, revisions
from nearcart_gateway.shell.storage.campaigns_kept import CampaignsKept
from nearcart_gateway.shell.storage.database import reading
from nearcart_gateway.shell.web.gate_words import gate_words


class Again:
    """Rows that can be read as often as asked."""

    def __init__(self, read: Callable[[], Iterator[Row]]) -> None:
        self._read = read

    def __iter__(self) -> Iterator[Row]:
        return self._read()


@contextmanager
def report_source(config: Path, campaign: str, number: int | None, now: float) -> Iterator[Source]:
    """The tables, while the database is open. Raises ``NoReportError``, ``DatabaseError`` and ``FileProblems``."""
    store = load_yaml(config, Store)
    with reading(config.parent / store.database) as connection:
        yield source_of(connection, store, campaign, number, now)


@contextmanager
def every_report_source(config: Path, now: float) -> Iterator[Iterator[Source]]:
    """The tables of every experiment, while the database is open. Raises ``DatabaseError`` and ``FileProblems``."""
    store = load_yaml(config, Store)
    with reading(config.parent / store.database) as connection:
        yield every_source(connection, store, now)


def source_of(connection: sqlite3.Connection, store: Store, campaign: str, number: int | None, now: float) -> Source:
    """The tables of a database that is open already. Raises ``NoReportError``."""
    run = launched(connection, store, campaign, number, now)
    people = counted(connection)
    purchases = Purchases(connection, people, store.currency)
    seen = _Seen(connection, store, run, people)
    terms = replace(run.terms, notes=(*run.terms.notes, *_left_out(people, purchases, run.terms)))
    rows: dict[str, Iterable[Row]] = {
        EXPERIMENTS.name: (terms.row(),),
        UNITS.name: Again(people.rows),
        ASSIGNMENTS.name: Again(seen.assignments),
        EXPOSURES.name: Again(seen.exposures),
        VISITS.name: Again(seen.visits),
        ORDER_LINES.name: Again(purchases.lines),
        REFUNDS.name: Again(purchases.refunds),
        REDEMPTIONS.name: Again(seen.redemptions),
        OPT_OUTS.name: Again(seen.opt_outs),
        COMPLAINTS.name: Again(seen.complaints),
        ERASED.name: Again(seen.erased),
        WITHHELD.name: Again(seen.withheld),
    }
    return Source(terms, rows)


def _left_out(people: Counted, purchases: Purchases, terms: Terms) -> Iterator[str]:
    """Who and what is in no figure, in sentences."""
    if people.left_out:
        yield f"Not counted: {', '.join(f'{count:,} {_WHO.get(why, why)}' for why, count in sorted(people.left_out.items()))}."
    for currency, orders in sorted(purchases.in_other_currencies(terms.since).items()):
        what = f"{orders:,} orders in {currency} are" if orders > 1 else f"One order in {currency} is"
        yield f"{what} left out: the store's currency is {terms.currency}."


_WHO = {"staff": "of staff", "test": "who try things out"}


def every_source(connection: sqlite3.Connection, store: Store, now: float) -> Iterator[Source]:
    """The tables of every experiment there was, oldest first. Units have the same numbers in all of them."""
    for campaign, number in every_experiment(connection):
        try:
            yield source_of(connection, store, campaign, number, now)
        except NoReportError:
            continue


class _Seen:
    """What an experiment saw of everybody who is counted."""

    def __init__(self, connection: sqlite3.Connection, store: Store, run: Launched, people: Counted) -> None:
        self._connection, self._run, self._people = connection, run, people
        self._currency = store.currency
        self._salt = revisions.read_assignment_salt(connection)
        self._kept = CampaignsKept(connection)
        rule = store.hold_out
        shares = Shares() if rule is None else Shares(int(rule.percent * SLOTS / 100))
        self._everything = experiment_of("*", 1 if rule is None else rule.experiment, shares, self._salt)

    def exposures(self) -> Iterator[Row]:
        terms = self._run.terms
        rows = self._connection.execute(queries.EXPOSED, (terms.campaign, terms.experiment))
        for visitor, at, offer, channel, variant, outcome, revision, delivered, seen in rows:
            unit = self._people.of.get(visitor)
            if unit is None:
                continue
            campaign = self._kept.of(revision, terms.campaign)
            shares = shares_of(campaign or self._run.campaign)
            sent = outcome == "sent"
            arm = variant or OFFERED if sent else HELD_OUT
            yield (
                terms.experiment, unit, arm, at, offer, channel or "", sent, sent and bool(delivered), sent and bool(seen),
                shares.held_out, shares.offered,
            )  # fmt: skip

    def assignments(self) -> Iterator[Row]:
        """By slot, everybody who came while it ran: a slot tells her arm whether anything would have been sent or not."""
        terms, experiment = self._run.terms, self._run.experiment
        if experiment.id != terms.experiment:
            return
        until = terms.now if terms.ends is None else min(terms.now, terms.ends)
        came = dict(self._connection.execute(_CAME, (terms.since - _VISIT_BEFORE_S, until)))
        first: dict[int, tuple[float, Visitor]] = {}
        for visitor in self._people.visitors:
            at, unit = came.get(visitor.id), self._people.of[visitor.id]
            if at is not None and (unit not in first or at < first[unit][0]):
                first[unit] = (at, visitor)
        for unit, (at, visitor) in first.items():
            arm = self._arm(visitor)
            if arm is not None:
                yield terms.experiment, unit, arm, at

    def visits(self) -> Iterator[Row]:
        for visitor, entered_at, left_at in self._connection.execute(_VISITS):
            unit = self._people.of.get(visitor)
            if unit is not None:
                yield unit, entered_at, 0 if left_at is None else max(0, round(left_at - entered_at))

    def redemptions(self) -> Iterator[Row]:
        terms = self._run.terms
        rows = self._connection.execute(queries.REDEEMED, (terms.campaign, terms.experiment))
        for visitor, at, money in rows:
            unit = self._people.of.get(visitor)
            if unit is not None:
                yield terms.experiment, unit, at, minor(Decimal(money), self._currency)

    def opt_outs(self) -> Iterator[Row]:
        """Who took back her consent is in no other table: only how many did, and how many of them complained before."""
        slots, after = Counter[str](), OptedOut()
        for visitor in self._people.opted_out:
            at = consents.taken_back_at(self._connection, visitor.id, "offers")
            if at is None or at < self._run.terms.since:
                continue
            arm = self._arm(visitor)
            if arm is not None:
                slots[arm] += 1
            complained_at = [each.at for each in complaints.of_visitor(self._connection, visitor.id)]
            after.add(unit_of(visitor), at, self._first_moment(visitor.id), complained_at)
        counts = after.by_arm(self._has_moment, self._run.terms.window_s)
        for arm in sorted({*slots, *counts}):
            yield self._run.terms.experiment, arm, slots[arm], *counts.get(arm, (0, 0, 0))

    def _first_moment(self, visitor: str) -> Moment | None:
        """Hers in this experiment."""
        terms = self._run.terms
        row = self._connection.execute(queries.FIRST_MOMENT, (visitor, terms.campaign, terms.experiment)).fetchone()
        return None if row is None else Moment(row[0], HELD_OUT if row[1] == "ghost" else row[2] or OFFERED)

    def _has_moment(self, unit: str) -> bool:
        """Whether anybody who is counted of a household had one."""
        members = (visitor.id for visitor in self._people.visitors if unit_of(visitor) == unit)
        return any(self._first_moment(member) is not None for member in members)

    def withheld(self) -> Iterator[Row]:
        for campaign, gate, moments in self._connection.execute(
            queries.WITHHELD, (self._run.terms.campaign, self._run.terms.since)
        ):
            yield campaign, gate_words(gate), moments, self._run.terms.experiment

    def complaints(self) -> Iterator[Row]:
        units = self._people.with_households()
        for visitor, at, channel, campaign, offer in self._connection.execute(_COMPLAINTS):
            unit = units.get(visitor)
            if unit is not None:
                yield unit, at, channel or "", campaign or "", offer or ""

    def erased(self) -> Iterator[Row]:
        unit = Decimal(10) ** self._run.terms.digits
        for arm, day, metric, sums in report_sums.read(self._connection, self._run.terms.experiment):
            scale = unit if metric == "revenue" else Decimal(1)
            totals = (int((each).to_integral_value()) for each in (sums.e_sum * scale, sums.e_sum_sq * scale * scale))
            yield self._run.terms.experiment, arm, day, metric, sums.exp, sums.delivered, *totals

    def _arm(self, visitor: Visitor) -> str | None:
        """The arm of her slot; none for who takes no part, or is held out of everything."""
        if self._everything.slot(visitor, self._salt) < self._everything.shares.held_out:
            return None
        slot, shares = self._run.experiment.slot(visitor, self._salt), self._run.experiment.shares
        if slot < shares.held_out:
            return HELD_OUT
        return (shares.variant(slot) or OFFERED) if shares.takes_part(slot) else None


_VISIT_BEFORE_S = 3600.0
"""Whoever had the first moment had entered before it."""

_CAME = "SELECT visitor, min(entered_at) FROM visits WHERE coalesce(left_at, 9e12) >= ?1 AND entered_at <= ?2 GROUP BY visitor"
_VISITS = "SELECT visitor, entered_at, left_at FROM visits ORDER BY entered_at"
_COMPLAINTS = "SELECT visitor, at, channel, campaign, offer FROM complaints ORDER BY at, number"
