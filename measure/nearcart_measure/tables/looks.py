"""Two arms looked at again and again: the always-valid interval of each kind of table, and its path over days."""

from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from nearcart_measure.core.arm import Arm, of_amounts, of_buyers
from nearcart_measure.core.cuped import cuped_difference, cuped_lift
from nearcart_measure.core.difference import difference
from nearcart_measure.core.effect import Effect, Interval, fixed
from nearcart_measure.core.lift import lift
from nearcart_measure.core.log_ratio import as_lift, lift_interval, log_ratio, log_ratio_of_buyers
from nearcart_measure.core.per_visit import per_visit
from nearcart_measure.core.sequential import always_valid
from nearcart_measure.core.undefined import Undefined
from nearcart_measure.tables.figures import Figures, interval_figures
from nearcart_measure.tables.inputs import Count, Either, History, Table, Tuned, Visits


class LookAtEither(Tuned):
    """Hold-out and offered so far; ``outcome`` is ``proportion`` for buyers, any other word for an amount."""

    c: Either
    t: Either
    relative: bool = True
    outcome: str | None = None


class LookAtVisits(Tuned):
    """Hold-out and offered so far, an amount and visits."""

    c: Visits
    t: Visits


class LookAtHistories(Tuned):
    """Hold-out and offered so far, an amount after and before."""

    c: History
    t: History


class Day(Table):
    """Totals since launch at the end of a day; without squares the sums are buyers."""

    day: int
    n_c: Count
    sum_c: float
    n_t: Count
    sum_t: float
    sum_sq_c: float | None = None
    sum_sq_t: float | None = None

    def arms(self) -> tuple[Arm, Arm]:
        """Hold-out and offered. Raises ``Undefined`` while one is empty."""
        if self.sum_sq_c is None or self.sum_sq_t is None:
            return of_buyers(self.n_c, self.sum_c), of_buyers(self.n_t, self.sum_t)
        return of_amounts(self.n_c, self.sum_c, self.sum_sq_c), of_amounts(self.n_t, self.sum_t, self.sum_sq_t)


class Path(Tuned):
    """One entry a day."""

    days: Annotated[tuple[Day, ...], Field(min_length=1, strict=False)]


def _look(table: Tuned, name: str, effect: Effect) -> Figures:
    figures = interval_figures(name, effect, always_valid(effect, table.tuning))
    return {**figures, "rho": table.tuning.rho}


def either(table: LookAtEither) -> Figures:
    """The lift by the delta method, or the difference."""
    buyers = table.outcome == "proportion"
    arms = table.c.arm(buyers=buyers), table.t.arm(buyers=buyers)
    return _look(table, "lift", lift(*arms)) if table.relative else _look(table, "diff", difference(*arms))


def on_the_log_ratio(table: LookAtEither) -> Figures:
    """The report's daily interval: the lift, from the sequence on the log ratio."""
    buyers = table.outcome == "proportion" or table.c.sum_sq is None or table.t.sum_sq is None
    arms = table.c.arm(buyers=buyers), table.t.arm(buyers=buyers)
    effect = log_ratio_of_buyers(*arms) if buyers else log_ratio(*arms)
    interval = lift_interval(always_valid(effect, table.tuning))
    return {
        "lift": as_lift(effect.estimate),
        "se_log": effect.standard_error,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "p_value": interval.p_value,
        "rho": table.tuning.rho,
    }


def visits_absolute(table: LookAtVisits) -> Figures:
    """Per visit, the difference."""
    return _look(table, "diff", difference(per_visit(table.c.totals()), per_visit(table.t.totals())))


def visits_relative(table: LookAtVisits) -> Figures:
    """Per visit, the lift."""
    return _look(table, "lift", lift(per_visit(table.c.totals()), per_visit(table.t.totals())))


def adjusted_absolute(table: LookAtHistories) -> Figures:
    """Adjusted by past spend, the difference."""
    return _look(table, "diff", cuped_difference(table.c.totals(), table.t.totals()))


def adjusted_relative(table: LookAtHistories) -> Figures:
    """Adjusted by past spend, the lift."""
    return _look(table, "lift", cuped_lift(table.c.totals(), table.t.totals()))


def path(table: Path) -> Figures:
    """The lift day by day with its always-valid interval; ``None`` on days that have none, as before the first buyer."""
    effects = [_lift_of(day) for day in table.days]
    looks = [None if effect is None else always_valid(effect, table.tuning) for effect in effects]
    p_values = [None if look is None else look.p_value for look in looks]
    smallest, least = [], 1.0
    for p_value in p_values:
        least = least if p_value is None else min(least, p_value)
        smallest.append(least)
    return {
        "lift": [None if effect is None else effect.estimate for effect in effects],
        "seq": [None if look is None else [look.low, look.high] for look in looks],
        "p_seq": p_values,
        "p_seq_running_min": smallest,
        "first_day_seq_excludes_zero": _first(table, effects, lambda effect: always_valid(effect, table.tuning)),
        "first_day_fixed_excludes_zero": _first(table, effects, lambda effect: fixed(effect, table.alpha)),
    }


def _lift_of(day: Day) -> Effect | None:
    try:
        return lift(*day.arms())
    except Undefined:
        return None


def _first(table: Path, effects: list[Effect | None], interval_of: Callable[[Effect], Interval]) -> int | None:
    for day, effect in zip(table.days, effects, strict=True):
        if effect is not None and interval_of(effect).excludes_zero():
            return day.day
    return None
