"""What one visitor adds to the sums that a campaign's report is made of, so that she can be erased and the report stays.

The keys are the report's: ``n`` visitors, ``sum`` and ``sum_sq`` of the outcome, ``exp`` of them exposed (or ghosts) with ``e_sum``
and ``e_sum_sq``, ``delivered``, visits as ``d_sum``, ``d_sum_sq`` and ``sum_md``, past spend as ``x_sum``, ``x_sum_sq`` and ``sum_xy``.
Each day holds what that day added: the days so far add up to what a report of that evening saw.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Literal

Metric = Literal["purchase", "revenue", "redemption"]
METRICS: tuple[Metric, ...] = ("purchase", "revenue", "redemption")

HELD_OUT = "hold-out"
TREATED = "offer"
"""The arms of a campaign without variants; with variants an arm is the variant's name."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over visitors; money is in the store's currency."""

    n: int = 0
    exp: int = 0
    delivered: int = 0
    sum: Decimal = Decimal(0)
    sum_sq: Decimal = Decimal(0)
    e_sum: Decimal = Decimal(0)
    e_sum_sq: Decimal = Decimal(0)
    d_sum: int = 0
    d_sum_sq: int = 0
    sum_md: Decimal = Decimal(0)
    x_sum: Decimal = Decimal(0)
    x_sum_sq: Decimal = Decimal(0)
    sum_xy: Decimal = Decimal(0)

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(getattr(self, key) + getattr(other, key) for key in KEYS))

    def __sub__(self, other: "Sums") -> "Sums":
        return Sums(*(getattr(self, key) - getattr(other, key) for key in KEYS))


KEYS = tuple(field.name for field in fields(Sums))


@dataclass(frozen=True, slots=True)
class Dealing:
    """One decision about her in a campaign. ``exposed``: an offer was sent, or would have been. Times are Unix seconds."""

    at: float
    exposed: bool = False
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase of hers, less what she brought back."""

    at: float
    money: Decimal


@dataclass(frozen=True, slots=True)
class Story:
    """What one campaign and one visitor had to do with each other.

    An outcome counts when it comes within ``window_s`` after any decision, whatever that was: so both arms are treated alike.
    Past spend is what she bought in as long a time before the first decision.
    """

    dealings: Sequence[Dealing]
    window_s: float
    bought: Sequence[Bought] = ()
    redeemed_at: Sequence[float] = ()
    visits_at: Sequence[float] = ()

    def sums(self, metric: Metric, until: float = float("inf")) -> Sums:
        """Her part in the sums of a report that knows what happened up to ``until``."""
        dealings = [dealing for dealing in self.dealings if dealing.at <= until]
        if not dealings:
            return Sums()
        exposed = any(dealing.exposed for dealing in dealings)
        delivered = any(dealing.delivered for dealing in dealings)
        y, d, x = self._outcome(metric, until), self._visits(until), self._past_spend(metric)
        e = y if exposed else Decimal(0)
        return Sums(1, int(exposed), int(delivered), y, y * y, e, e * e, d, d * d, y * d, x, x * x, x * y)

    def moments(self) -> set[float]:
        """When anything happened that changes her part."""
        times = [dealing.at for dealing in self.dealings]
        times += [bought.at for bought in self.bought if self._counts(bought.at)]
        return {*times, *filter(self._counts, self.redeemed_at), *filter(self._counts, self.visits_at)}

    def _outcome(self, metric: Metric, until: float) -> Decimal:
        if metric == "redemption":
            return Decimal(int(any(at <= until and self._counts(at) for at in self.redeemed_at)))
        bought = [each.money for each in self.bought if each.at <= until and self._counts(each.at)]
        return sum(bought, Decimal(0)) if metric == "revenue" else Decimal(int(bool(bought)))

    def _visits(self, until: float) -> int:
        return sum(at <= until and self._counts(at) for at in self.visits_at)

    def _past_spend(self, metric: Metric) -> Decimal:
        first = min(dealing.at for dealing in self.dealings)
        before = [each.money for each in self.bought if first - self.window_s <= each.at < first]
        return sum(before, Decimal(0)) if metric == "revenue" else Decimal(int(bool(before)))

    def _counts(self, at: float) -> bool:
        return any(dealing.at <= at < dealing.at + self.window_s for dealing in self.dealings)


def by_day(story: Story, metric: Metric, day_of: Callable[[float], str]) -> Iterable[tuple[str, Sums]]:
    """(day, what it added), in order, for every day that added something. ``day_of`` names the day of a Unix time."""
    ends: dict[str, float] = {}
    for at in sorted(story.moments()):
        ends[day_of(at)] = at
    before = Sums()
    for day, end in ends.items():
        so_far = story.sums(metric, end)
        if so_far != before:
            yield day, so_far - before
        before = so_far
