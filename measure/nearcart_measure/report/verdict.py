"""The one sentence: keep it, stop it, or too early, and by how much."""

import math

from nearcart_measure.report.figures import Judge
from nearcart_measure.report.result import Answer, Figure

TOO_MANY = 100_000_000
"""More people than this no store waits for."""

LEAST_BUYERS = 5
"""In each arm, below which a store is not told yes or no, whatever the interval says."""


def verdict(
    figure: Figure, money: Figure | None, month: Figure | None, people: int, buyers: int, judge: Judge
) -> tuple[Answer, str, int | None]:
    """(answer, sentence, how many more people are needed). ``money`` may speak against a figure of buyers; ``month`` is the money of
    28 days, once they have passed for everybody."""
    ended = judge.ended
    bounds = figure.fixed if ended else figure.always
    if bounds is None or figure.lift is None or buyers < LEAST_BUYERS:
        return "too early", f"Too early: {_why(figure, buyers)}", None
    if money is not None and money.always is not None and money.always.high < 0:
        return (
            "stop",
            f"Stop it: those with the offer spend {_percent(money.lift)} less money than those without.",
            None,
        )
    if bounds.low > 0:
        sure = f"Keep it: {_more(figure)}, and almost surely at least {_percent(bounds.low)} more."
        return "keep", sure + _brought_forward(month), None
    if bounds.high < 0:
        return "stop", f"Stop it: {_less(figure)}.", None
    if ended:
        return (
            "not told",
            f"It can't be told whether it sold anything: between {_signed(bounds.low)} and {_signed(bounds.high)}.",
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
        f"Too early: about {_round(more):,} more visitors are needed, if it goes on as now ({_signed(figure.lift)}).",
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


def _more(figure: Figure) -> str:
    what = {"share": "buy", "money": "spend"}.get(figure.unit, "do")
    return f"those with the offer {what} {_percent(figure.lift)} more than those without"


def _less(figure: Figure) -> str:
    what = {"share": "buy", "money": "spend"}.get(figure.unit, "do")
    return f"those with the offer {what} {_percent(figure.lift)} less than those without"


def _percent(lift: float | None) -> str:
    return f"{abs(lift or 0.0) * 100:.0f} %" if abs(lift or 0.0) >= 0.0995 else f"{abs(lift or 0.0) * 100:.1f} %"


def _signed(lift: float) -> str:
    return f"{'+' if lift >= 0 else '−'}{_percent(lift)}"


def _round(number: int) -> int:
    """Two digits are all that is known."""
    size = int(10 ** max(0, len(str(number)) - 2))
    return math.ceil(number / size) * size
