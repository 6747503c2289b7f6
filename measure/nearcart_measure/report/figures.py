"""One quantity compared between two arms, or the sentence why it can't be."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from nearcart_measure.core.arm import Arm, of_amounts, of_buyers
from nearcart_measure.core.cuped import PairedTotals, cuped_lift
from nearcart_measure.core.difference import difference
from nearcart_measure.core.effect import Effect, Interval, fixed
from nearcart_measure.core.lift import lift
from nearcart_measure.core.log_ratio import as_lift, fixed_lift, lift_interval, log_ratio
from nearcart_measure.core.per_visit import RatioTotals, per_visit
from nearcart_measure.core.rare import difference_always, difference_fixed
from nearcart_measure.core.sequential import BUYERS_FOR_DELTA, Tuning, always_valid
from nearcart_measure.core.undefined import Undefined
from nearcart_measure.report.result import Figure, Range, Unit
from nearcart_measure.report.sums import MOST, Totals

T = TypeVar("T")

DECIDING_SHARE = 0.5
"""Of an arm's sum of squares: a single visitor who makes up more than this leaves the interval to chance, however it is reckoned."""

ONE_DECIDES = (
    "one visitor alone decides this figure, so it tells nothing of the others; with more buyers it will, or where"
    " 'cap_per_visitor' was written before the launch."
)


@dataclass(frozen=True, slots=True)
class Judge:
    """Which interval may be shown: the one that holds at every look, or at the planned end the fixed one."""

    tuning: Tuning
    ended: bool
    elapsed: float = 1.0
    """Share of the visitors' windows that has passed."""

    def interval(self, effect: Effect) -> Interval:
        return fixed(effect) if self.ended else self.daily(effect)

    def daily(self, effect: Effect) -> Interval:
        """The one that holds at every look."""
        return always_valid(effect, self.tuning, self.elapsed)

    def width(self, visitors: int) -> float:
        """Half of that one in standard errors, with so many visitors of whose windows as much has passed as now."""
        return self.tuning.half_width(visitors * self.elapsed)

    def at_the_end(self, interval: Callable[[], Interval]) -> Range | None:
        """A fixed interval, which promises nothing to whoever looks before the end."""
        return as_range(interval()) if self.ended else None


def share(name: str, what: str, column: str, arms: tuple[Totals, Totals], judge: "Judge") -> Figure:
    """The share of people who did something at least once."""
    return _figure(name, what, "share", arms, judge, lambda totals: of_buyers(int(totals["units"]), totals[column]))


def amount(
    name: str,
    what: str,
    column: str,
    arms: tuple[Totals, Totals],
    judge: "Judge",
    *,
    scale: float = 1.0,
    unit: Unit = "money",
) -> Figure:
    """An amount per head; ``scale`` makes major units of minor ones."""

    def arm(totals: Totals) -> Arm:
        squares = float(totals[f"{column}_squares"]) * scale * scale
        return of_amounts(int(totals["units"]), float(totals[column]) * scale, squares)

    return _figure(name, what, unit, arms, judge, arm, alone=any(_one_decides(totals, column) for totals in arms))


def _one_decides(totals: Totals, column: str) -> bool:
    most = float(totals.sums.get(f"{column}{MOST}", 0))
    return most * most > DECIDING_SHARE * float(totals[f"{column}_squares"])


def rare(name: str, what: str, column: str, arms: tuple[Totals, Totals], judge: "Judge") -> Figure:
    """A share so small that an arm may have none: told as a difference, whose interval always exists."""
    held_out, offered = ((int(totals["units"]), int(totals[column])) for totals in arms)
    if not held_out[0] or not offered[0]:
        return Figure(name, what, "share", problem="there is nobody in one of the two.")
    between = difference_fixed if judge.ended else difference_always
    interval = told(lambda: between(held_out, offered))
    if isinstance(interval, str):
        return Figure(name, what, "share", problem=interval)
    shares = held_out[1] / held_out[0], offered[1] / offered[0]
    return Figure(name, what, "share", *shares, shares[1] - shares[0], as_range(interval))


