"""What each arm did, summed over units: the only place that reads the rows. All of it is SQL, some units at a time.

Every sum is over units, so that it does not matter how many of them are looked at together: few enough that what is kept of each fits in
the processor's caches and in memory, whatever the table's size. An export is in the order of units, so that each part is read once.

A unit is a household or a visitor. Her first moment is her first exposure or ghost, and what counts is what came within the window after it;
what was paid back is taken off on the day it was paid.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import duckdb

from nearcart_contract.report_tables import HELD_OUT, Terms
from nearcart_measure.report.store_days import macro

DAY_S = 86_400.0
LONG_WINDOW_S = 28 * DAY_S
"""A purchase that was only brought forward is made up for by then."""

UNITS_AT_ONCE = 250_000

MOST = "_most"
"""Ends the name of the largest amount of any one visitor."""

Number = int | float


@dataclass(frozen=True, slots=True)
class Totals:
    """One arm's sums, by the names of the columns of ``_TOTALS``; money in minor units."""

    arm: str
    sums: Mapping[str, Number]

    def __getitem__(self, name: str) -> Number:
        return self.sums[name]

    def plus(self, other: "Totals") -> "Totals":
        """Two arms as one."""
        names = {*self.sums, *other.sums}
        return Totals(
            self.arm, {name: _joined(name, self.sums.get(name, 0), other.sums.get(name, 0)) for name in names}
        )


def _joined(name: str, one: Number, other: Number) -> Number:
    return max(one, other) if name.endswith(MOST) else one + other


@dataclass(frozen=True, slots=True)
class Erased:
    """What those who were erased since had done, in one arm: money in minor units."""

    arm: str
    units: int = 0
    delivered: int = 0
    buyers: int = 0
    revenue: int = 0
    revenue_squares: int = 0
    complained: int = 0
    opted_out: int = 0
    opted_out_units: int = 0


@dataclass(frozen=True, slots=True)
class OptedOut:
    """Who took back her consent after a moment of this experiment: ``uncounted`` are those of whom nobody is counted any more."""

    after: int = 0
    uncounted: int = 0
    complained: int = 0


@dataclass(frozen=True, slots=True)
class Evening:
    """What was known of one arm on the evening of a day (days since 1970, of the store): totals so far."""

    day: int
    arm: str
    units: int
    buyers: int
    revenue: int
    revenue_squares: int


@dataclass(frozen=True, slots=True)
class FirstMoments:
    """How many units of one arm had their first moment on a day, and the slots that were held out and offered then."""

    day: int
    held: int
    offered: int
    arm: str
    units: int


