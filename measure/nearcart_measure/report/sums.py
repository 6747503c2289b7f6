"""What each arm did, summed over units: the only place that reads the rows. All of it is SQL, so that millions are no matter.

A unit is a household or a visitor. Her first moment is her first exposure or ghost, and what counts is what came within the window after it;
what was paid back is taken off on the day it was paid. ``phase`` says when something was bought: 0 within the window,
1 after it but within the long one, -1 as long before the first moment as the window is, -2 earlier.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb

from nearcart_contract.report_tables import HELD_OUT, Terms

LONG_WINDOW_S = 28 * 86_400.0
"""A purchase that was only brought forward is made up for by then."""

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
class Evening:
    """What was known of one arm on the evening of a day (days since 1970, of the store): totals so far."""

    day: int
    arm: str
    units: int
    buyers: int
    revenue: int
    revenue_squares: int


class Sums:
    """The sums of one experiment. ``offset_s`` is how far the store's clocks are ahead of UTC."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, terms: Terms, offset_s: float) -> None:
        self._connection = connection
        self._values = {
            "window": terms.window_s,
            "long": max(LONG_WINDOW_S, terms.window_s),
            "offset": offset_s,
            "cap": terms.cap if terms.cap is not None else 2**62,
            "experiment": terms.experiment,
            "now": terms.now,
        }
        for statement in _PREPARED:
            self._run(statement)

    def arms(self) -> list[Totals]:
        """Of everybody exposed, and of the ghosts."""
        return self._totals("SELECT arm, {columns} FROM totals GROUP BY arm ORDER BY arm")

    def segments(self) -> Iterator[tuple[str, str, Totals]]:
        """(what, which, totals) of each arm in each segment."""
        for what, column in (("customers", "customers"), ("tier", "tier")):
            for totals in self._totals(
                f"SELECT arm || chr(10) || {column}, {{columns}} FROM totals WHERE {column} != '' GROUP BY arm, {column} ORDER BY ALL"  # noqa: S608 (constants)
            ):
                arm, _, which = totals.arm.partition("\n")
                yield what, which, Totals(arm, totals.sums)

    def assigned(self) -> list[Totals]:
        """Of everybody assigned, exposed or not."""
        return self._totals(_ASSIGNED)

    def evenings(self) -> list[Evening]:
        """Each day on which something changed, each arm."""
        return [Evening(*row) for row in self._run(_EVENINGS).fetchall()]

    def shares(self) -> list[tuple[int, int, str, int]]:
        """(slots held out, slots offered, arm, units) at their first moments: a share may have grown."""
        return self._run("SELECT held, offered, arm, count(*) FROM first GROUP BY ALL ORDER BY ALL").fetchall()

    def days(self) -> list[tuple[int, str, int]]:
        """(day, arm, units whose first moment was then)."""
        return self._run("SELECT day, arm, count(*) FROM first GROUP BY ALL ORDER BY ALL").fetchall()

    def conflicts(self) -> dict[str, int]:
        """By arm, the units that had offers of one arm and of another, because they were found to be one later."""
        return dict(self._run("SELECT arm, count(*) FROM first WHERE conflict GROUP BY arm ORDER BY arm").fetchall())

    def engagement(self) -> dict[str, int]:
        """Sent, delivered, seen, redeemed: how it went, never what it caused."""
        sent = self._run(
            "SELECT count(*), count(*) FILTER (delivered), count(*) FILTER (seen) FROM exposures WHERE sent AND experiment = $experiment"
        ).fetchone()
        used = self._run(
            "SELECT count(*), coalesce(sum(cost), 0) FROM redemptions WHERE experiment = $experiment"
        ).fetchone()
        assert sent is not None
        assert used is not None
        return dict(zip(("sent", "delivered", "seen", "redeemed", "cost"), (*sent, *used), strict=True))

    def opt_outs(self) -> dict[str, int]:
        return dict(
            self._run(
                "SELECT arm, sum(visitors)::BIGINT FROM opt_outs WHERE experiment = $experiment GROUP BY arm ORDER BY arm"
            ).fetchall()
        )

    def withheld(self) -> list[tuple[str, int]]:
        """(gate, moments)."""
        return self._run("SELECT gate, sum(moments)::BIGINT FROM withheld GROUP BY gate ORDER BY 2 DESC, 1").fetchall()

    def _totals(self, query: str) -> list[Totals]:
        columns = ", ".join(f"{how} AS {name}" for name, how in _TOTALS.items())
        cursor = self._run(query.format(columns=columns))
        names = [str(column[0]) for column in cursor.description or ()][1:]
        return [Totals(row[0], {n: v or 0 for n, v in zip(names, row[1:], strict=True)}) for row in cursor.fetchall()]

    def _run(self, query: str) -> duckdb.DuckDBPyConnection:
        values = {name: value for name, value in self._values.items() if f"${name}" in query}
        return self._connection.execute(query, values or None)


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
    "back": "count(*) FILTER (visits > 0)",
    "seconds": "sum(seconds)",
    "seconds_squares": _squares("seconds"),
    "redeemed": "count(*) FILTER (redeemed)",
    **{f"{name}{MOST}": f"max(abs({column}))" for name, column in _MONEY.items()},
}

