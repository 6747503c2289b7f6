"""Those who get no offer at all beside everybody else, as the tables of a report: what all offers together cause, over months."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from nearcart_contract.report_tables import (
    EXPOSURES,
    HELD_OUT,
    OFFERED,
    ORDER_LINES,
    REFUNDS,
    UNITS,
    VISITS,
    Row,
    Source,
    Terms,
)
from nearcart_contract.store_file import Store, StoreHoldOut
from nearcart_gateway.core.offers.assign import SLOTS, STORE, Shares, experiment_of
from nearcart_gateway.core.offers.store_terms import FILE
from nearcart_gateway.shell.report.launched import NoReportError
from nearcart_gateway.shell.report.people import Counted, counted
from nearcart_gateway.shell.report.purchases import Purchases
from nearcart_gateway.shell.report.source import Again
from nearcart_gateway.shell.storage import revisions

DAY_S = 86_400.0
TAU = 5000.0


@dataclass(frozen=True, slots=True)
class Cohort:
    """Everybody who first came at least ``days`` days ago; ``source`` is ``None`` while that is nobody.

    ``first_at`` (Unix seconds) is when the first of them will have been here so long; ``None`` where nobody came yet.
    """

    days: int
    first_at: float | None
    source: Source | None


def cohorts(connection: sqlite3.Connection, store: Store, days: tuple[int, ...], now: float) -> Iterator[Cohort]:
    """One for each of ``days``, those held out of everything against the rest. Raises ``NoReportError``."""
    rule = store.hold_out
    if rule is None:
        raise NoReportError(
            "nobody is held out of everything, so what all offers together cause can't be told: write 'hold_out: {percent: 2}' in store.yaml"
        )
    since = _since(connection, rule)
    people = counted(connection)
    came = _first_visits(connection, people, since)
    salt = revisions.read_assignment_salt(connection)
    held = int(rule.percent * SLOTS / 100)
    experiment = experiment_of(STORE, rule.experiment, Shares(held), salt)
    arms = {
        people.of[visitor.id]: HELD_OUT if experiment.slot(visitor, salt) < held else OFFERED
        for visitor in people.visitors
    }
    for horizon in days:
        mature = {unit: at for unit, at in came.items() if at <= now - horizon * DAY_S}
        first = min(came.values(), default=None)
        first_at = None if first is None else first + horizon * DAY_S
        terms = Terms(
            experiment=experiment.id, campaign=STORE, name="All offers together", store=store.name, time_zone=store.time_zone,
            currency=store.currency, outcome="revenue", window_s=horizon * DAY_S, tau=TAU, cap=None,
            arms=((HELD_OUT, held), (OFFERED, SLOTS - held)), since=since, ends=None, now=now,
        )  # fmt: skip
        source = _source(connection, people, terms, mature, arms) if mature else None
        yield Cohort(horizon, first_at, source)


def _source(
    connection: sqlite3.Connection, people: Counted, terms: Terms, first: dict[int, float], arms: dict[int, str]
) -> Source:
    """Her first visit takes the place of a first moment."""
    held, offered = (slots for _, slots in terms.arms)
    purchases = Purchases(connection, people, terms.currency)

    def moments() -> Iterator[Row]:
        for unit, at in first.items():
            yield terms.experiment, unit, arms[unit], at, "", "", False, False, False, held, offered

    def visits() -> Iterator[Row]:
        for visitor, entered_at, left_at in connection.execute("SELECT visitor, entered_at, left_at FROM visits"):
            unit = people.of.get(visitor)
            if unit is not None:
                yield unit, entered_at, 0 if left_at is None else max(0, round(left_at - entered_at))

    rows = {
        UNITS.name: Again(people.rows),
        EXPOSURES.name: Again(moments),
        VISITS.name: Again(visits),
        ORDER_LINES.name: Again(purchases.lines),
        REFUNDS.name: Again(purchases.refunds),
    }
    return Source(terms, rows)


def _since(connection: sqlite3.Connection, rule: StoreHoldOut) -> float:
    """When the store.yaml of today's hold-out came into force: a change of its share begins anew. Raises ``NoReportError``."""
    since: float | None = None
    for taken_at, documents in connection.execute("SELECT taken_at, documents FROM revisions ORDER BY taken_at"):
        kept = json.loads(json.loads(documents).get(FILE, "{}")).get("hold_out")
        same = kept is not None and StoreHoldOut.model_validate(kept) == rule
        since = (taken_at if since is None else since) if same else None
    if since is None:
        raise NoReportError("no gateway ran with this 'hold_out' of store.yaml yet")
    return since


def _first_visits(connection: sqlite3.Connection, people: Counted, since: float) -> dict[int, float]:
    found: dict[int, float] = {}
    rows = connection.execute(
        "SELECT visitor, min(entered_at) FROM visits WHERE entered_at >= ? GROUP BY visitor", (since,)
    )
    for visitor, at in rows:
        unit = people.of.get(visitor)
        if unit is not None:
            found[unit] = min(at, found.get(unit, at))
    return found