class Sums:
    """The sums of one experiment."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, terms: Terms, at_once: int = UNITS_AT_ONCE) -> None:
        self._connection = connection
        self.long_window_s = max(LONG_WINDOW_S, terms.window_s)
        connection.execute(macro(ZoneInfo(terms.time_zone), terms.since, terms.now))
        self._values: dict[str, object] = {
            "window": terms.window_s,
            "long": self.long_window_s,
            "cap": terms.cap if terms.cap is not None else 2**62,
            "experiment": terms.experiment,
            "campaign": terms.campaign,
            "now": terms.now,
        }
        self._sums: dict[str, dict[tuple[object, ...], list[Number]]] = {name: {} for name in _SUMMED}
        [(most,)] = self._run("SELECT coalesce(max(unit), 0) FROM units").fetchall()
        [(other,)] = self._run("SELECT coalesce(max(unit), 0) FROM exposures").fetchall()
        for low in range(0, max(most, other) + 1, at_once):
            self._values |= {"low": low, "high": low + at_once - 1}
            self._add_part()
        self._add_erased(terms)

    def arms(self) -> list[Totals]:
        """Of everybody exposed, and of the ghosts."""
        return [Totals(str(arm), dict(zip(_TOTALS, sums, strict=True))) for (arm,), sums in self._of("arms")]

    def segments(self) -> Iterator[tuple[str, str, Totals]]:
        """(what, which, totals) of each arm in each segment."""
        for what in ("customers", "tier"):
            for (which, arm), sums in self._of(what):
                yield what, str(which), Totals(str(arm), dict(zip(_TOTALS, sums, strict=True)))

    def assigned(self) -> list[Totals]:
        """Of everybody assigned, exposed or not."""
        return [
            Totals(str(arm), dict(zip(_ASSIGNED_NAMES, sums, strict=True))) for (arm,), sums in self._of("assigned")
        ]

    def evenings(self) -> list[Evening]:
        """Each day on which something changed, each arm: totals so far."""
        so_far: dict[object, list[int]] = {}
        found = []
        for (day, arm), added in self._of("evenings"):
            known = so_far.get(arm, [0] * len(added))
            so_far[arm] = [before + int(more) for before, more in zip(known, added, strict=True)]
            found.append(Evening(int(str(day)), str(arm), *so_far[arm]))
        return found

    def came(self) -> list[tuple[int, str, int]]:
        """(day, arm of the slot, units who first came then), day by day."""
        return [(int(str(day)), str(arm), int(n)) for (day, arm), [n] in self._of("came")]

    def moments(self) -> list[FirstMoments]:
        """Day by day: a share may have grown on the way."""
        return [
            FirstMoments(int(str(day)), int(str(held)), int(str(offered)), str(arm), int(n))
            for (day, held, offered, arm), [n] in self._of("moments")
        ]

    def conflicts(self) -> dict[str, int]:
        """By arm, the units that had offers of one arm and of another, because they were found to be one later."""
        return {str(arm): int(n) for (arm,), [n] in self._of("conflicts")}

    def engagement(self) -> dict[str, int]:
        """Sent, delivered, seen, redeemed, complained of: how it went, never what it caused."""
        [sent] = self._run(_SENT).fetchall()
        [used] = self._run(_USED_AT_ALL).fetchall()
        [complained_of] = self._run(_COMPLAINED_OF).fetchall()
        names = ("sent", "delivered", "seen", "redeemed", "cost", "complained_of")
        return dict(zip(names, (*sent, *used, *complained_of), strict=True))

    def erased(self) -> list[Erased]:
        """What those who were erased since had done, by arm."""
        return [Erased(str(arm), *(int(each or 0) for each in sums)) for arm, *sums in self._run(_ERASED).fetchall()]

    def opt_outs(self) -> dict[str, int]:
        """Visitors by the arms of their slots."""
        return {arm: visitors for arm, visitors, *_ in self._run(_OPT_OUTS).fetchall() if visitors}

    def opted_out(self) -> dict[str, OptedOut]:
        """By the arm of her first moment."""
        return {arm: OptedOut(*counts) for arm, _, *counts in self._run(_OPT_OUTS).fetchall()}

    def withheld(self) -> list[tuple[str, int]]:
        """(why, moments)."""
        return self._run(_WITHHELD).fetchall()

    def _add_erased(self, terms: Terms) -> None:
        """Their days add up to what an evening saw, as everybody's do."""
        held = sum(slots for arm, slots in terms.arms if arm == HELD_OUT)
        offered = sum(slots for arm, slots in terms.arms if arm != HELD_OUT)
        for day, arm, *added in self._run(_ERASED_EVENINGS).fetchall():
            units = int(added[0] or 0)
            _add(self._sums["evenings"], (day, arm), [int(each or 0) for each in added])
            if units:
                _add(self._sums["moments"], (day, held, offered, arm), [units])

    def _of(self, name: str) -> list[tuple[tuple[object, ...], list[Number]]]:
        return sorted(self._sums[name].items(), key=lambda item: tuple(map(_sortable, item[0])))

    def _add_part(self) -> None:
        """The sums of the units from ``low`` to ``high``, added to those before."""
        for table, query in _TEMPORARY.items():
            self._run(f"CREATE OR REPLACE TEMP TABLE {table} AS {query}")
        for name, (query, keys) in _SUMMED.items():
            sums = self._sums[name]
            columns = _TOTALS if keys and name in _BY_TOTALS else ()
            for row in self._run(query).fetchall():
                key, added = row[:keys], [value or 0 for value in row[keys:]]
                known = sums.get(key)
                if known is None:
                    sums[key] = added
                else:
                    names = columns or ("",) * len(added)
                    sums[key] = [_joined(n, one, more) for n, one, more in zip(names, known, added, strict=True)]

    def _run(self, query: str) -> duckdb.DuckDBPyConnection:
        values = {name: value for name, value in self._values.items() if f"${name}" in query}
        return self._connection.execute(query, values or None)


