"""Sums per experiment, arm, day and metric, to which a visitor is added before she is erased."""

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from nearcart_contract.campaign_file import Campaign
from nearcart_gateway.core.email_customer import by_loyalty, customers_of
from nearcart_gateway.core.report_sums import (
    HELD_OUT,
    KEYS,
    METRICS,
    OPTED_OUT_METRICS,
    TREATED,
    Bought,
    Dealing,
    Metric,
    Story,
    Sums,
    by_day,
)
from nearcart_gateway.shell.storage import complaints, consents, visitors
from nearcart_gateway.shell.storage.campaigns_kept import CampaignsKept

WINDOW_S = 7 * 86_400.0
"""A campaign's window where its file as it was launched is not known any more."""

_COUNTS = frozenset({"n", "exp", "delivered", "d_sum", "d_sum_sq"})


def add_visitor(
    connection: sqlite3.Connection, visitor: str, customers: Collection[str], time_zone: str, currency: str
) -> None:
    """Add what a visitor did to the sums, within the caller's transaction that deletes her.

    ``customers`` are her ids in the shop; orders in another currency than ``currency`` are not counted. Who is not counted in
    reports (staff, who tries things out) adds nothing; who took back her consent adds that she did, and whether she complained.
    """
    metrics = _metrics(connection, visitor)
    if not metrics:
        return
    zone = ZoneInfo(time_zone)

    def day_of(at: float) -> str:
        return datetime.fromtimestamp(at, zone).date().isoformat()

    kept = CampaignsKept(connection)
    others = _others(connection, visitor, counted_only=metrics is METRICS)
    with_her = _Unit((visitor, *others.visitors), frozenset({*customers, *others.customers}))
    for unit, times in ((with_her, 1), (others, -1)):
        for (experiment, campaign), (arm, dealings) in _dealings(connection, unit.visitors).items():
            story = _story(connection, unit, dealings, campaign, currency, kept.launched(campaign, experiment))
            for metric in metrics:
                for day, added in by_day(story, metric, day_of):
                    _add(connection, (experiment, campaign, arm, day, metric), added if times > 0 else Sums() - added)


@dataclass(frozen=True, slots=True)
class _Unit:
    """Who is counted as one, and the ids by which orders are theirs."""

    visitors: tuple[str, ...]
    customers: frozenset[str]


def _others(connection: sqlite3.Connection, visitor: str, *, counted_only: bool) -> _Unit:
    """The rest of her household: what she added to it is what it did with her, less what it did without."""
    rows = connection.execute(_HOUSEHOLD, (visitor,)).fetchall()
    members = [each for each in map(visitors.as_visitor, rows) if not counted_only or each.consents_to("offers")]
    customers = {customer for each in members for customer in (*customers_of(each), by_loyalty(each.loyalty or ""))}
    return _Unit(tuple(each.id for each in members), frozenset(customers))


def _story(
    connection: sqlite3.Connection,
    unit: _Unit,
    dealings: list[Dealing],
    campaign: str,
    currency: str,
    launched: Campaign | None,
) -> Story:
    taken_back = (consents.taken_back_at(connection, each, "offers") for each in unit.visitors)
    return Story(
        dealings,
        WINDOW_S if launched is None else launched.window.total_seconds(),
        bought=_bought(connection, unit, currency),
        redeemed_at=[at for each in unit.visitors for at in _redeemed(connection, each, campaign)],
        visits_at=[at for each in unit.visitors for (at,) in connection.execute(_VISITS, (each,))],
        complained_at=[said.at for each in unit.visitors for said in complaints.of_visitor(connection, each)],
        opted_out_at=[at for at in taken_back if at is not None],
        cap=None if launched is None else launched.cap_per_visitor,
    )


def read(connection: sqlite3.Connection, experiment: str) -> Iterator[tuple[str, str, str, Sums]]:
    """(arm, day, metric, what that day added) of all who were erased, in the order of the days."""
    rows = connection.execute(
        f"SELECT arm, day, metric, {', '.join(KEYS)} FROM report_sums WHERE experiment = ? ORDER BY day, arm, metric",  # noqa: S608
        (experiment,),
    )
    for arm, day, metric, *values in rows:
        yield arm, day, metric, _sums(values)


