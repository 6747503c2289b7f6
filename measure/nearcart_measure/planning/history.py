"""What visitors did in the past, as if each had had a moment when she first came: the baseline that a plan needs."""

import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from nearcart_measure.core.arm import Arm, of_amounts, of_buyers
from nearcart_measure.core.undefined import Undefined

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Purchase:
    """Money of one unit (a household or a visitor) at one time; a refund is below zero and no order."""

    unit: int
    at: float
    amount: int
    """Minor units."""
    order: bool


@dataclass(frozen=True, slots=True)
class Past:
    """``came``: how many units had come for the first time by the end of each day. Both arms are of the whole window."""

    came: tuple[int, ...]
    buyers: Arm
    money: Arm
    """Minor units per unit, capped."""

    def by(self, day: float) -> float:
        """How many units come in that many days; beyond what is known it goes on as in the last third of it."""
        known = len(self.came)
        if day <= 0:
            return 0.0
        if day >= known:
            return self.came[-1] + (day - known) * self.pace
        whole = int(day)
        before = self.came[whole - 1] if whole else 0
        return before + (day - whole) * (self.came[whole] - before)

    @property
    def pace(self) -> float:
        """New units a day, in the last third."""
        tail = max(1, len(self.came) // 3)
        before = self.came[-tail - 1] if len(self.came) > tail else 0
        return (self.came[-1] - before) / tail

    def days_for(self, units: float) -> float | None:
        """How many days until that many units have come; none where no new ones come any more."""
        if units <= self.came[-1]:
            return float(next(day for day, came in enumerate(self.came, start=1) if came >= units))
        return None if self.pace <= 0 else len(self.came) + (units - self.came[-1]) / self.pace


def past(
    visits: Iterable[tuple[int, float]],
    purchases: Iterable[Purchase],
    *,
    since: float,
    until: float,
    window_s: float,
    cap: int | None = None,
) -> Past:
    """From (unit, time) of visits and what was bought; times are Unix seconds.

    Whoever came in the last ``window_s`` before ``until`` counts as having come, not for what she spent: her window is not over.
    Raises ``Undefined`` where fewer than two visitors can be told of, or nobody bought.
    """
    first: dict[int, float] = {}
    for unit, at in visits:
        if since <= at < until:
            first[unit] = min(at, first.get(unit, at))
    if first:
        since = max(since, min(first.values()))  # a store that is younger than the history asked for
    over = {unit: at for unit, at in first.items() if at + window_s <= until}
    if len(over) < 2:
        raise Undefined(
            f"only {len(over)} visitors came long enough ago to know what they bought: a plan needs a history of visits."
        )
    spent, bought = _spent(over, purchases, window_s)
    capped = [amount if cap is None else min(amount, cap) for amount in spent.values()]
    if not bought:
        raise Undefined("nobody who came bought anything within the window, so there is no baseline to plan with.")
    return Past(
        _came(sorted(first.values()), since, until),
        of_buyers(len(over), len(bought)),
        of_amounts(len(over), sum(capped), sum(amount * amount for amount in capped)),
    )


def _spent(first: dict[int, float], purchases: Iterable[Purchase], window_s: float) -> tuple[dict[int, int], set[int]]:
    spent, bought = dict.fromkeys(first, 0), set[int]()
    for purchase in purchases:
        begins = first.get(purchase.unit)
        if begins is not None and begins <= purchase.at < begins + window_s:
            spent[purchase.unit] += purchase.amount
            if purchase.order:
                bought.add(purchase.unit)
    return spent, bought


def _came(firsts: list[float], since: float, until: float) -> tuple[int, ...]:
    days = max(1, math.ceil((until - since) / DAY_S))  # the first may be a part of a day
    return tuple(bisect_left(firsts, until - (days - 1 - day) * DAY_S) for day in range(days))
