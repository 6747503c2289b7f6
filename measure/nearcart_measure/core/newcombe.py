"""The difference of two shares where few bought: an interval that stays inside what is possible."""

import math

from nearcart_measure.core.arm import of_buyers
from nearcart_measure.core.distributions import normal_quantile
from nearcart_measure.core.effect import DEFAULT_ALPHA, check_alpha


def wilson(visitors: int, buyers: float, alpha: float = DEFAULT_ALPHA) -> tuple[float, float]:
    """Wilson's score interval of one share (E. B. Wilson, JASA 1927). Raises ``Undefined`` for an empty arm."""
    check_alpha(alpha)
    share = of_buyers(visitors, buyers).mean
    z = normal_quantile(1 - alpha / 2)
    widened = 1 + z * z / visitors
    middle = (share + z * z / (2 * visitors)) / widened
    half = z / widened * math.sqrt(share * (1 - share) / visitors + z * z / (4 * visitors * visitors))
    return max(0.0, middle - half), min(1.0, middle + half)


def newcombe(
    held_out: tuple[int, float], offered: tuple[int, float], alpha: float = DEFAULT_ALPHA
) -> tuple[float, float, float]:
    """(difference, low, high) of two (visitors, buyers): R. G. Newcombe's hybrid score interval, method 10.

    Source: Statistics in Medicine 17 (1998), 873-890; statsmodels calls it ``newcomb``.
    """
    control, treated = of_buyers(*held_out).mean, of_buyers(*offered).mean
    control_low, control_high = wilson(*held_out, alpha)
    treated_low, treated_high = wilson(*offered, alpha)
    gap = treated - control
    down = math.hypot(treated - treated_low, control_high - control)
    up = math.hypot(treated_high - treated, control - control_low)
    return gap, max(-1.0, gap - down), min(1.0, gap + up)
