"""Both models together: money in the days to come, and how well that would have been foretold before."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nearcart_measure.core.undefined import Undefined
from nearcart_measure.forecast.bg_nbd import BgNbd, fit_bg_nbd
from nearcart_measure.forecast.customers import DAY_S, Customers, Numbers, customers
from nearcart_measure.forecast.gamma_gamma import GammaGamma, fit_gamma_gamma

Bought = tuple[int, float, float]
"""(unit, Unix seconds, amount)."""

MOST_AGAIN = 4
"""In the calibration, from here on in one row."""


@dataclass(frozen=True, slots=True)
class Band:
    """Customers who had bought ``again`` times (``MOST_AGAIN``: or more), foretold and true purchases of one in the time held back."""

    again: int
    customers: int
    foretold: float
    true: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Fitted without the last ``days``, and compared with them. ``bands`` by how often they had bought before."""

    days: float
    foretold: float
    true: float
    bands: tuple[Band, ...]

    @property
    def error(self) -> float | None:
        """Foretold over true less one: 0.1 is a tenth too much. None where nobody bought."""
        return self.foretold / self.true - 1 if self.true else None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the customers of today will do in ``days``. Money in the amounts' unit."""

    customers: int
    alive: float
    days: float
    purchases: float
    money: float
    of_a_new_customer: float
    """Purchases after her first."""
    timing: BgNbd
    amounts: GammaGamma


def forecast(bought: Sequence[Bought], until: float, days: float) -> Forecast:
    """Raises ``Undefined`` where there are too few customers, or too few who came back."""
    known = customers(bought, until)
    timing, amounts = fit_bg_nbd(known), fit_gamma_gamma(known)
    if amounts.q <= 1:
        raise Undefined("what customers spend differs so much that it has no mean to go by.")
    more = timing.expected(known, days)
    return Forecast(
        customers=len(known),
        alive=float(timing.alive(known).sum()),
        days=days,
        purchases=float(more.sum()),
        money=float((more * amounts.expected(known)).sum()),
        of_a_new_customer=timing.of_a_new_one(days),
        timing=timing,
        amounts=amounts,
    )


def calibration(bought: Sequence[Bought], until: float, days: float) -> Calibration:
    """What would have been foretold ``days`` ago, beside what came. Raises ``Undefined`` as ``forecast`` does."""
    split = until - days * DAY_S
    known = customers(bought, split)
    foretold = fit_bg_nbd(known).expected(known, days)
    true = _days_bought(known, bought, split, until)
    rows = np.minimum(known.again, MOST_AGAIN)
    bands = tuple(
        Band(again, int(row.sum()), float(foretold[row].mean()), float(true[row].mean()))
        for again in range(MOST_AGAIN + 1)
        if (row := rows == again).any()
    )
    return Calibration(days, float(foretold.sum()), float(true.sum()), bands)


def _days_bought(known: Customers, bought: Sequence[Bought], since: float, until: float) -> Numbers:
    days: dict[int, dict[int, float]] = {unit: {} for unit in known.units}
    for unit, at, amount in bought:
        if since <= at < until and unit in days:
            day = int(at // DAY_S)
            days[unit][day] = days[unit].get(day, 0.0) + amount
    return np.array([sum(money > 0 for money in days[unit].values()) for unit in known.units], dtype=float)
