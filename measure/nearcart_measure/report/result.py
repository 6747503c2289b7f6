"""A report as values: what it answers first, then what the answer stands on. Shares are of 1, money is in major units."""

from dataclasses import dataclass
from typing import Literal

Answer = Literal["no result", "nothing yet", "too early", "keep", "stop", "not told"]
Unit = Literal["share", "money", "number"]


@dataclass(frozen=True, slots=True)
class Range:
    """Both ends of a 95 % interval, and the p-value of no effect."""

    low: float
    high: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One quantity in both arms. ``problem`` is a sentence where no comparison exists; then the intervals are ``None``.

    ``lift`` is relative. ``always`` may be looked at every day; ``fixed`` is there at the planned end alone. ``delta`` is GrowthBook's
    fixed interval, ``delta_always`` its sequence, from 30 buyers in each arm on, as is ``difference_range`` before the end; at the
    end that is fixed. ``revenue_adjusted`` is the money's lift with CUPED, whose interval is GrowthBook's too.
    """

    name: str
    what: str
    unit: Unit
    held_out: float | None = None
    offered: float | None = None
    difference: float | None = None
    difference_range: Range | None = None
    lift: float | None = None
    always: Range | None = None
    fixed: Range | None = None
    delta: Range | None = None
    delta_always: Range | None = None
    problem: str = ""

    @property
    def shown(self) -> Range | None:
        """The interval of the lift: the planned end's where there is one."""
        return self.fixed or self.always

    @property
    def as_points(self) -> Range | None:
        """The interval of the difference where that is told in place of the lift: of shares that may be none."""
        return self.difference_range if self.lift is None and not self.problem else None


@dataclass(frozen=True, slots=True)
class Evening:
    """The lift of the main figure as told on the evening of a day (ISO), with its always-valid interval."""

    day: str
    lift: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    passed: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class ArmCount:
    """``people``: households and visitors with an offer, or a ghost; ``delivered`` of them have it for sure.

    How many bought is told only where a result is.
    """

    arm: str
    people: int
    delivered: int
    buyers: int | None


@dataclass(frozen=True, slots=True)
class Part:
    """One variant or segment against the hold-out: its own lift, and as drawn towards the whole. ``p_value`` is corrected.

    ``people`` are those with the variant, or all of the segment.
    """

    what: str
    which: str
    people: int
    lift: float | None = None
    shrunk_lift: float | None = None
    shrunk_range: Range | None = None
    p_value: float | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Money:
    """What the campaign cost and brought, over everybody who was offered something."""

    discounts: float
    extra_revenue: float | None = None
    extra_revenue_range: Range | None = None
    extra_margin: float | None = None
    extra_margin_range: Range | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """Other ways to reckon the same: a difference in money a head, with its interval."""

    name: str
    what: str
    estimate: float | None = None
    range: Range | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    campaign: str
    name: str
    store: str
    experiment: str
    currency: str
    window_days: float
    since: str
    until: str
    ended: bool
    answer: Answer
    sentence: str
    more_people: int | None
    checks: tuple[Check, ...]
    arms: tuple[ArmCount, ...]
    main: str
    figures: tuple[Figure, ...]
    evenings: tuple[Evening, ...]
    variants: tuple[Part, ...]
    segments: tuple[Part, ...]
    money: Money | None
    beside: tuple[Beside, ...]
    engagement: dict[str, int]
    guards: tuple[Figure, ...]
    opt_outs: dict[str, int]
    withheld: tuple[tuple[str, int], ...]
    conflicts: dict[str, int]
    notes: tuple[str, ...]

    @property
    def main_figure(self) -> Figure | None:
        return next((figure for figure in self.figures if figure.name == self.main), None)