def _metrics(connection: sqlite3.Connection, visitor: str) -> tuple[Metric, ...]:
    """What a visitor's sums are of; none of who is in no report."""
    row = connection.execute("SELECT kind, consents FROM visitors WHERE id = ?", (visitor,)).fetchone()
    if row is None or row[0] != "visitor":
        return ()
    return METRICS if '"offers' in row[1] else OPTED_OUT_METRICS


def _dealings(
    connection: sqlite3.Connection, members: Sequence[str]
) -> dict[tuple[str, str], tuple[str, list[Dealing]]]:
    """Of each (experiment, campaign) the arm of their first moment, else of their first decision, and all of their decisions."""
    found: dict[tuple[str, str], tuple[str, list[Dealing]]] = {}
    for experiment, campaign, at, outcome, gate, variant, delivered in connection.execute(
        _DECISIONS, (json.dumps(members),)
    ):
        held_out = outcome == "ghost" or gate == "hold_out"
        dealing = Dealing(at, outcome in ("sent", "ghost"), bool(delivered))
        arm, dealings = found.get((experiment, campaign), ("", []))
        if not dealings or (dealing.exposed and not any(each.exposed for each in dealings)):
            arm = HELD_OUT if held_out else variant or TREATED
        found[experiment, campaign] = arm, [*dealings, dealing]
    return found


def _bought(connection: sqlite3.Connection, unit: _Unit, currency: str) -> list[Bought]:
    """Their orders that were not cancelled, with what was paid back for them and when."""
    paid_back: dict[tuple[str, str], list[tuple[float, Decimal]]] = {}
    for source, order, at, amount in connection.execute(_REFUNDS, (currency,)):
        paid_back.setdefault((source, order), []).append((at, Decimal(amount)))
    rows = connection.execute(_ORDERS, (json.dumps(unit.visitors), json.dumps(sorted(unit.customers)), currency))
    return [Bought(at, Decimal(total), paid_back.get((source, order), ())) for source, order, at, total in rows]


def _redeemed(connection: sqlite3.Connection, visitor: str, campaign: str) -> list[float]:
    rows = connection.execute(
        "SELECT settled_at FROM ledger WHERE visitor = ? AND campaign = ? AND state = 'redeemed'", (visitor, campaign)
    )
    return [at for (at,) in rows if at is not None]


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


_HOUSEHOLD = (
    f"SELECT {visitors.COLUMNS} FROM visitors WHERE id != ?1 AND kind = 'visitor'"  # noqa: S608 (constant)
    " AND loyalty = (SELECT loyalty FROM visitors WHERE id = ?1) ORDER BY id"
)
_DECISIONS = (
    "SELECT d.experiment, d.campaign, d.at, d.outcome, d.gate, d.variant, coalesce(l.state, '') IN ('delivered', 'seen')"
    " OR EXISTS (SELECT 1 FROM receipts r WHERE r.key = d.key AND r.state IN ('delivered', 'seen'))"
    " FROM decisions d LEFT JOIN deliveries l ON l.key = d.key"
    " WHERE d.visitor IN (SELECT value FROM json_each(?)) AND d.campaign IS NOT NULL AND d.experiment IS NOT NULL AND d.slot IS NOT NULL"
    " AND coalesce(d.gate, '') NOT IN ('no_part', 'store_hold_out') ORDER BY d.at"
)
"""Who took no part, or was held out of everything, is in neither arm."""
_REFUNDS = "SELECT source, purchase, at, amount FROM refunds WHERE coalesce(currency, ?1) = ?1"
_ORDERS = (
    "SELECT source, id, placed_at, total FROM orders WHERE state = 'placed' AND placed_at IS NOT NULL AND total IS NOT NULL"
    " AND (visitor IN (SELECT value FROM json_each(?)) OR (visitor IS NULL AND customer IN (SELECT value FROM json_each(?)))) AND coalesce(currency, ?3) = ?3"
)
_VISITS = "SELECT entered_at FROM visits WHERE visitor = ? ORDER BY entered_at"
