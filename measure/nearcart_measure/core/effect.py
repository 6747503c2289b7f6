"""An estimate with its standard error, and the interval that may be looked at once, at the planned end."""

import math
from dataclasses import dataclass

from nearcart_measure.core.arm import Arm
from nearcart_measure.core.distributions import normal_quantile, normal_two_sided, student_quantile, student_two_sided
from nearcart_measure.core.undefined import Undefined, finite

DEFAULT_ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Effect:
    """An estimate on its own scale: the outcome's unit, a share of the baseline, or a natural logarithm."""

    estimate: float
    standard_error: float
    degrees: float
    """Of freedom, of Student's t; infinite for the normal distribution."""
    visitors: int
    """In both arms together: what the always-valid interval counts."""

    def __post_init__(self) -> None:
        finite(the_estimate=self.estimate, its_standard_error=self.standard_error)
        if self.standard_error <= 0:
            raise Undefined("the figures have no spread that could be told, so how sure they are can't be told either.")


@dataclass(frozen=True, slots=True)
class Interval:
    """Both ends on the effect's scale, and the p-value of no effect."""

    low: float
    high: float
    p_value: float

    def __post_init__(self) -> None:
        finite(the_interval_s_lower_end=self.low, the_interval_s_upper_end=self.high, the_p_value=self.p_value)

    def excludes_zero(self) -> bool:
        """Whether no effect at all is ruled out."""
        return self.low > 0 or self.high < 0


def fixed(effect: Effect, alpha: float = DEFAULT_ALPHA) -> Interval:
    """Estimate ± quantile · standard error, two-sided: holds at one look that was planned beforehand, and at no other.

    The tail is taken as such (``sf``): GrowthBook's 2(1 - cdf) prints 0 below 1e-16.
    """
    check_alpha(alpha)
    score = abs(effect.estimate) / effect.standard_error
    if math.isinf(effect.degrees):
        half, p_value = normal_quantile(1 - alpha / 2), normal_two_sided(score)
    else:
        half, p_value = student_quantile(1 - alpha / 2, effect.degrees), student_two_sided(score, effect.degrees)
    half *= effect.standard_error
    return Interval(effect.estimate - half, effect.estimate + half, p_value)


def welch_degrees(first: Arm, second: Arm) -> float:
    """Welch and Satterthwaite's degrees of freedom, from both arms' variances of the mean (B. L. Welch, Biometrika 1947)."""
    part = first.mean_variance / (first.mean_variance + second.mean_variance)
    return 1 / (part * part / (first.visitors - 1) + (1 - part) * (1 - part) / (second.visitors - 1))


def check_alpha(alpha: float) -> None:
    """Raises ``Undefined`` unless 0 < alpha < 1: 0.05 asks for a 95 % interval."""
    if not 0 < alpha < 1:
        raise Undefined(f"alpha {alpha:g} is not between 0 and 1; 0.05 gives a 95 % interval.")
