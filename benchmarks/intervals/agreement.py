"""That the harness judges the product and not a copy of it: a sample of its experiments through nearcart_measure.core."""

import math

import numpy as np

from benchmarks.intervals import formulas
from benchmarks.intervals.formulas import Effects
from benchmarks.intervals.worlds import AtTheEnd, Daily, Numbers
from nearcart_measure.core.arm import Arm, of_amounts, of_buyers
from nearcart_measure.core.cuped import PairedTotals, cuped_lift
from nearcart_measure.core.effect import Effect, fixed
from nearcart_measure.core.lift import lift
from nearcart_measure.core.log_ratio import log_ratio
from nearcart_measure.core.per_visit import RatioTotals, per_visit
from nearcart_measure.core.sequential import Tuning, always_valid


def check(daily: Daily, end: AtTheEnd, tau: float, samples: int = 20) -> None:
    """Raises ``AssertionError`` where an array formula and the core differ by more than 1e-9."""
    with np.errstate(all="ignore"):  # the first days have no buyer
        c, t = formulas.pair(formulas.amounts(daily.visitors, daily.total, daily.squares), 1)
        delta, log = formulas.lift(c, t), formulas.log_ratio(c, t)
        share = formulas.log_ratio(*formulas.pair(formulas.buyers(daily.visitors, daily.buyers), 1))
    last = daily.visitors.shape[2] - 1
    for replication in range(min(samples, daily.visitors.shape[0])):
        for day in (last // 2, last):
            told = [of_amounts(int(n), total, squares) for n, total, squares in _totals(daily, replication, day)]
            at = (replication, day)
            same(delta, at, lift(*told), tau)
            same(log, at, log_ratio(*told), tau)
            passed = float(daily.elapsed[at])
            looked = always_valid(log_ratio(*told), Tuning(0.05, tau), passed)
            half = formulas.sequence_half(_one(log, at), tau, elapsed=passed)
            close(half, (looked.high - looked.low) / 2)
            same(share, at, log_ratio(*_shares(daily, *at)), tau)
        n, y, yy = (values[:, :, last] for values in (daily.visitors, daily.total, daily.squares))
        _end(replication, n, y, yy, end, tau)


def _totals(daily: Daily, replication: int, day: int) -> list[tuple[float, float, float]]:
    return [
        tuple(float(values[replication, arm, day]) for values in (daily.visitors, daily.total, daily.squares))
        for arm in (0, 1)
    ]


def _shares(daily: Daily, replication: int, day: int) -> list[Arm]:
    counts = (daily.visitors[replication, :, day], daily.buyers[replication, :, day])
    return [of_buyers(int(visitors), int(bought)) for visitors, bought in zip(*counts, strict=True)]


def _end(replication: int, n: Numbers, y: Numbers, yy: Numbers, end: AtTheEnd, tau: float) -> None:
    def of_arm(arm: int, *sums: Numbers) -> list[float]:
        return [float(values[replication, arm]) for values in sums]

    past = (y, yy, end.before, end.before_squares, end.before_products)
    pairs = [PairedTotals(int(n[replication, arm]), *of_arm(arm, *past)) for arm in (0, 1)]
    same(formulas.cuped_lift(n, *past), (replication,), cuped_lift(*pairs), tau)
    visits = (y, yy, end.visits, end.visits_squares, end.products)
    ratios = [per_visit(RatioTotals(int(n[replication, arm]), *of_arm(arm, *visits))) for arm in (0, 1)]
    same(formulas.log_ratio(*formulas.pair(formulas.per_visit(n, *visits), 1)), (replication,), log_ratio(*ratios), tau)


def same(effects: Effects, at: tuple[int, ...], effect: Effect, tau: float) -> None:
    """One experiment's figures, both ways."""
    one = _one(effects, at)
    interval, looked = fixed(effect), always_valid(effect, Tuning(0.05, tau))
    pairs = (
        (one.estimate, effect.estimate),
        (one.error, effect.standard_error),
        (formulas.fixed_half(one), (interval.high - interval.low) / 2),
        (formulas.sequence_half(one, tau), (looked.high - looked.low) / 2),
    )
    for array, core in pairs:
        close(array, core)


def close(array: float, core: float) -> None:
    """The same figure, both ways."""
    assert math.isclose(array, core, rel_tol=1e-9, abs_tol=1e-12), (array, core)


def _one(effects: Effects, at: tuple[int, ...]) -> Effects:
    return Effects(effects.estimate[at], effects.error[at], effects.degrees[at], effects.visitors[at])
