"""What narrows an interval: comparing exposed with ghosts, and taking out what a visitor spent before; and offers that did not all arrive."""

from dataclasses import dataclass

import numpy as np

from benchmarks.intervals import formulas
from benchmarks.intervals.worlds import MEDIAN_BASKET, SIGMA, Numbers
from nearcart_measure.core.arm import Arm, of_amounts
from nearcart_measure.core.difference import difference
from nearcart_measure.core.effect import fixed
from nearcart_measure.core.ghosts import AssignedTotals, ghost_difference, per_delivered, per_exposed

EXPOSED_SHARE = 0.05
ASSIGNED = 40_000
GHOST_BAR = 3.3
ARRIVED_BAR = 4.0, 6.0
"""Percent of misses, as of any interval at the planned end."""
CUPED_BAR = 18.0
CORRELATION = 0.6
LIFT = 0.2


@dataclass(frozen=True, slots=True)
class Ghosts:
    """Mean ratio of widths, and the mean of both estimates of the same effect (money per exposed visitor) beside the truth."""

    ratio: float
    ghosts: float
    intent_to_treat: float
    truth: float
    standard_error: float
    """Of the mean estimate by ghosts over all replications."""


def ghosts(count: int, stream: np.random.Generator) -> Ghosts:
    """One in twenty of the assigned comes to a moment; she buys half as often again as the others."""
    ratios, near, far = [], [], []
    for _ in range(count):
        arms = [_assigned(lift, stream) for lift in (0.0, LIFT)]
        ghost, late = ghost_difference(*arms), per_exposed(*arms)
        widths = [interval.high - interval.low for interval in (fixed(ghost), fixed(late.effect))]
        ratios.append(widths[1] / widths[0])
        near.append(ghost.estimate)
        far.append(late.effect.estimate)
    truth = 0.18 * LIFT * MEDIAN_BASKET * float(np.exp(SIGMA**2 / 2))
    error = float(np.std(near) / np.sqrt(count))
    return Ghosts(float(np.mean(ratios)), float(np.mean(near)), float(np.mean(far)), truth, error)


def _assigned(lift: float, stream: np.random.Generator) -> AssignedTotals:
    visitors = ASSIGNED // 2
    exposed = stream.random(visitors) < EXPOSED_SHARE
    bought = stream.random(visitors) < np.where(exposed, 0.18 * (1 + lift), 0.12)
    money = np.where(bought, MEDIAN_BASKET * np.exp(stream.normal(0, SIGMA, visitors)), 0.0)
    some = money[exposed]
    return AssignedTotals(
        visitors, float(money.sum()), float((money**2).sum()), some.size, float(some.sum()), float((some**2).sum())
    )


@dataclass(frozen=True, slots=True)
class Arrived:
    """Of offers of which one in five never arrived: mean effect per delivered one beside the truth, and percent of intervals that miss it."""

    estimate: float
    truth: float
    misses: float
    delivered_alone: float
    misses_alone: float
    """Wrong: those whom it reached against all ghosts."""


