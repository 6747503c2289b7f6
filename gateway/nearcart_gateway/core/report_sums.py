"""What one visitor adds to the sums that an experiment's report is made of, so that she can be erased and the report stays.

The keys are the report's: ``n`` visitors, ``sum`` and ``sum_sq`` of the outcome, ``exp`` of them exposed (or ghosts) with ``e_sum``
and ``e_sum_sq``, ``delivered``, visits as ``d_sum``, ``d_sum_sq`` and ``sum_md``, past spend as ``x_sum``, ``x_sum_sq`` and ``sum_xy``.
Each day holds what that day added: the days so far add up to what a report of that evening saw.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Literal

Metric = Literal["purchase", "revenue", "redemption", "complaint", "opt_out"]
METRICS: tuple[Metric, ...] = ("purchase", "revenue", "redemption", "complaint")
OPTED_OUT_METRICS: tuple[Metric, ...] = ("complaint", "opt_out")
"""Of who took back her consent: she is in no comparison but of those who do that, or complain."""

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
    """A purchase of hers, and what she got back for it: (when, how much)."""

    at: float
    money: Decimal
    refunds: Sequence[tuple[float, Decimal]] = ()

    def worth(self, until: float) -> Decimal:
        """What was kept of it, as known at ``until``."""
        return self.money - sum((money for at, money in self.refunds if at <= until), Decimal(0))


@dataclass(frozen=True, slots=True)
class Story:
    """What one campaign and one visitor had to do with each other.

    An outcome counts when it comes within ``window_s`` after her first moment: of all decisions (``sum``), and of those that
    sent an offer or would have (``e_sum``). Later moments are caused by the first. A refund counts when it is paid, however late.
    Past spend is what she bought in as long a time before the first moment. More money than ``cap`` counts as that.
    """

    dealings: Sequence[Dealing]
    window_s: float
    bought: Sequence[Bought] = ()
    redeemed_at: Sequence[float] = ()
    visits_at: Sequence[float] = ()
    complained_at: Sequence[float] = ()
    opted_out_at: Sequence[float] = ()
    cap: Decimal | None = None

    def sums(self, metric: Metric, until: float = float("inf")) -> Sums:
        """Her part in the sums of a report that knows what happened up to ``until``."""
        dealings = [dealing for dealing in self.dealings if dealing.at <= until]
        if not dealings:
            return Sums()
        first = min(dealing.at for dealing in dealings)
        exposed_at = min((dealing.at for dealing in dealings if dealing.exposed), default=None)
        since = first if exposed_at is None else exposed_at
        y, d, x = self._outcome(metric, first, until), self._visits(first, until), self._past_spend(metric, since)
        e = Decimal(0) if exposed_at is None else self._outcome(metric, exposed_at, until)
        delivered = any(dealing.delivered for dealing in dealings)
        exposed = int(exposed_at is not None)
        return Sums(1, exposed, int(delivered), y, y * y, e, e * e, d, d * d, y * d, x, x * x, x * y)

    def moments(self) -> set[float]:
        """When anything may have happened that changes her part."""
        times = [dealing.at for dealing in self.dealings]
        times += [*self.redeemed_at, *self.visits_at, *self.complained_at, *self.opted_out_at]
        for bought in self.bought:
            times += [bought.at, *(at for at, _ in bought.refunds)]
        return set(times)

    def _outcome(self, metric: Metric, since: float, until: float) -> Decimal:
        if metric == "opt_out":
            return Decimal(int(any(since <= at <= until for at in self.opted_out_at)))
        if metric in ("redemption", "complaint"):
            happened = self.redeemed_at if metric == "redemption" else self.complained_at
            return Decimal(int(any(at <= until and self._within(at, since) for at in happened)))
        counted = [each for each in self.bought if each.at <= until and self._within(each.at, since)]
        if metric == "revenue":
            spent = sum((each.worth(until) for each in counted), Decimal(0))
            return spent if self.cap is None else min(spent, self.cap)
        return Decimal(int(any(each.money > 0 for each in counted)))

    def _visits(self, since: float, until: float) -> int:
        return sum(at <= until and self._within(at, since) for at in self.visits_at)

    def _past_spend(self, metric: Metric, before: float) -> Decimal:
        """As known by then: what was paid back later is caused by what came after."""
        past = [each for each in self.bought if before - self.window_s <= each.at < before]
        if metric == "revenue":
            return sum((each.worth(before) for each in past), Decimal(0))
        return Decimal(int(bool(past)))

    def _within(self, at: float, since: float) -> bool:
        return since <= at < since + self.window_s


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
