"""The one sentence: keep it, stop it, or too early, and by how much."""

import math
from dataclasses import dataclass

from nearcart_measure.report.figures import Judge
from nearcart_measure.report.result import Answer, Figure
from nearcart_measure.report.words import amount_words

TOO_MANY = 100_000_000
"""More people than this no store waits for."""

MOST_DAYS = 3650
"""Longer than this no pace lasts."""

LEAST_PICTURED = 20
"""Buyers of a hundred, or of a thousand: below it two arms would round to the same."""

LEAST_BUYERS = 5
"""In each arm, below which a store is not told yes or no, whatever the interval says."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast people come, and for how many days the campaign still runs; ``None`` without an end."""

    people_a_day: float
    days_left: float | None


def verdict(
    figure: Figure,
    money: Figure,
    month: Figure | None,
    people: int,
    buyers: int,
    judge: Judge,
    currency: str,
    pace: Pace,
) -> tuple[Answer, str, int | None]:
    """(answer, sentence, how many more people are needed). ``money`` may speak against a figure of buyers; ``month`` is the money of
    28 days, once they have passed for everybody."""
    ended = judge.ended
    bounds = figure.fixed if ended else figure.always
    if bounds is None or figure.lift is None or buyers < LEAST_BUYERS:
        return "too early", f"Too early: {_why(figure, buyers)}", None
    if money.always is not None and money.always.high < 0:
        return "stop", f"Stop it: {_both_arms(money, currency)} That is {_percent(money.lift)} less.", None
    if bounds.low > 0:
        sure = f"That is {_percent(figure.lift)} more, and almost surely at least {_percent(bounds.low)} more."
        beside = _brought_forward(month) or _and_money(figure, money, ended)
        return "keep", f"Keep it: {_both_arms(figure, currency)} {sure}{beside}", None
    if bounds.high < 0:
        sure = f"That is {_percent(figure.lift)} less, and almost surely at least {_percent(bounds.high)} less."
        return "stop", f"Stop it: {_both_arms(figure, currency)} {sure}", None
    if ended:
        return (
            "not told",
            f"It can't be told whether it sold anything: the difference is between {_signed(bounds.low)} and {_signed(bounds.high)}.",
            None,
        )
    more = people_needed(figure, people, judge)
    if more is None:
        return (
            "too early",
            f"Too early to tell, and so small a difference ({_signed(figure.lift)}) may never be told.",
            None,
        )
    return (
        "too early",
        f"Too early: about {_round(more):,} more visitors are needed, if it goes on as now ({_signed(figure.lift)}){_days(more, pace)}.",
        more,
    )


def _brought_forward(month: Figure | None) -> str:
    """A purchase that was only made sooner is no gain: said where four weeks together don't surely show one."""
    bounds = None if month is None else month.fixed or month.always
    if month is None or month.lift is None or bounds is None or bounds.low > 0:
        return ""
    between = f"{_signed(month.lift)}, between {_signed(bounds.low)} and {_signed(bounds.high)}"
    return f" Within 28 days they don't surely spend more ({between}): some of it may only have been brought forward."


def people_needed(figure: Figure, people: int, judge: Judge) -> int | None:
    """How many more until the always-valid interval leaves nothing out, were the lift what it seems now."""
    if figure.always is None or figure.lift is None or figure.lift in (0.0, -1.0):
        return None
    estimate = abs(math.log1p(figure.lift))
    error = (math.log1p(figure.always.high) - math.log1p(figure.lift)) / judge.width(people)
    low, high = people, people
    while not _told_at(high, estimate, error, people, judge):
        low, high = high, high * 2
        if high > TOO_MANY:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _told_at(middle, estimate, error, people, judge) else (middle, high)
    return high - people


def _told_at(at: int, estimate: float, error: float, people: int, judge: Judge) -> bool:
    return error * math.sqrt(people / at) * judge.width(at) < estimate


def _why(figure: Figure, buyers: int) -> str:
    if buyers < LEAST_BUYERS:
        return f"only {buyers} of one arm have bought anything; {LEAST_BUYERS} of each are needed to say a word."
    return figure.problem or "nothing can be told yet."


def _both_arms(figure: Figure, currency: str) -> str:
    """What each arm did, in numbers that can be pictured."""
    held_out, offered = figure.held_out or 0.0, figure.offered or 0.0
    if figure.unit == "money":
        spent, without = (amount_words(number, currency) for number in (offered, held_out))
        return f"those with the offer spent {spent} {currency} each, those without it {without} {currency}."
    heads = next((heads for heads in (100, 1_000) if min(held_out, offered) * heads >= LEAST_PICTURED), 10_000)
    return (
        f"of {heads:,} with the offer {offered * heads:,.0f} bought, of {heads:,} without it {held_out * heads:,.0f}."
    )


def _and_money(figure: Figure, money: Figure, ended: bool) -> str:
    """More buyers are not more money yet."""
    bounds = money.fixed if ended else money.always
    if figure.unit == "money":
        return ""
    if bounds is None or bounds.low <= 0:
        return " Whether they also spend more money can't be told."
    return f" They also spend {_percent(money.lift)} more money."


def _days(more: int, pace: Pace) -> str:
    if pace.days_left is not None and pace.days_left <= 0:
        return "; the campaign has ended, so that no more will come"
    days = math.ceil(more / pace.people_a_day)
    if pace.days_left is not None and days > pace.days_left:
        return "; the campaign ends before that"
    return f", which takes about {days:,} day{'s' if days > 1 else ''}" if days <= MOST_DAYS else ""


def _percent(lift: float | None) -> str:
    return f"{abs(lift or 0.0) * 100:.0f} %" if abs(lift or 0.0) >= 0.0995 else f"{abs(lift or 0.0) * 100:.1f} %"


def _signed(lift: float) -> str:
    return f"{'+' if lift >= 0 else '−'}{_percent(lift)}"


def _round(number: int) -> int:
    """Two digits are all that is known."""
    size = int(10 ** max(0, len(str(number)) - 2))
    return math.ceil(number / size) * size