_DAY = "CAST(floor(({at} + $offset) / 86400) AS INTEGER)"

_FIRST = f"""
CREATE TEMP TABLE first AS
SELECT unit, arg_min(arm, at_time) AS arm, min(at_time) AS at_time, {_DAY.format(at="min(at_time)")} AS day, bool_or(delivered) AS delivered,
  min(arm) != max(arm) AS conflict, arg_min(held_slots, at_time) AS held, arg_min(offered_slots, at_time) AS offered
FROM exposures WHERE experiment = $experiment GROUP BY unit
"""  # noqa: S608 (constants)
_SPENT = f"""
CREATE TEMP TABLE spent AS
SELECT unit, phase, day, sum(amount)::BIGINT AS amount, sum(orders)::BIGINT AS orders, sum(amount) FILTER (in_store)::BIGINT AS in_store,
  sum(orders) FILTER (in_store)::BIGINT AS orders_in_store, sum(cost)::BIGINT AS cost, sum(orders) FILTER (cost IS NULL)::BIGINT AS without_cost,
  sum(discount)::BIGINT AS discount
FROM (
  SELECT l.unit, CASE WHEN l.at_time >= f.at_time + $window THEN 1 WHEN l.at_time >= f.at_time THEN 0 WHEN l.at_time >= f.at_time - $window THEN -1 ELSE -2 END AS phase,
    CASE WHEN l.at_time >= f.at_time THEN {_DAY.format(at="l.at_time")} ELSE 0 END AS day, amount, first::INTEGER AS orders, in_store, cost, discount
  FROM order_lines l JOIN first f USING (unit) WHERE l.at_time < f.at_time + $long AND l.at_time <= $now
  UNION ALL
  SELECT r.unit, CASE WHEN r.ordered_at >= f.at_time + $window THEN 1 WHEN r.ordered_at >= f.at_time THEN 0 WHEN r.ordered_at >= f.at_time - $window THEN -1 ELSE -2 END,
    CASE WHEN r.ordered_at >= f.at_time THEN {_DAY.format(at="greatest(r.at_time, r.ordered_at)")} ELSE 0 END, -amount, 0, in_store, 0, 0
  FROM refunds r JOIN first f USING (unit)
  WHERE r.ordered_at < f.at_time + $long AND r.at_time <= $now AND (r.ordered_at >= f.at_time OR r.at_time < f.at_time)
) GROUP BY unit, phase, day
"""  # noqa: S608 (constants)
_BY_UNIT = """
CREATE TEMP TABLE by_unit AS
SELECT unit, least(coalesce(sum(amount) FILTER (phase = 0), 0), $cap)::BIGINT AS revenue, sum(orders) FILTER (phase = 0)::BIGINT AS orders,
  least(coalesce(sum(amount) FILTER (phase >= 0), 0), $cap)::BIGINT AS revenue_long, sum(orders) FILTER (phase >= 0)::BIGINT AS orders_long,
  least(coalesce(sum(in_store) FILTER (phase = 0), 0), $cap)::BIGINT AS in_store, sum(orders_in_store) FILTER (phase = 0)::BIGINT AS orders_in_store,
  sum(cost) FILTER (phase = 0)::BIGINT AS cost, sum(without_cost) FILTER (phase = 0)::BIGINT AS without_cost,
  sum(discount) FILTER (phase = 0)::BIGINT AS discount, sum(amount) FILTER (phase = -1)::BIGINT AS before,
  bool_or(phase < 0 AND orders > 0) AS bought_before
FROM spent GROUP BY unit
"""
_CAME_BACK = """
CREATE TEMP TABLE came_back AS
SELECT unit, count(*) AS visits, sum(seconds)::BIGINT AS seconds FROM visits v JOIN first f USING (unit)
WHERE v.at_time > f.at_time AND v.at_time < f.at_time + $window AND v.at_time <= $now GROUP BY unit
"""
_USED = """
CREATE TEMP TABLE used AS
SELECT DISTINCT unit FROM redemptions r JOIN first f USING (unit)
WHERE experiment = $experiment AND r.at_time >= f.at_time AND r.at_time < f.at_time + $window
"""
_UNIT_TOTALS = """
CREATE TEMP VIEW totals AS
SELECT f.unit, f.arm, f.delivered, coalesce(revenue, 0) AS revenue, coalesce(orders, 0) AS orders, coalesce(revenue_long, 0) AS revenue_long,
  coalesce(orders_long, 0) AS orders_long, coalesce(in_store, 0) AS in_store, coalesce(orders_in_store, 0) AS orders_in_store,
  coalesce(revenue, 0) - coalesce(in_store, 0) AS online, coalesce(revenue, 0) - coalesce(cost, 0) AS margin,
  coalesce(without_cost, 0) AS without_cost, coalesce(discount, 0) AS discount, coalesce(before, 0) AS before,
  coalesce(visits, 0) AS visits, coalesce(seconds, 0) AS seconds, used.unit IS NOT NULL AS redeemed,
  CASE WHEN coalesce(bought_before, false) THEN 'existing' ELSE 'new' END AS customers, coalesce(units.tier, '') AS tier
FROM first f LEFT JOIN by_unit USING (unit) LEFT JOIN came_back USING (unit) LEFT JOIN used USING (unit) LEFT JOIN units USING (unit)
"""
_PREPARED = (_FIRST, _SPENT, _BY_UNIT, _CAME_BACK, _USED, _UNIT_TOTALS)

