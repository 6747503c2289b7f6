"""Sums per experiment, arm, day and metric, to which a visitor is added before she is erased."""

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from nearcart_contract.campaign_file import Campaign
from nearcart_contract.yaml_file import FileProblems, parse_source
from nearcart_gateway.core.report_sums import (
    HELD_OUT,
    KEYS,
    METRICS,
    TREATED,
    Bought,
    Dealing,
    Story,
    Sums,
    by_day,
)
from nearcart_gateway.shell.offer_files import documents_of
from nearcart_gateway.shell.storage import revisions

WINDOW_S = 7 * 86_400.0
"""A campaign's window where its file is not known any more."""

ARRIVED = ("sent", "delivered", "seen")
"""States of a delivery that a channel took."""

_COUNTS = frozenset({"n", "exp", "delivered", "d_sum", "d_sum_sq"})


def add_visitor(
    connection: sqlite3.Connection, visitor: str, customers: Collection[str], time_zone: str, currency: str
) -> None:
    """Add what a visitor did to the sums, within the caller's transaction that deletes her.

    ``customers`` are her ids in the shop; orders in another currency than ``currency`` are not counted. Who is not counted in
    reports (staff, who tries things out, who took back her consent) adds nothing.
    """
    if not _counted(connection, visitor):
        return
    zone = ZoneInfo(time_zone)

    def day_of(at: float) -> str:
        return datetime.fromtimestamp(at, zone).date().isoformat()

    windows = _windows(connection)
    for (experiment, campaign), (arm, dealings) in _dealings(connection, visitor).items():
        story = Story(
            dealings,
            windows(campaign),
            bought=_bought(connection, visitor, customers, currency),
            redeemed_at=_redeemed(connection, visitor, campaign),
            visits_at=[row[0] for row in connection.execute(_VISITS, (visitor,))],
        )
        for metric in METRICS:
            for day, added in by_day(story, metric, day_of):
                _add(connection, (experiment, campaign, arm, day, metric), added)


def read(connection: sqlite3.Connection, experiment: str) -> Iterator[tuple[str, str, str, Sums]]:
    """(arm, day, metric, what that day added) of all who were erased, in the order of the days."""
    rows = connection.execute(
        f"SELECT arm, day, metric, {', '.join(KEYS)} FROM report_sums WHERE experiment = ? ORDER BY day, arm, metric",  # noqa: S608
        (experiment,),
    )
    for arm, day, metric, *values in rows:
        yield arm, day, metric, _sums(values)


def _counted(connection: sqlite3.Connection, visitor: str) -> bool:
    row = connection.execute("SELECT kind, consents FROM visitors WHERE id = ?", (visitor,)).fetchone()
    return row is not None and row[0] == "visitor" and '"offers' in row[1]


def _dealings(connection: sqlite3.Connection, visitor: str) -> dict[tuple[str, str], tuple[str, list[Dealing]]]:
    """Of each (experiment, campaign) the arm of her first decision, and all of her decisions."""
    found: dict[tuple[str, str], tuple[str, list[Dealing]]] = {}
    for experiment, campaign, at, outcome, gate, variant, state in connection.execute(_DECISIONS, (visitor,)):
        held_out = outcome == "ghost" or gate == "hold_out"
        arm = HELD_OUT if held_out else variant or TREATED
        dealing = Dealing(at, outcome in ("sent", "ghost"), state in ARRIVED)
        found.setdefault((experiment, campaign), (arm, []))[1].append(dealing)
    return found


def _bought(connection: sqlite3.Connection, visitor: str, customers: Collection[str], currency: str) -> list[Bought]:
    """Her orders that were not cancelled, with what was paid back for them and when."""
    paid_back: dict[tuple[str, str], list[tuple[float, Decimal]]] = {}
    for source, order, at, amount in connection.execute(_REFUNDS, (currency,)):
        paid_back.setdefault((source, order), []).append((at, Decimal(amount)))
    rows = connection.execute(_ORDERS, (visitor, json.dumps(sorted(customers)), currency))
    return [Bought(at, Decimal(total), paid_back.get((source, order), ())) for source, order, at, total in rows]


def _redeemed(connection: sqlite3.Connection, visitor: str, campaign: str) -> list[float]:
    rows = connection.execute(
        "SELECT settled_at FROM ledger WHERE visitor = ? AND campaign = ? AND state = 'redeemed'", (visitor, campaign)
    )
    return [at for (at,) in rows if at is not None]


def _windows(connection: sqlite3.Connection) -> Callable[[str], float]:
    """How long an outcome counts for a campaign, in seconds, by the files last in force."""
    kept = revisions.last_good(connection)
    known: dict[str, float] = {}
    for source in documents_of(kept.documents).campaigns.values() if kept else ():
        try:
            campaign = parse_source(source, Campaign)
        except FileProblems:
            continue
        known[campaign.campaign] = campaign.window.total_seconds()
    return lambda campaign: known.get(campaign, WINDOW_S)


def _add(connection: sqlite3.Connection, key: tuple[str, str, str, str, str], added: Sums) -> None:
    """``key``: experiment, campaign, arm, day, metric."""
    experiment, _, arm, day, metric = key
    row = connection.execute(
        f"SELECT {', '.join(KEYS)} FROM report_sums WHERE experiment = ? AND arm = ? AND day = ? AND metric = ?",  # noqa: S608
        (experiment, arm, day, metric),
    ).fetchone()
    total = added if row is None else _sums(row) + added
    values = [getattr(total, key) if key in _COUNTS else str(getattr(total, key)) for key in KEYS]
    connection.execute(
        f"INSERT OR REPLACE INTO report_sums (experiment, campaign, arm, day, metric, {', '.join(KEYS)})"  # noqa: S608
        f" VALUES (?, ?, ?, ?, ?{', ?' * len(KEYS)})",
        (*key, *values),
    )


def _sums(values: Collection[object]) -> Sums:
    pairs = zip(KEYS, values, strict=True)
    return Sums(*(int(str(value)) if key in _COUNTS else Decimal(str(value)) for key, value in pairs))  # type: ignore[arg-type]


_DECISIONS = (
    "SELECT d.experiment, d.campaign, d.at, d.outcome, d.gate, d.variant, l.state FROM decisions d LEFT JOIN deliveries l ON l.key = d.key"
    " WHERE d.visitor = ? AND d.campaign IS NOT NULL AND d.experiment IS NOT NULL AND d.slot IS NOT NULL"
    " AND coalesce(d.gate, '') NOT IN ('no_part', 'store_hold_out') ORDER BY d.at"
)
"""Who took no part, or was held out of everything, is in neither arm."""
_REFUNDS = "SELECT source, purchase, at, amount FROM refunds WHERE coalesce(currency, ?1) = ?1"
_ORDERS = (
    "SELECT source, id, placed_at, total FROM orders WHERE state = 'placed' AND placed_at IS NOT NULL AND total IS NOT NULL"
    " AND (visitor = ? OR customer IN (SELECT value FROM json_each(?))) AND coalesce(currency, ?3) = ?3"
)
_VISITS = "SELECT entered_at FROM visits WHERE visitor = ? ORDER BY entered_at"
