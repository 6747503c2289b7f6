"""CUPED: what a visitor spent before her first moment takes noise out of what she spent after it.

Deng, Xu, Kohavi and Walker (WSDM 2013), equation 4; relative form as GrowthBook's since February 2025. The covariate
must end before the first moment: one that the offer could have moved biases the estimate.
"""

import math
from dataclasses import dataclass

from nearcart_measure.core.arm import Arm, centred, centred_products, need_spread, of_amounts, rest_of_variances
from nearcart_measure.core.difference import difference
from nearcart_measure.core.effect import Effect, welch_degrees
from nearcart_measure.core.lift import need_baseline


@dataclass(frozen=True, slots=True)
class PairedTotals:
    """Of one arm: the outcome y after the first moment and the covariate x from before it, of each visitor, summed."""

    visitors: int
    outcome: float
    outcome_squares: float
    before: float
    before_squares: float
    products: float

    @property
    def outcome_arm(self) -> Arm:
        """The outcome alone."""
        return of_amounts(self.visitors, self.outcome, self.outcome_squares)

    @property
    def before_arm(self) -> Arm:
        """The covariate alone."""
        return of_amounts(self.visitors, self.before, self.before_squares)

    @property
    def covariance(self) -> float:
        """Of outcome and covariate between visitors, with n - 1."""
        return centred_products(self.visitors, self.outcome, self.before, self.products) / (self.visitors - 1)

    def with_(self, other: "PairedTotals") -> "PairedTotals":
        """Both arms as one table."""
        return PairedTotals(
            self.visitors + other.visitors,
            self.outcome + other.outcome,
            self.outcome_squares + other.outcome_squares,
            self.before + other.before,
            self.before_squares + other.before_squares,
            self.products + other.products,
        )


def theta(held_out: PairedTotals, offered: PairedTotals) -> float:
    """cov(y, x) / var(x) over both arms as one table; 0 where nobody has a history or all have the same."""
    both = held_out.with_(offered)
    spread = centred(both.visitors, both.before, both.before_squares)
    if spread == 0 or centred(both.visitors, both.outcome, both.outcome_squares) == 0:
        return 0.0
    return centred_products(both.visitors, both.outcome, both.before, both.products) / spread


def adjusted(totals: PairedTotals, slope: float) -> Arm:
    """y - theta x as an arm: variance sy² + theta² sx² - 2 theta sxy."""
    outcome, before = totals.outcome_arm, totals.before_arm
    explained = slope * slope * before.variance
    rest = outcome.variance + explained - 2 * slope * totals.covariance
    return Arm(
        totals.visitors, outcome.mean - slope * before.mean, rest_of_variances(rest, outcome.variance, explained)
    )


def cuped_difference(held_out: PairedTotals, offered: PairedTotals) -> Effect:
    """The difference per visitor, adjusted; theta is of both arms together."""
    slope = theta(held_out, offered)
    return difference(adjusted(held_out, slope), adjusted(offered, slope))


def cuped_lift(held_out: PairedTotals, offered: PairedTotals) -> Effect:
    """The adjusted difference as a share of the hold-out's raw mean, their covariance counted.

    se² = wt/(nt yc²) + (r² syc² - 2 r theta sxyc + theta² sxc²)/(nc yc²), r = yt/yc, w the adjusted variances.
    Raises ``Undefined`` for a baseline of nothing and for an arm without spread.
    """
    slope = theta(held_out, offered)
    raw, after = held_out.outcome_arm, offered.outcome_arm
    control, treated = adjusted(held_out, slope), adjusted(offered, slope)
    baseline = need_baseline(raw)
    need_spread(control, treated)
    ratio = after.mean / raw.mean
    parts = ratio * ratio * raw.variance, slope * slope * held_out.before_arm.variance
    noise = rest_of_variances(sum(parts) - 2 * ratio * slope * held_out.covariance, *parts)
    return Effect(
        (treated.mean - control.mean) / baseline,
        math.hypot(treated.standard_error / baseline, math.sqrt(noise / held_out.visitors) / baseline),
        welch_degrees(control, treated),
        held_out.visitors + offered.visitors,
    )