_EVENINGS = """
WITH daily AS (SELECT unit, day, sum(amount)::BIGINT AS amount, sum(orders)::BIGINT AS orders FROM spent WHERE phase = 0 GROUP BY unit, day),
so_far AS (SELECT unit, day, least(sum(amount) OVER so, $cap)::BIGINT AS now, sum(orders) OVER so AS orders FROM daily
  WINDOW so AS (PARTITION BY unit ORDER BY day)),
steps AS (SELECT unit, day, now, coalesce(lag(now) OVER w, 0) AS before, orders > 0 AND coalesce(lag(orders) OVER w, 0) = 0 AS became
  FROM so_far WINDOW w AS (PARTITION BY unit ORDER BY day)),
changes AS (
  SELECT day, arm, count(*) AS units, 0 AS buyers, 0::HUGEINT AS revenue, 0::HUGEINT AS squares FROM first GROUP BY day, arm
  UNION ALL
  SELECT s.day, f.arm, 0, count(*) FILTER (became), sum(now - before), sum(now::HUGEINT * now - before::HUGEINT * before)
  FROM steps s JOIN first f USING (unit) GROUP BY s.day, f.arm),
by_day AS (SELECT day, arm, sum(units) AS units, sum(buyers) AS buyers, sum(revenue) AS revenue, sum(squares) AS squares FROM changes GROUP BY day, arm)
SELECT day, arm, (sum(units) OVER so)::BIGINT, (sum(buyers) OVER so)::BIGINT, (sum(revenue) OVER so)::HUGEINT, (sum(squares) OVER so)::HUGEINT
FROM by_day WINDOW so AS (PARTITION BY arm ORDER BY day) ORDER BY day, arm
"""
_ASSIGNED = """
WITH assigned AS (
  SELECT a.unit, a.arm, a.at_time, coalesce(f.at_time, a.at_time) + $window AS until, f.unit IS NOT NULL AS exposed
  FROM assignments a LEFT JOIN first f USING (unit) WHERE experiment = $experiment),
bought AS (
  SELECT unit, sum(amount) AS amount, sum(orders) AS orders FROM (
    SELECT unit, amount, first::INTEGER AS orders FROM order_lines l JOIN assigned a USING (unit) WHERE l.at_time >= a.at_time AND l.at_time < a.until AND l.at_time <= $now
    UNION ALL
    SELECT unit, -amount, 0 FROM refunds r JOIN assigned a USING (unit) WHERE r.ordered_at >= a.at_time AND r.ordered_at < a.until AND r.at_time <= $now
  ) GROUP BY unit),
each AS (SELECT a.arm, a.exposed, least(coalesce(amount, 0), $cap)::BIGINT AS y, coalesce(orders, 0) > 0 AS buyer FROM assigned a LEFT JOIN bought USING (unit))
SELECT arm, count(*) AS units, count(*) FILTER (exposed) AS exposed, sum(y) AS revenue, sum(y::HUGEINT * y) AS revenue_squares,
  sum(y) FILTER (exposed) AS exposed_revenue, sum(y::HUGEINT * y) FILTER (exposed) AS exposed_squares,
  count(*) FILTER (buyer) AS buyers, count(*) FILTER (buyer AND exposed) AS exposed_buyers
FROM each GROUP BY arm ORDER BY arm
"""


def is_held_out(totals: Totals) -> bool:
    return totals.arm == HELD_OUT
