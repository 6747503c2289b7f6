"""Purchases summed up per customer: how often again, when last, for how long she is known, and how much each time."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Customers:
    """One entry a customer, in the order of ``units``; times in days.

    ``again`` counts the days with purchases after the first; ``last`` is from the first to the last of them, ``known`` from the first to the
    end of what is known; ``money`` is the mean of a repeat day, 0 without one.
    """

    units: tuple[int, ...]
    again: Numbers
    last: Numbers
    known: Numbers
    money: Numbers

    def __len__(self) -> int:
        return len(self.units)


def customers(purchases: Iterable[tuple[int, float, float]], until: float) -> Customers:
    """From (unit, Unix seconds, amount) before ``until``; several purchases of one day are one, as the model has it.

    Amounts may be below zero (refunds): they are taken off that day's, and a day with nothing left is none.
    """
    spent: dict[int, dict[int, float]] = {}
    for unit, at, amount in purchases:
        if at < until:
            days = spent.setdefault(unit, {})
            day = int(at // DAY_S)
            days[day] = days.get(day, 0.0) + amount
    kept = {unit: {day: money for day, money in days.items() if money > 0} for unit, days in spent.items()}
    rows = [_row(days, until / DAY_S) for days in kept.values() if days]
    again, last, known, money = (
        (np.array(column, dtype=float) for column in zip(*rows, strict=True)) if rows else (np.empty(0),) * 4
    )
    return Customers(tuple(unit for unit, days in kept.items() if days), again, last, known, money)


def _row(days: dict[int, float], until: float) -> tuple[float, float, float, float]:
    first, last = min(days), max(days)
    later = [money for day, money in days.items() if day != first]
    return len(later), last - first, max(until - first, last - first), sum(later) / len(later) if later else 0.0
