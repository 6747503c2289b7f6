"""How many visitors an effect needs to be seen, and how small an effect so many visitors show.

On the log ratio, as the report judges: power = Φ(log(1 + L)/se - c), se² = v_c/(h N) + v_t/((1 - h) N), v = s²/m²; c is 1.96 at one
planned look and the always-valid interval's width at any. A share of buyers p becomes p (1 + L); an amount keeps its v.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from nearcart_measure.core.arm import Arm
from nearcart_measure.core.distributions import normal_below, normal_quantile
from nearcart_measure.core.effect import DEFAULT_ALPHA
from nearcart_measure.core.sample_ratio import DEFAULT_THRESHOLD
from nearcart_measure.core.sequential import Tuning
from nearcart_measure.core.undefined import Undefined

DEFAULT_POWER = 0.8
MOST_VISITORS = 1_000_000_000
LARGEST_LIFT = 20.0

Width = Callable[[int], float]
"""Half an interval in standard errors, at so many visitors."""


@dataclass(frozen=True, slots=True)
class Design:
    """``baseline`` is what those held out will do; ``hold_out`` their share of all who take part."""

    baseline: Arm
    hold_out: float
    of_buyers: bool

    def __post_init__(self) -> None:
        if not 0 < self.hold_out < 1:
            raise Undefined("nobody is held out, so there is nothing to compare with: write hold_out_percent.")
        if self.baseline.mean <= 0 or self.baseline.variance <= 0:
            raise Undefined("the baseline is not above 0, or all did the same: nothing can be planned with it.")

    def standard_error(self, visitors: int, lift: float) -> float:
        """Of the log ratio, with so many visitors in both arms and a true lift."""
        noise = self.baseline.variance / self.baseline.mean**2
        offered = noise
        if self.of_buyers:
            share = min(self.baseline.mean * (1 + lift), 1.0)
            offered = (1 - share) / share
        return math.sqrt(noise / (self.hold_out * visitors) + offered / ((1 - self.hold_out) * visitors))


def once(alpha: float = DEFAULT_ALPHA) -> Width:
    """At the planned end."""
    quantile = normal_quantile(1 - alpha / 2)
    return lambda _: quantile


def daily(tuning: Tuning) -> Width:
    """On any morning."""
    return tuning.half_width


def power(design: Design, visitors: int, lift: float, width: Width) -> float:
    """The chance that the interval leaves out no effect, on the right side."""
    return normal_below(math.log1p(lift) / design.standard_error(visitors, lift) - width(visitors))


def visitors_needed(design: Design, lift: float, width: Width, wanted: float = DEFAULT_POWER) -> int | None:
    """The fewest in both arms together that show ``lift`` with that power; none below a milliard."""
    low, high = 1, 2
    while power(design, high, lift, width) < wanted:
        low, high = high, high * 2
        if high > MOST_VISITORS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if power(design, middle, lift, width) < wanted else (low, middle)
    return high


def smallest_lift(design: Design, visitors: int, width: Width, wanted: float = DEFAULT_POWER) -> float | None:
    """What so many visitors show with that power; none where not even twenty-one times as much would be."""
    low, high = 0.0, LARGEST_LIFT
    if design.of_buyers:
        high = min(high, 1 / design.baseline.mean - 1)
    if visitors < 2 or power(design, visitors, high, width) < wanted:
        return None
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if power(design, visitors, middle, width) < wanted else (low, middle)
    return high


def noticeable_loss(
    hold_out: float, visitors: int, wanted: float = 0.99, threshold: float = DEFAULT_THRESHOLD
) -> float | None:
    """The share of the hold-out's records that must be lost for the sample-ratio check to find it; none where all of it is too little.

    n = (z(1 - threshold/2) + z(wanted))² / (h (1 - h) loss²): the shift of the hold-out's share against its noise.
    """
    loss = (normal_quantile(1 - threshold / 2) + normal_quantile(wanted)) / math.sqrt(
        hold_out * (1 - hold_out) * visitors
    )
    return loss if loss <= 1 else None