def _add(sums: dict[tuple[object, ...], list[Number]], key: tuple[object, ...], added: list[Number]) -> None:
    known = sums.get(key, [0] * len(added))
    sums[key] = [one + more for one, more in zip(known, added, strict=True)]


def _sortable(key: object) -> tuple[bool, object]:
    return (isinstance(key, str), key)


def _squares(column: str) -> str:
    return f"sum({column}::HUGEINT * {column})"


_MONEY = {"revenue": "revenue", "long": "revenue_long", "in_store": "in_store", "online": "online", "margin": "margin"}

_TOTALS = {
    "units": "count(*)",
    "delivered": "count(*) FILTER (delivered)",
    "buyers": "count(*) FILTER (orders > 0)",
    "buyers_long": "count(*) FILTER (orders_long > 0)",
    "buyers_in_store": "count(*) FILTER (orders_in_store > 0)",
    "buyers_online": "count(*) FILTER (orders > orders_in_store)",
    "orders": "sum(orders)",
    "orders_squares": _squares("orders"),
    "revenue": "sum(revenue)",
    "revenue_squares": _squares("revenue"),
    "long": "sum(revenue_long)",
    "long_squares": _squares("revenue_long"),
    "in_store": "sum(in_store)",
    "in_store_squares": _squares("in_store"),
    "online": "sum(online)",
    "online_squares": _squares("online"),
    "margin": "sum(margin)",
    "margin_squares": _squares("margin"),
    "without_cost": "sum(without_cost)",
    "discount": "sum(discount)",
    "before": "sum(before)",
    "before_squares": _squares("before"),
    "products": "sum(before::HUGEINT * revenue)",
    "visits": "sum(visits)",
    "visits_squares": _squares("visits"),
    "visit_products": "sum(visits::HUGEINT * revenue)",
    "back": "count(*) FILTER (visits > 1)",
    "seconds": "sum(seconds)",
    "seconds_squares": _squares("seconds"),
    "redeemed": "count(*) FILTER (redeemed)",
    "complained": "count(*) FILTER (complained)",
    **{f"{name}{MOST}": f"max(abs({column}))" for name, column in _MONEY.items()},
}

_DAY = "store_day({at})"

_MINE = "unit BETWEEN $low AND $high"

