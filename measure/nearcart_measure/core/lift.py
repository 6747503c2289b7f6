"""The relative lift by the delta method: GrowthBook's figure, kept beside the log ratio so that both can be compared."""

import math

from nearcart_measure.core.arm import Arm, need_spread
from nearcart_measure.core.effect import Effect, welch_degrees
from nearcart_measure.core.undefined import Undefined


def lift(held_out: Arm, offered: Arm) -> Effect:
    """(mt - mc) / |mc| as a share (0.2 is 20 % more), the noise of the control mean counted.

    se² = st²/(nt mc²) + sc² mt²/(nc mc⁴); degrees of freedom are those of the absolute difference. A baseline below
    zero (more refunds than sales) divides by its size, so that better is positive.
    Source: GrowthBook, Statistical Details, equations 1-12, and its code for the sign.
    Raises ``Undefined`` for a baseline of nothing and for an arm without spread.
    """
    baseline = need_baseline(held_out)
    need_spread(held_out, offered)
    return Effect(
        (offered.mean - held_out.mean) / baseline,
        math.hypot(offered.standard_error / baseline, (offered.mean / baseline) * (held_out.standard_error / baseline)),
        welch_degrees(held_out, offered),
        held_out.visitors + offered.visitors,
    )


def need_baseline(held_out: Arm) -> float:
    """The size of the hold-out's mean, by which a lift divides. Raises ``Undefined`` when it is nothing."""
    if held_out.mean == 0:
        raise Undefined(
            "the hold-out's mean is 0, so a relative lift has no baseline; the difference can be told instead."
        )
    return abs(held_out.mean)
