"""The relative lift on the log scale: the report's main interval.

The delta method's interval is symmetric, which a ratio of two means with few buyers is not: it errs nearly always on
one side. On the log scale the error is shared by both (docs/measure.md has the figures).
"""

import math

from nearcart_measure.core.arm import Arm, need_spread
from nearcart_measure.core.effect import DEFAULT_ALPHA, Effect, Interval, fixed, welch_degrees
from nearcart_measure.core.undefined import Undefined


def log_ratio(held_out: Arm, offered: Arm) -> Effect:
    """log(mt/mc) with se² = sc²/(nc mc²) + st²/(nt mt²), judged by Welch's t on that scale (as tea-tasting does).

    Raises ``Undefined`` unless both means are above zero.
    """
    for arm in (held_out, offered):
        if arm.mean <= 0:
            raise Undefined("a mean is not above 0, so the ratio has no logarithm; the difference can be told instead.")
    need_spread(held_out, offered)
    scaled = [Arm(arm.visitors, 1.0, (math.sqrt(arm.variance) / arm.mean) ** 2) for arm in (held_out, offered)]
    return Effect(
        math.log(offered.mean) - math.log(held_out.mean),
        math.hypot(scaled[0].standard_error, scaled[1].standard_error),
        welch_degrees(*scaled),
        held_out.visitors + offered.visitors,
    )


def log_ratio_of_buyers(held_out: Arm, offered: Arm) -> Effect:
    """The same, judged by the normal distribution (statsmodels' ``method="log"``; D. Katz et al., Biometrics 1978)."""
    effect = log_ratio(held_out, offered)
    return Effect(effect.estimate, effect.standard_error, math.inf, effect.visitors)


def as_lift(log_scale: float) -> float:
    """A logarithm of a ratio as a lift: 0.18 becomes 0.197, 20 % more. Raises ``Undefined`` beyond a double."""
    try:
        return math.expm1(log_scale)
    except OverflowError:
        raise Undefined("the interval is too wide to be told; more buyers are needed.") from None


def lift_interval(interval: Interval) -> Interval:
    """An interval of the log ratio as one of the lift; the p-value stays."""
    return Interval(as_lift(interval.low), as_lift(interval.high), interval.p_value)


def fixed_lift(effect: Effect, alpha: float = DEFAULT_ALPHA) -> Interval:
    """The fixed interval of a log ratio, told as a lift."""
    return lift_interval(fixed(effect, alpha))