_FIRST = f"""
SELECT unit, arg_min(arm, at_time) AS arm, min(at_time) AS at_time, {_DAY.format(at="min(at_time)")} AS day, bool_or(delivered) AS delivered,
  min(arm) != max(arm) AS conflict, arg_min(held_slots, at_time) AS held, arg_min(offered_slots, at_time) AS offered
FROM exposures WHERE experiment = $experiment AND at_time <= $now AND {_MINE} GROUP BY unit
"""  # noqa: S608 (constants)
_EVERYBODY = f"""
SELECT coalesce(f.unit, a.unit) AS unit, f.at_time AS first_at, a.at_time AS came_at, a.arm AS slot_arm,
  coalesce(f.at_time, a.at_time) + $window AS until, f.unit IS NOT NULL AS exposed
FROM first f FULL JOIN (SELECT unit, arm, at_time FROM assignments WHERE experiment = $experiment AND at_time <= $now AND {_MINE}) a USING (unit)
"""  # noqa: S608 (constants)
_HAPPENED = f"""
SELECT l.unit, l.at_time - first_at AS after, l.at_time AS known_at, l.at_time >= came_at AND l.at_time < until AS since_came, amount,
  first::INTEGER AS orders, in_store, cost, discount
FROM (SELECT * FROM order_lines WHERE {_MINE} AND at_time <= $now) l JOIN everybody USING (unit)
WHERE l.at_time < first_at + $long OR (l.at_time >= came_at AND l.at_time < until)
UNION ALL
SELECT r.unit, ordered_at - first_at, greatest(r.at_time, ordered_at), ordered_at >= came_at AND ordered_at < until, -amount, 0, in_store, 0, 0
FROM (SELECT * FROM refunds WHERE {_MINE} AND at_time <= $now) r JOIN everybody USING (unit)
WHERE (ordered_at < first_at + $long AND (ordered_at >= first_at OR r.at_time < first_at)) OR (ordered_at >= came_at AND ordered_at < until)
"""  # noqa: S608 (constants)
"""What was bought and paid back, with how long ``after`` her first moment the order was placed; a past refund only as known then."""

_BY_UNIT = """
SELECT unit, least(coalesce(sum(amount) FILTER (after >= 0 AND after < $window), 0), $cap)::BIGINT AS revenue,
  coalesce(sum(orders) FILTER (after >= 0 AND after < $window), 0)::BIGINT AS orders,
  least(coalesce(sum(amount) FILTER (after >= 0 AND after < $long), 0), $cap)::BIGINT AS revenue_long,
  coalesce(sum(orders) FILTER (after >= 0 AND after < $long), 0)::BIGINT AS orders_long,
  least(coalesce(sum(amount) FILTER (in_store AND after >= 0 AND after < $window), 0), $cap)::BIGINT AS in_store,
  coalesce(sum(orders) FILTER (in_store AND after >= 0 AND after < $window), 0)::BIGINT AS orders_in_store,
  coalesce(sum(cost) FILTER (after >= 0 AND after < $window), 0)::BIGINT AS cost,
  coalesce(sum(orders) FILTER (cost IS NULL AND after >= 0 AND after < $window), 0)::BIGINT AS without_cost,
  coalesce(sum(discount) FILTER (after >= 0 AND after < $window), 0)::BIGINT AS discount,
  coalesce(sum(amount) FILTER (after < 0 AND after >= -$window), 0)::BIGINT AS before,
  coalesce(bool_or(after < 0 AND orders > 0), false) AS bought_before,
  least(coalesce(sum(amount) FILTER (since_came), 0), $cap)::BIGINT AS since_came,
  coalesce(sum(orders) FILTER (since_came), 0)::BIGINT AS orders_since_came
FROM happened GROUP BY unit
"""
_CAME_BACK = f"""
SELECT v.unit, count(*) AS visits, sum(seconds)::BIGINT AS seconds FROM (SELECT * FROM visits WHERE {_MINE}) v JOIN first f USING (unit)
WHERE v.at_time > f.at_time AND v.at_time < f.at_time + $window AND v.at_time <= $now GROUP BY v.unit
"""  # noqa: S608 (constants)
_USED = f"""
SELECT DISTINCT r.unit FROM (SELECT * FROM redemptions WHERE experiment = $experiment AND {_MINE}) r JOIN first f USING (unit)
WHERE r.at_time >= f.at_time AND r.at_time < f.at_time + $window
"""  # noqa: S608 (constants)
_COMPLAINED = f"""
SELECT DISTINCT c.unit FROM (SELECT * FROM complaints WHERE {_MINE} AND at_time <= $now) c JOIN first f USING (unit)
WHERE c.at_time >= f.at_time AND c.at_time < f.at_time + $window
"""  # noqa: S608 (constants)
# The visit of her first moment is one too.
_UNIT_TOTALS = f"""
SELECT f.unit, f.arm, f.delivered, coalesce(revenue, 0) AS revenue, coalesce(orders, 0) AS orders, coalesce(revenue_long, 0) AS revenue_long,
  coalesce(orders_long, 0) AS orders_long, coalesce(in_store, 0) AS in_store, coalesce(orders_in_store, 0) AS orders_in_store,
  coalesce(revenue, 0) - coalesce(in_store, 0) AS online, coalesce(revenue, 0) - coalesce(cost, 0) AS margin,
  coalesce(without_cost, 0) AS without_cost, coalesce(discount, 0) AS discount, coalesce(before, 0) AS before,
  coalesce(visits, 0) + 1 AS visits, coalesce(seconds, 0) AS seconds, used.unit IS NOT NULL AS redeemed,
  complained.unit IS NOT NULL AS complained,
  CASE WHEN coalesce(bought_before, false) THEN 'existing' ELSE 'new' END AS customers, coalesce(u.tier, '') AS tier
FROM first f LEFT JOIN by_unit USING (unit) LEFT JOIN came_back USING (unit) LEFT JOIN used USING (unit) LEFT JOIN complained USING (unit)
  LEFT JOIN (SELECT unit, tier FROM units WHERE {_MINE}) u USING (unit)
"""  # noqa: S608 (constants)
_TEMPORARY = {
    "first": _FIRST,
    "everybody": _EVERYBODY,
    "happened": _HAPPENED,
    "by_unit": _BY_UNIT,
    "came_back": _CAME_BACK,
    "used": _USED,
    "complained": _COMPLAINED,
    "totals": _UNIT_TOTALS,
}
"""Tables of one part, each made of those before it."""

