"""What must hold before any figure is believed: each arm has its share of people.

The checks are made again every morning, so each is a bet that may be looked at at any time: a healthy experiment is ever flagged by
one of them with a chance of at most 2 % altogether, however long it runs (docs/measure.md). What was found on some evening stays found.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from nearcart_contract.report_tables import HELD_OUT, Terms
from nearcart_measure.core.sample_ratio import DEFAULT_THRESHOLD, sample_ratio
from nearcart_measure.core.share_evidence import (
    GROSS,
    SMALL_OR_GROSS,
    Bet,
    always_valid_p,
    log_evidence,
    log_evidence_of_a_day,
)
from nearcart_measure.core.undefined import Undefined
from nearcart_measure.report.result import Check
from nearcart_measure.report.store_days import date_of
from nearcart_measure.report.sums import FirstMoments

ASSIGNED_ALPHA, EXPOSED_ALPHA, DAILY_ALPHA = 0.012, 0.004, 0.002
"""The chance of ever flagging a healthy experiment. At the planned end the first two are made once more as a plain test, at 0.001."""

Path = Sequence[tuple[int, float]]
"""Evenings (days since 1970) and what a stake of 1 had become by then, as a natural logarithm."""


@dataclass(frozen=True, slots=True)
class _Who:
    """People by arm, the hold-out's first, beside what they should be in proportion to."""

    name: str
    words: str
    observed: Sequence[int]
    weights: Sequence[float]

    @property
    def those(self) -> str:
        return "those " + self.words.rstrip(",")

    @property
    def sentence(self) -> str:
        total, share = sum(self.observed), self.weights[0] / sum(self.weights)
        return f"Of {total:,} {self.words} {self.observed[0]:,} are held out, {share * total:,.0f} were to be expected"


def assigned_check(came: Iterable[tuple[int, str, int]], terms: Terms) -> Check:
    """Everybody assigned, by the arm of her slot, against the slots. ``came`` is (day, arm, units), day by day."""
    arms = [arm for arm, _ in terms.arms]
    weights = [float(slots) for _, slots in terms.arms]
    counts, path = [0] * len(arms), []
    comparable = len(arms) > 1 and min(weights) > 0
    for day, today in groupby(came, key=lambda row: row[0]):
        for _, arm, units in today:
            if arm in arms:
                counts[arms.index(arm)] += units
        if comparable:
            path.append((day, _evidence(counts, weights)))
    return _judged(_Who("assigned", "who came", counts, weights), path, ASSIGNED_ALPHA, ended=terms.ended)


def exposed_check(moments: Sequence[FirstMoments], *, ended: bool) -> Check:
    """Ghosts against those with an offer, by the shares that held at each one's first moment."""
    observed, weights = [0, 0], [0.0, 0.0]
    for each in moments:
        if each.held + each.offered:
            observed[each.arm != HELD_OUT] += each.units
            weights[0] += each.units * each.held / (each.held + each.offered)
            weights[1] += each.units * each.offered / (each.held + each.offered)
    path = list(exposed_path(moments))
    who = _Who("exposed", "who had an offer, or would have had one,", observed, weights)
    return _judged(who, path, EXPOSED_ALPHA, ended=ended)


def exposed_path(moments: Iterable[FirstMoments]) -> Iterator[tuple[int, float]]:
    """Each evening's evidence; where a share grew, that of each share's people together."""
    so_far: dict[tuple[int, int], list[int]] = {}
    for day, today in groupby(moments, key=lambda each: each.day):
        _add(so_far, today)
        yield day, sum(_evidence(counts, slots) for slots, counts in so_far.items())


def daily_check(moments: Iterable[FirstMoments]) -> Check:
    """The same for each day by itself: what broke on one day and was mended is lost in the sums. A day has few people, so that only
    what is gross can show."""
    days, alone = [], []
    for day, today in groupby(moments, key=lambda each: each.day):
        by_slots = _add({}, today)
        days.append(day)
        alone.append(sum(_evidence(counts, slots, GROSS) for slots, counts in by_slots.items()))
    path = list(zip(days, log_evidence_of_a_day(alone), strict=True))
    day, stake = _strongest(path)
    if always_valid_p(stake) >= DAILY_ALPHA:
        return Check("daily", True, "On no day did one arm have far more first moments than its share.")
    return Check("daily", False, f"On {date_of(day).isoformat()} one arm had far more first moments than its share (p {always_valid_p(stake):.1g}): look what happened then.")  # fmt: skip


def _add(so_far: dict[tuple[int, int], list[int]], today: Iterable[FirstMoments]) -> dict[tuple[int, int], list[int]]:
    """People by the slots held out and offered; those to whom one arm alone was open tell nothing."""
    for each in today:
        if each.held and each.offered:
            so_far.setdefault((each.held, each.offered), [0, 0])[each.arm != HELD_OUT] += each.units
    return so_far


def _evidence(counts: Sequence[int], slots: Sequence[float], bets: Sequence[Bet] = SMALL_OR_GROSS) -> float:
    """Of counts below nothing there is none: who was erased is known by what each day added, which may be less."""
    return log_evidence([max(0, count) for count in counts], slots, bets)


def _judged(who: _Who, path: Path, alpha: float, *, ended: bool) -> Check:
    if len(who.observed) < 2 or min(who.weights) <= 0:
        return Check(
            who.name,
            True,
            f"There is one arm only among {who.those}, so there are no shares to check.",
        )
    try:
        once = sample_ratio([max(0, count) for count in who.observed], who.weights)
    except Undefined as none:
        return Check(who.name, True, f"The shares of {who.those} can't be checked: {none}")
    day, stake = _strongest(path)
    p_value = always_valid_p(stake)
    if p_value < alpha:
        when = (
            ""
            if day == path[-1][0]
            else f"; on the evening of {date_of(day).isoformat()} it was worse than chance would have it"
        )
        return _failed(who, f"{who.sentence}{when}", p_value)
    if ended and once.p_value < DEFAULT_THRESHOLD:
        return _failed(who, who.sentence, once.p_value)
    return Check(who.name, True, f"{who.sentence} (p {p_value:.2g}, however often it is looked at).")


def _failed(who: _Who, told: str, p_value: float) -> Check:
    return Check(who.name, False, f"{told} (p {p_value:.1g}): records are missing or doubled, so no figure can be believed.")  # fmt: skip


def _strongest(path: Path) -> tuple[int, float]:
    return max(path, key=lambda evening: evening[1], default=(0, -math.inf))
