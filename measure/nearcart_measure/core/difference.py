"""How much more per visitor: the plain difference of two means."""

import math

from nearcart_measure.core.arm import Arm, need_spread
from nearcart_measure.core.effect import Effect, welch_degrees


def difference(held_out: Arm, offered: Arm) -> Effect:
    """Offered minus held out, in the outcome's unit per visitor; Welch's standard error and degrees of freedom.

    se² = st²/nt + sc²/nc. Raises ``Undefined`` where an arm has no spread.
    """
    need_spread(held_out, offered)
    return Effect(
        offered.mean - held_out.mean,
        math.hypot(offered.standard_error, held_out.standard_error),
        welch_degrees(held_out, offered),
        held_out.visitors + offered.visitors,
    )


def normal_difference(held_out: Arm, offered: Arm) -> Effect:
    """The same, judged by the normal distribution: what goes with the log ratio of two shares of buyers."""
    plain = difference(held_out, offered)
    return Effect(plain.estimate, plain.standard_error, math.inf, plain.visitors)