_EVENINGS = f"""
WITH spent AS (
  SELECT unit, {_DAY.format(at="known_at")} AS day, sum(amount)::BIGINT AS amount, sum(orders)::BIGINT AS orders
  FROM happened WHERE after >= 0 AND after < $window GROUP BY unit, day),
so_far AS (SELECT unit, day, least(sum(amount) OVER so, $cap)::BIGINT AS now, sum(orders) OVER so AS orders FROM spent
  WINDOW so AS (PARTITION BY unit ORDER BY day)),
steps AS (SELECT unit, day, now, coalesce(lag(now) OVER w, 0) AS before, orders > 0 AND coalesce(lag(orders) OVER w, 0) = 0 AS became
  FROM so_far WINDOW w AS (PARTITION BY unit ORDER BY day)),
changes AS (
  SELECT day, arm, count(*) AS units, 0 AS buyers, 0::HUGEINT AS revenue, 0::HUGEINT AS squares FROM first GROUP BY day, arm
  UNION ALL
  SELECT s.day, f.arm, 0, count(*) FILTER (became), sum(now - before), sum(now::HUGEINT * now - before::HUGEINT * before)
  FROM steps s JOIN first f USING (unit) GROUP BY s.day, f.arm)
SELECT day, arm, sum(units)::BIGINT, sum(buyers)::BIGINT, sum(revenue)::HUGEINT, sum(squares)::HUGEINT FROM changes GROUP BY day, arm
"""  # noqa: S608 (constants)
_ASSIGNED_NAMES = (
    "units", "exposed", "revenue", "revenue_squares", "exposed_revenue", "exposed_squares", "buyers", "exposed_buyers",
)  # fmt: skip
_ASSIGNED = """
WITH each AS (
  SELECT slot_arm, exposed, coalesce(since_came, 0) AS y, coalesce(orders_since_came, 0) > 0 AS buyer
  FROM everybody LEFT JOIN by_unit USING (unit) WHERE slot_arm IS NOT NULL)
SELECT slot_arm, count(*), count(*) FILTER (exposed), sum(y), sum(y::HUGEINT * y), sum(y) FILTER (exposed), sum(y::HUGEINT * y) FILTER (exposed),
  count(*) FILTER (buyer), count(*) FILTER (buyer AND exposed)
FROM each GROUP BY slot_arm
"""
_CAME = f"SELECT {_DAY.format(at='came_at')} AS day, slot_arm, count(*) FROM everybody WHERE slot_arm IS NOT NULL GROUP BY day, slot_arm"  # noqa: S608
_COLUMNS = ", ".join(f"{how} AS {name}" for name, how in _TOTALS.items())
_SUMMED = {
    "arms": (f"SELECT arm, {_COLUMNS} FROM totals GROUP BY arm", 1),  # noqa: S608 (constants)
    "customers": (f"SELECT customers, arm, {_COLUMNS} FROM totals GROUP BY customers, arm", 2),  # noqa: S608
    "tier": (f"SELECT tier, arm, {_COLUMNS} FROM totals WHERE tier != '' GROUP BY tier, arm", 2),  # noqa: S608
    "assigned": (_ASSIGNED, 1),
    "evenings": (_EVENINGS, 2),
    "came": (_CAME, 2),
    "moments": ("SELECT day, held, offered, arm, count(*) FROM first GROUP BY day, held, offered, arm", 4),
    "conflicts": ("SELECT arm, count(*) FROM first WHERE conflict GROUP BY arm", 1),
}
"""Sums of a part, and how many of their columns say whose they are."""

