"""Two arms compared once: shares of buyers, amounts, per visit, and adjusted by past spend."""

from typing import Literal

from nearcart_measure.core.cuped import cuped_difference, cuped_lift, theta
from nearcart_measure.core.difference import difference, normal_difference
from nearcart_measure.core.effect import Effect, fixed
from nearcart_measure.core.lift import lift
from nearcart_measure.core.log_ratio import as_lift, fixed_lift, log_ratio, log_ratio_of_buyers
from nearcart_measure.core.newcombe import newcombe
from nearcart_measure.core.per_visit import per_visit
from nearcart_measure.tables.figures import Figures, fixed_figures
from nearcart_measure.tables.inputs import Amounts, Buyers, Either, History, Judged, Visits


class TwoBuyers(Judged):
    """Hold-out ``c`` and offered ``t``, in buyers."""

    c: Buyers
    t: Buyers


class TwoFewBuyers(TwoBuyers):
    """The same, with few of them."""

    method: Literal["newcomb", "newcombe"] = "newcomb"


class TwoAmounts(Judged):
    """Hold-out and offered, in an amount."""

    c: Amounts
    t: Amounts


class TwoEither(Judged):
    """Hold-out and offered, in buyers or an amount."""

    c: Either
    t: Either


class TwoVisits(Judged):
    """Hold-out and offered, an amount and visits."""

    c: Visits
    t: Visits


class TwoHistories(Judged):
    """Hold-out and offered, an amount after and before."""

    c: History
    t: History


def absolute(table: TwoBuyers | TwoAmounts) -> Figures:
    """The difference per visitor."""
    effect = difference(table.c.arm(), table.t.arm())
    return fixed_figures("diff", effect, fixed(effect, table.alpha))


def relative(table: TwoBuyers | TwoAmounts | TwoEither) -> Figures:
    """The lift by the delta method."""
    effect = lift(table.c.arm(), table.t.arm())
    return fixed_figures("lift", effect, fixed(effect, table.alpha))


def few_buyers(table: TwoFewBuyers) -> Figures:
    """Newcombe's interval of the difference."""
    gap, low, high = newcombe((table.c.n, table.c.sum), (table.t.n, table.t.sum), table.alpha)
    return {"diff": gap, "ci_low": low, "ci_high": high}


def buyers_log_ratio(table: TwoBuyers) -> Figures:
    """The lift on the log ratio of shares, judged by the normal distribution; the p-value is the difference's."""
    held_out, offered = table.c.arm(), table.t.arm()
    effect = log_ratio_of_buyers(held_out, offered)
    return _log_figures(effect, table.alpha, fixed(normal_difference(held_out, offered), table.alpha).p_value)


def amounts_log_ratio(table: TwoAmounts) -> Figures:
    """The lift on the log ratio of means, judged by Welch's t; the p-value is the difference's."""
    held_out, offered = table.c.arm(), table.t.arm()
    effect = log_ratio(held_out, offered)
    return _log_figures(effect, table.alpha, fixed(difference(held_out, offered), table.alpha).p_value)


def _log_figures(effect: Effect, alpha: float, p_value_diff: float) -> Figures:
    interval = fixed_lift(effect, alpha)
    return {
        "lift": as_lift(effect.estimate),
        "se_log": effect.standard_error,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "p_value": interval.p_value,
        "p_value_diff": p_value_diff,
    }


def visits_absolute(table: TwoVisits) -> Figures:
    """Per visit, the difference."""
    effect = difference(per_visit(table.c.totals()), per_visit(table.t.totals()))
    return fixed_figures("diff", effect, fixed(effect, table.alpha))


def visits_relative(table: TwoVisits) -> Figures:
    """Per visit, the lift."""
    effect = lift(per_visit(table.c.totals()), per_visit(table.t.totals()))
    return fixed_figures("lift", effect, fixed(effect, table.alpha))


def adjusted_absolute(table: TwoHistories) -> Figures:
    """Adjusted by past spend, the difference."""
    held_out, offered = table.c.totals(), table.t.totals()
    effect = cuped_difference(held_out, offered)
    return {**fixed_figures("diff", effect, fixed(effect, table.alpha)), "theta": theta(held_out, offered)}


def adjusted_relative(table: TwoHistories) -> Figures:
    """Adjusted by past spend, the lift."""
    held_out, offered = table.c.totals(), table.t.totals()
    effect = cuped_lift(held_out, offered)
    return {**fixed_figures("lift", effect, fixed(effect, table.alpha)), "theta": theta(held_out, offered)}