def delivery(count: int, stream: np.random.Generator, visitors: int = 4000) -> Arrived:
    """Phones that are off are those of visitors who buy half as often; who gets the offer buys a fifth more often."""
    found = []
    for _ in range(count):
        arms = [_reached(lift, visitors // 2, stream) for lift in (0.0, LIFT)]
        (ghosts, _), (money, reached) = arms
        right = per_delivered(_arm(ghosts), _arm(money), int(reached.sum()))
        error = right.standard_error_share_known
        wrong = difference(_arm(ghosts), _arm(money[reached]))
        found.append((right.estimate, error, wrong.estimate, wrong.standard_error))
    truth = 0.18 * LIFT * MEDIAN_BASKET * float(np.exp(SIGMA**2 / 2))
    right, error, wrong, wrong_error = (np.array(values) for values in zip(*found, strict=True))
    missed, missed_alone = np.abs(right - truth) > 1.96 * error, np.abs(wrong - truth) > 1.96 * wrong_error
    percent = 100 * float(missed.mean()), 100 * float(missed_alone.mean())
    return Arrived(float(right.mean()), truth, percent[0], float(wrong.mean()), percent[1])


def _reached(lift: float, visitors: int, stream: np.random.Generator) -> tuple[Numbers, np.ndarray]:
    """What each spent, and whether the offer reaches her, or would have."""
    reached = stream.random(visitors) < 0.8
    bought = stream.random(visitors) < np.where(reached, 0.18 * (1 + lift), 0.09)
    return np.where(bought, MEDIAN_BASKET * np.exp(stream.normal(0, SIGMA, visitors)), 0.0), reached


def _arm(money: Numbers) -> Arm:
    return of_amounts(money.size, float(money.sum()), float((money**2).sum()))


@dataclass(frozen=True, slots=True)
class Cuped:
    """Correlation that came out, percent of width saved, and the mean difference (money per visitor) beside the truth.

    The difference, since a ratio of means has a bias of its own, adjusted or not: its denominator is noisy.
    """

    correlation: float
    narrower: float
    difference: float
    truth: float
    standard_error: float
    misses: float


def cuped(count: int, stream: np.random.Generator, visitors: int = 3000, batch: int = 200) -> Cuped:
    """Visitors whose spend before and after share their habit: lognormal, correlated by 0.6."""
    parts: list[tuple[Numbers, ...]] = []
    done = 0
    while done < count:
        size = min(batch, count - done)
        done += size
        parts.append(_compared(*_spent(size, visitors, stream)))
    correlation, saved, difference, missed = (np.concatenate(values) for values in zip(*parts, strict=True))
    truth = LIFT * MEDIAN_BASKET * float(np.exp(SIGMA**2 / 2))
    error = float(difference.std() / np.sqrt(count))
    means = float(correlation.mean()), 100 * float(saved.mean()), float(difference.mean())
    return Cuped(*means, truth, error, 100 * float(missed.mean()))


def _spent(count: int, visitors: int, stream: np.random.Generator) -> tuple[Numbers, Numbers, np.ndarray]:
    shared = np.log(1 + CORRELATION * (np.exp(SIGMA**2) - 1))  # of two lognormals with sigma 0.8 that correlate by 0.6
    habit = stream.normal(0, np.sqrt(shared), (count, visitors))
    own = np.sqrt(SIGMA**2 - shared)
    offered = np.arange(visitors) % 4 != 0
    before, after = (
        MEDIAN_BASKET * np.exp(habit + stream.normal(0, own, (count, visitors))) for _ in ("before", "after")
    )
    return before, after * np.where(offered, 1 + LIFT, 1.0), offered


def _compared(before: Numbers, after: Numbers, offered: np.ndarray) -> tuple[Numbers, ...]:
    def sums(values: Numbers) -> Numbers:
        return np.stack([values[:, ~offered].sum(1), values[:, offered].sum(1)], axis=1)

    count = len(after)
    visitors = np.tile([float((~offered).sum()), float(offered.sum())], (count, 1))
    y, yy = sums(after), sums(after**2)
    adjusted = formulas.cuped_lift(visitors, y, yy, sums(before), sums(before**2), sums(before * after))
    plain = formulas.lift(*formulas.pair(formulas.amounts(visitors, y, yy), 1))
    told = of_amounts(int(visitors[0, 0]), float(y[0, 0]), float(yy[0, 0]))
    assert abs(told.mean * (1 + plain.estimate[0]) - y[0, 1] / visitors[0, 1]) < 1e-9
    half = formulas.fixed_half(adjusted)
    held_out = [values[:, ~offered] for values in (before, after)]
    centred = [values - values.mean(1, keepdims=True) for values in held_out]
    correlation = (centred[0] * centred[1]).mean(1) / (centred[0].std(1) * centred[1].std(1))
    missed = np.abs(adjusted.estimate - LIFT) > half
    return correlation, 1 - half / formulas.fixed_half(plain), adjusted.estimate * y[:, 0] / visitors[:, 0], missed
