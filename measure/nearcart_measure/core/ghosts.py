"""Like with like: those who got the offer against those of the hold-out who would have got it at that moment.

Johnson, Lewis and Nubbemeyer, "Ghost Ads" (Journal of Marketing Research 2017, doi 10.1509/jmr.15.0297). Beside it
intent-to-treat over everybody assigned, and what that says of the exposed: the same, but with the noise of all others.
"""

import math
from dataclasses import dataclass

from nearcart_measure.core.arm import Arm, of_amounts
from nearcart_measure.core.difference import difference
from nearcart_measure.core.effect import Effect
from nearcart_measure.core.undefined import Undefined


@dataclass(frozen=True, slots=True)
class AssignedTotals:
    """One arm: everybody assigned with their amounts, and of them the exposed (or, in the hold-out, the ghosts)."""

    visitors: int
    amount: float
    squares: float
    exposed: int
    exposed_amount: float
    exposed_squares: float

    @property
    def all_arm(self) -> Arm:
        """Everybody assigned."""
        return of_amounts(self.visitors, self.amount, self.squares)

    @property
    def exposed_arm(self) -> Arm:
        """The exposed, or the ghosts. Raises ``Undefined`` when more were exposed than assigned."""
        if self.exposed > self.visitors:
            raise Undefined(f"{self.exposed} exposed of {self.visitors} assigned is not possible.")
        return of_amounts(self.exposed, self.exposed_amount, self.exposed_squares)


@dataclass(frozen=True, slots=True)
class PerExposed:
    """Intent-to-treat told per exposed visitor (the Wald estimate), with both standard errors."""

    exposed_share: float
    effect: Effect
    standard_error_share_known: float
    """As if the exposed share had no noise: shown because packages do so."""


def intent_to_treat(held_out: AssignedTotals, offered: AssignedTotals) -> Effect:
    """Per assigned visitor, whether anything reached her or not."""
    return difference(held_out.all_arm, offered.all_arm)


def ghost_difference(held_out: AssignedTotals, offered: AssignedTotals) -> Effect:
    """Per exposed visitor: exposed against ghosts."""
    return difference(held_out.exposed_arm, offered.exposed_arm)


def per_exposed(held_out: AssignedTotals, offered: AssignedTotals) -> PerExposed:
    """L = intent-to-treat / share e of the offered who were exposed; se from y - L d, d whether she was exposed.

    In the hold-out d is 0: a ghost got nothing. Raises ``Undefined`` when nobody was exposed.
    """
    if offered.exposed < 1:
        raise Undefined("nobody was exposed, so an effect per exposed visitor can't be told.")
    share = offered.exposed / offered.visitors
    plain = intent_to_treat(held_out, offered)
    late = plain.estimate / share
    rest = of_amounts(
        offered.visitors,
        offered.amount - late * offered.exposed,
        offered.squares - 2 * late * offered.exposed_amount + late * late * offered.exposed,
    )
    error = math.hypot(rest.standard_error, held_out.all_arm.standard_error) / share
    effect = Effect(late, error, plain.degrees, plain.visitors)
    return PerExposed(share, effect, plain.standard_error / share)


@dataclass(frozen=True, slots=True)
class PerDelivered:
    """All decided against all ghosts, and the same per delivered offer."""

    per_decided: Effect
    delivered_share: float
    estimate: float
    standard_error_share_known: float


def per_delivered(ghosts: Arm, decided: Arm, delivered: int) -> PerDelivered:
    """Where not every decided offer arrived: those whom it reached are not like all ghosts, so all decided are compared.

    Raises ``Undefined`` when nothing was delivered, or more than was decided.
    """
    if not 0 < delivered <= decided.visitors:
        raise Undefined(
            f"{delivered} delivered of {decided.visitors} decided: an effect per delivered offer can't be told."
        )
    share = delivered / decided.visitors
    effect = difference(ghosts, decided)
    return PerDelivered(effect, share, effect.estimate / share, effect.standard_error / share)
