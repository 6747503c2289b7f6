"""What one arm of an experiment says: how many visitors, their mean, and how much they differ from one another."""

import math
from dataclasses import dataclass

from nearcart_measure.core.undefined import Undefined, finite

ROUNDING = 64 * 2.0**-52
"""Of the sum of squares: what a double can't tell from nothing after a subtraction of two such sums."""

RESIDUAL_ROUNDING = 1e-12
"""Of a variance: what is not told from nothing after its explained part was taken away."""


@dataclass(frozen=True, slots=True)
class Arm:
    """Visitors of one arm with the mean of their outcome and its variance *between visitors* (not of the mean)."""

    visitors: int
    mean: float
    variance: float

    @property
    def mean_variance(self) -> float:
        """The variance of the mean: what repeating the experiment would show."""
        return self.variance / self.visitors

    @property
    def standard_error(self) -> float:
        """Of the mean, in the outcome's unit."""
        return math.sqrt(self.mean_variance)


def of_buyers(visitors: int, buyers: float) -> Arm:
    """Visitors who bought or did not: mean p, variance p(1-p).

    Source: GrowthBook, Statistical Details, "Proportion metrics". Raises ``Undefined`` for an empty arm, or more buyers
    than visitors.
    """
    if visitors < 1:
        raise Undefined("an arm is empty: nobody in it, so there is nothing to compare.")
    if not 0 <= buyers <= visitors:
        raise Undefined(f"{buyers:g} buyers of {visitors} visitors is not possible: count each visitor once.")
    share = buyers / visitors
    return Arm(visitors, share, share * (1 - share))


def of_amounts(visitors: int, total: float, squares: float) -> Arm:
    """An amount per visitor (money, orders) from its sum and sum of squares: variance with n - 1.

    Raises ``Undefined`` below two visitors, whose spread can't be told.
    """
    if visitors < 1:
        raise Undefined("an arm is empty: nobody in it, so there is nothing to compare.")
    if visitors < 2:
        raise Undefined("an arm has one visitor only: how much visitors differ can't be told from one.")
    return Arm(visitors, total / visitors, centred(visitors, total, squares) / (visitors - 1))


def centred(count: int, total: float, squares: float) -> float:
    """Σ(x - mean)² from Σx and Σx²; 0 where only rounding is left. Raises ``Undefined`` for sums of no possible table."""
    mean_part = product_over(total, total, count)
    rest = squares - mean_part
    finite(the_spread=rest)
    noise = ROUNDING * max(squares, mean_part)
    if rest < -noise:
        raise Undefined("a sum of squares is smaller than its sum allows: these are not the totals of one table.")
    return rest if rest > noise else 0.0


def product_over(one: float, other: float, count: int) -> float:
    """one · other / count, multiplied first, as packages do: where little is left of a subtraction, the order of rounding shows."""
    product = one * other
    return product / count if math.isfinite(product) else one * (other / count)


def rest_of_variances(rest: float, *parts: float) -> float:
    """A variance made by subtracting parts from one another; 0 where only rounding is left of them.

    Raises ``Undefined`` where it is below zero, which the sums of no possible table give.
    """
    finite(a_variance=rest)
    noise = RESIDUAL_ROUNDING * max(parts)
    if rest < -noise:
        raise Undefined("a sum of products is larger than its squares allow: these are not the totals of one table.")
    return rest if rest > noise else 0.0


def centred_products(count: int, total: float, other_total: float, products: float) -> float:
    """Σ(x - mean)(y - mean) from Σx, Σy and Σxy."""
    rest = products - product_over(total, other_total, count)
    finite(the_covariance=rest)
    return rest


def need_spread(*arms: Arm) -> None:
    """Raises ``Undefined`` where everybody in an arm did the same: its noise can't be told."""
    for arm in arms:
        if arm.variance <= 0:
            raise Undefined(
                "everybody in an arm did the same (nobody bought, or all alike), so how sure a figure is can't be told; "
                "more visitors are needed."
            )