def per_visit_figure(arms: tuple[Totals, Totals], judge: "Judge", scale: float) -> Figure:
    """Money per visit, where people and not visits were given an arm."""

    def arm(totals: Totals) -> Arm:
        return per_visit(
            RatioTotals(
                int(totals["units"]),
                float(totals["revenue"]) * scale,
                float(totals["revenue_squares"]) * scale * scale,
                float(totals["visits"]),
                float(totals["visits_squares"]),
                float(totals["visit_products"]) * scale,
            )
        )

    return _figure("revenue_per_visit", "Money per visit", "money", arms, judge, arm)


def adjusted(arms: tuple[Totals, Totals], judge: Judge, scale: float) -> tuple[float, Range] | None:
    """The relative lift of money with what was spent before taken into account; ``None`` where that does not exist."""
    held_out, offered = (_paired(totals, scale) for totals in arms)
    effect = told(lambda: cuped_lift(held_out, offered))
    if isinstance(effect, str):
        return None
    interval = told(lambda: judge.interval(effect))
    few = not judge.ended and min(totals["buyers"] for totals in arms) < BUYERS_FOR_DELTA
    return None if few or isinstance(interval, str) else (effect.estimate, as_range(interval))


def told(compute: Callable[[], T]) -> T | str:
    """A value, or the sentence why there is none."""
    try:
        return compute()
    except Undefined as none:
        return str(none)


def as_range(interval: Interval) -> Range:
    return Range(interval.low, interval.high, interval.p_value)


def log_effect(column: str, arms: tuple[Totals, Totals]) -> Effect | str:
    """The log ratio of money (or of buyers) per head."""

    def arm(totals: Totals) -> Arm:
        units = int(totals["units"])
        if column == "buyers":
            return of_buyers(units, totals["buyers"])
        return of_amounts(units, float(totals[column]), float(totals[f"{column}_squares"]))

    return told(lambda: log_ratio(arm(arms[0]), arm(arms[1])))


def _figure(
    name: str,
    what: str,
    unit: Unit,
    arms: tuple[Totals, Totals],
    judge: Judge,
    arm: Callable[[Totals], Arm],
    *,
    alone: bool = False,
) -> Figure:
    try:
        held_out, offered = arm(arms[0]), arm(arms[1])
    except Undefined as none:
        return Figure(name, what, unit, problem=str(none))
    if alone:
        plain = Figure(name, what, unit, held_out.mean, offered.mean, offered.mean - held_out.mean)
        return replace(plain, problem=ONE_DECIDES)
    enough = min(arms[0]["buyers"], arms[1]["buyers"]) >= BUYERS_FOR_DELTA
    plain = Figure(
        name, what, unit, held_out.mean, offered.mean, offered.mean - held_out.mean,
        difference_range=_on_delta(judge, enough, lambda: difference(held_out, offered)),
    )  # fmt: skip
    if held_out.mean == 0 and offered.mean == 0:
        return replace(plain, problem="nobody, in either arm.")
    if held_out.mean <= 0 or offered.mean <= 0:
        return replace(
            plain, problem="one of the two is not above nothing, so that no percentage can be told; the difference can."
        )
    try:
        log = log_ratio(held_out, offered)
        delta = told(lambda: lift(held_out, offered))
        return replace(
            plain,
            lift=as_lift(log.estimate),
            always=as_range(lift_interval(judge.daily(log))),
            fixed=judge.at_the_end(lambda: fixed_lift(log)),
            delta=None if isinstance(delta, str) else judge.at_the_end(lambda: fixed(delta)),
            delta_always=None if isinstance(delta, str) or not enough else as_range(always_valid(delta, judge.tuning)),
        )
    except Undefined as none:
        return replace(plain, problem=str(none))


def _on_delta(judge: Judge, enough_buyers: bool, effect: Callable[[], Effect]) -> Range | None:
    """An interval of a difference: before the end only once there are buyers enough for it to keep its promise."""
    if not judge.ended and not enough_buyers:
        return None
    found = told(lambda: as_range(judge.interval(effect())))
    return None if isinstance(found, str) else found


def _paired(totals: Totals, scale: float) -> PairedTotals:
    return PairedTotals(
        int(totals["units"]),
        float(totals["revenue"]) * scale,
        float(totals["revenue_squares"]) * scale * scale,
        float(totals["before"]) * scale,
        float(totals["before_squares"]) * scale * scale,
        float(totals["products"]) * scale * scale,
    )