_BY_TOTALS = ("arms", "customers", "tier")

_SENT = (
    "SELECT count(*), count(*) FILTER (delivered), count(*) FILTER (seen) FROM exposures"
    " WHERE sent AND experiment = $experiment"
)
_USED_AT_ALL = "SELECT count(*), coalesce(sum(cost), 0)::BIGINT FROM redemptions WHERE experiment = $experiment"
_OPT_OUTS = (
    "SELECT arm, sum(visitors)::BIGINT, coalesce(sum(after), 0)::BIGINT, coalesce(sum(uncounted), 0)::BIGINT,"
    " coalesce(sum(complained), 0)::BIGINT FROM opt_outs WHERE experiment = $experiment GROUP BY arm ORDER BY arm"
)
_COMPLAINED_OF = "SELECT count(*) FROM complaints WHERE campaign = $campaign AND at_time <= $now"
_ERASED_BY_NOW = (
    "(SELECT *, CAST(day AS DATE) - DATE '1970-01-01' AS store_day FROM erased"
    " WHERE experiment = $experiment AND CAST(day AS DATE) - DATE '1970-01-01' <= store_day($now))"
)
_ERASED = f"""
SELECT arm, sum(units) FILTER (metric = 'purchase'), sum(delivered) FILTER (metric = 'purchase'), sum(total) FILTER (metric = 'purchase'),
  sum(total) FILTER (metric = 'revenue'), sum(squares) FILTER (metric = 'revenue'), sum(total) FILTER (metric = 'complaint'),
  sum(total) FILTER (metric = 'opt_out'), sum(units) FILTER (metric = 'opt_out')
FROM {_ERASED_BY_NOW} GROUP BY arm ORDER BY arm
"""  # noqa: S608 (constants)
_ERASED_EVENINGS = f"""
SELECT store_day, arm, sum(units) FILTER (metric = 'purchase'), sum(total) FILTER (metric = 'purchase'),
  sum(total) FILTER (metric = 'revenue'), sum(squares) FILTER (metric = 'revenue')
FROM {_ERASED_BY_NOW} WHERE metric IN ('purchase', 'revenue') GROUP BY store_day, arm
"""  # noqa: S608 (constants)
_WITHHELD = (
    "SELECT gate, sum(moments)::BIGINT FROM withheld WHERE campaign = $campaign AND coalesce(experiment, $experiment) = $experiment"
    " GROUP BY gate ORDER BY 2 DESC, 1"
)
