"""An interval that may be looked at every morning: it holds at all times at once.

Asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (Annals of Statistics 2024, arXiv
2103.06476 v7, equations 9, 155 and 161), as GrowthBook's sequential test has it. Its tuning is fixed at launch: chosen
again at each look, the promise is gone.
"""

import math
from dataclasses import dataclass

from nearcart_measure.core.effect import DEFAULT_ALPHA, Effect, Interval, check_alpha
from nearcart_measure.core.undefined import Undefined

DEFAULT_TAU = 5000.0
"""Visitors at which the interval is tightest, where nothing was declared (GrowthBook's default)."""

BUYERS_FOR_DELTA = 30
"""In each arm, from which on the sequence on the delta scale keeps its promise (docs/measure.md)."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """Fixed at launch: 1 - ``alpha`` is the promise, ``tau`` the number of visitors at which it is tightest."""

    alpha: float = DEFAULT_ALPHA
    tau: float = DEFAULT_TAU

    def __post_init__(self) -> None:
        check_alpha(self.alpha)
        if not (0 < self.tau < math.inf):
            raise Undefined(f"tau {self.tau:g} is not a number of visitors above 0.")

    @property
    def rho(self) -> float:
        """sqrt((-2 ln alpha + ln(1 - 2 ln alpha)) / tau): the closed form, 0.003 % from the best."""
        twice = -2 * math.log(self.alpha)
        return math.sqrt((twice + math.log1p(twice)) / self.tau)

    def half_width(self, visitors: float) -> float:
        """In standard errors: what stands in 1.96's place. k = N rho²; sqrt(2 (k+1)/k · ln(sqrt(k+1)/alpha))."""
        k = visitors * self.rho**2
        if k <= 0 or not math.isfinite(k):
            raise Undefined("alpha and tau leave no interval: alpha 0.05 and a tau of some thousands do.")
        return math.sqrt(2 * (k + 1) / k * (math.log1p(k) / 2 - math.log(self.alpha)))

    def p_value(self, score: float, visitors: float) -> float:
        """min(1, sqrt(k+1) · exp(-k z² / (2 (k+1)))): below alpha exactly when no effect is outside the interval."""
        k = visitors * self.rho**2
        return min(1.0, math.exp(min(0.0, math.log1p(k) / 2 - k / (k + 1) * score * score / 2)))


def always_valid(effect: Effect, tuning: Tuning, elapsed: float = 1.0) -> Interval:
    """The interval of an effect on any scale, good at every look.

    ``elapsed`` is the share of the visitors' windows that has passed, on average: the sequence's clock must go with what could have
    been seen of them. At 1, as for outcomes that are complete when a visitor is counted, it counts visitors.
    """
    clock = effect.visitors * elapsed
    half = effect.standard_error * tuning.half_width(clock)
    p_value = tuning.p_value(effect.estimate / effect.standard_error, clock)
    return Interval(effect.estimate - half, effect.estimate + half, p_value)
