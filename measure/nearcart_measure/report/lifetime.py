"""What all offers together cause: those held out of everything beside the rest, told when a cohort is old enough."""

from collections.abc import Iterator
from dataclasses import dataclass

from nearcart_measure.report.result import Report
from nearcart_measure.report.words import figure_words

TOLD = ("revenue", "orders", "purchase", "margin")
"""The figures of a cohort, the money first."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """A cohort after ``days`` days; without a ``report`` the sentence says why there is none."""

    days: int
    report: Report | None
    sentence: str


def horizon(days: int, report: Report | None, first_day: str | None) -> Horizon:
    """``first_day`` (ISO) is when the first visitor will have been here for so long."""
    if report is None:
        when = "nobody came yet" if first_day is None else f"the first will on {first_day}"
        return Horizon(days, None, f"Nobody has been here for {days} days since the hold-out began; {when}.")
    if report.answer in ("no result", "nothing yet"):
        return Horizon(days, report, report.sentence)
    [figure] = [each for each in report.figures if each.name == "revenue"]
    if figure.always is None or figure.lift is None:
        return Horizon(days, report, f"After {days} days nothing can be told: {figure.problem}")
    if figure.always.low > 0:
        told = "who may get offers spends more"
    elif figure.always.high < 0:
        told = "who may get offers spends less"
    else:
        told = "it can't be told yet whether who may get offers spends more"
    return Horizon(days, report, f"After {days} days {told}: {figure_words(figure, report)}.")


def lines(horizons: list[Horizon]) -> Iterator[str]:
    """For a terminal: held out of everything → all others."""
    for each in horizons:
        yield each.sentence
        if each.report is None:
            continue
        for check in each.report.checks:
            if not check.passed:
                yield f"FAILED  {check.sentence}"
        heads = {arm.arm: arm.people for arm in each.report.arms}
        yield f"  held out of everything {heads.get('hold-out', 0):,}, all others {heads.get('offer', 0):,}"
        for name in TOLD:
            for figure in each.report.figures:
                if figure.name == name:
                    yield f"  {figure.what}: {figure_words(figure, each.report)}"
