"""The formulas of nearcart_measure.core over whole arrays of experiments; ``agreement`` holds them to the core's own."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from benchmarks.intervals.worlds import Numbers


@dataclass(frozen=True, slots=True)
class Arms:
    """Visitors, mean and variance between visitors; last but one axis is the arm, or the values of one arm."""

    visitors: Numbers
    mean: Numbers
    variance: Numbers

    @property
    def mean_variance(self) -> Numbers:
        return self.variance / self.visitors


@dataclass(frozen=True, slots=True)
class Effects:
    """As the core's Effect."""

    estimate: Numbers
    error: Numbers
    degrees: Numbers
    visitors: Numbers


def amounts(visitors: Numbers, total: Numbers, squares: Numbers) -> Arms:
    """Mean and variance with n - 1."""
    mean = total / visitors
    return Arms(visitors, mean, (squares - total * mean) / (visitors - 1))


def buyers(visitors: Numbers, bought: Numbers) -> Arms:
    """The share who bought, and p(1-p)."""
    share = bought / visitors
    return Arms(visitors, share, share * (1 - share))


def pair(arms: Arms, axis: int) -> tuple[Arms, Arms]:
    """Hold-out and offered."""
    taken = [[np.take(values, arm, axis) for values in (arms.visitors, arms.mean, arms.variance)] for arm in (0, 1)]
    return Arms(*taken[0]), Arms(*taken[1])


def welch(first: Numbers, second: Numbers, held_out: Numbers, offered: Numbers) -> Numbers:
    """Degrees of freedom from both variances of the mean."""
    part = first / (first + second)
    return 1 / (part**2 / (held_out - 1) + (1 - part) ** 2 / (offered - 1))


def lift(c: Arms, t: Arms) -> Effects:
    """By the delta method."""
    ratio = t.mean / c.mean
    error = np.sqrt(t.mean_variance + ratio**2 * c.mean_variance) / c.mean
    degrees = welch(c.mean_variance, t.mean_variance, c.visitors, t.visitors)
    return Effects(ratio - 1, error, degrees, c.visitors + t.visitors)


def lift_of_a_known_baseline(c: Arms, t: Arms) -> Effects:
    """Wrong: the absolute interval divided by the control mean, as if that had no noise."""
    right = lift(c, t)
    return Effects(right.estimate, np.sqrt(t.mean_variance + c.mean_variance) / c.mean, right.degrees, right.visitors)


def log_ratio(c: Arms, t: Arms) -> Effects:
    """On the log scale."""
    first, second = c.mean_variance / c.mean**2, t.mean_variance / t.mean**2
    degrees = welch(first, second, c.visitors, t.visitors)
    return Effects(np.log(t.mean / c.mean), np.sqrt(first + second), degrees, c.visitors + t.visitors)


def per_visit(
    visitors: Numbers, total: Numbers, squares: Numbers, visits: Numbers, visits_squares: Numbers, products: Numbers
) -> Arms:
    """Revenue per visit, visitors randomised."""
    amount, count = amounts(visitors, total, squares), amounts(visitors, visits, visits_squares)
    ratio = amount.mean / count.mean
    shared = (products - total * count.mean) / (visitors - 1)
    variance = amount.variance - 2 * ratio * shared + ratio**2 * count.variance
    return Arms(visitors, ratio, variance / count.mean**2)


def cuped_lift(visitors: Numbers, y: Numbers, yy: Numbers, x: Numbers, xx: Numbers, xy: Numbers) -> Effects:
    """Arrays shaped (replication, arm); theta over both arms, the covariance with the control mean counted."""
    n, sy, sx = visitors.sum(1), y.sum(1), x.sum(1)
    theta = (xy.sum(1) - sy * sx / n) / (xx.sum(1) - sx * sx / n)
    after, past = amounts(visitors, y, yy), amounts(visitors, x, xx)
    shared = (xy - y * past.mean) / (visitors - 1)
    slope = theta[:, None]
    rest = after.variance + slope**2 * past.variance - 2 * slope * shared
    adjusted = after.mean - slope * past.mean
    base, ratio = after.mean[:, 0], after.mean[:, 1] / after.mean[:, 0]
    noise = ratio**2 * after.variance[:, 0] - 2 * ratio * theta * shared[:, 0] + theta**2 * past.variance[:, 0]
    error = np.sqrt(rest[:, 1] / visitors[:, 1] + noise / visitors[:, 0]) / base
    parts = rest / visitors
    degrees = welch(parts[:, 0], parts[:, 1], visitors[:, 0], visitors[:, 1])
    return Effects((adjusted[:, 1] - adjusted[:, 0]) / base, error, degrees, n)


def fixed_half(effects: Effects, alpha: float = 0.05) -> Numbers:
    """Half the fixed interval."""
    return special.stdtrit(effects.degrees, 1 - alpha / 2) * effects.error


def sequence_half(
    effects: Effects, tau: float | Numbers, alpha: float = 0.05, elapsed: float | Numbers = 1.0
) -> Numbers:
    """Half the always-valid interval; ``elapsed`` is the share of the visitors' windows that has passed."""
    twice = -2 * np.log(alpha)
    k = effects.visitors * elapsed * (twice + np.log1p(twice)) / tau
    return effects.error * np.sqrt(2 * (k + 1) / k * (np.log1p(k) / 2 - np.log(alpha)))
