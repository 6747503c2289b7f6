"""Revenue per visit where visitors, not visits, were given an arm."""

from dataclasses import dataclass

from nearcart_measure.core.arm import Arm, centred_products, of_amounts, rest_of_variances
from nearcart_measure.core.undefined import Undefined


@dataclass(frozen=True, slots=True)
class RatioTotals:
    """Of one arm: the amount m (money) and the count d (visits) of each visitor, summed."""

    visitors: int
    amount: float
    amount_squares: float
    visits: float
    visits_squares: float
    products: float


def per_visit(totals: RatioTotals) -> Arm:
    """R = Σm/Σd with the variance that a randomisation of *visitors* gives it, as if it were a mean per visitor.

    s² = (sm² - 2 R smd + R² sd²) / d̄² (Deng, Knoblich and Lu 2018, arXiv 1803.06336; equal to cluster-robust errors).
    Raises ``Undefined`` without visits.
    """
    amount = of_amounts(totals.visitors, totals.amount, totals.amount_squares)
    visits = of_amounts(totals.visitors, totals.visits, totals.visits_squares)
    if visits.mean == 0:
        raise Undefined("an arm has no visits, so nothing per visit can be told.")
    ratio = amount.mean / visits.mean
    shared = centred_products(totals.visitors, totals.amount, totals.visits, totals.products) / (totals.visitors - 1)
    parts = amount.variance, ratio * ratio * visits.variance
    variance = rest_of_variances(sum(parts) - 2 * ratio * shared, *parts)
    return Arm(totals.visitors, ratio, variance / visits.mean / visits.mean)
