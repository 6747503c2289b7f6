"""The sample-ratio checks: what they find, and how often they cry wolf when they are made every day, as the report makes them.

Whole arrays of experiments by the formulas of ``nearcart_measure.core``; the first of each goes through the report's own checks too.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from nearcart_contract.report_tables import HELD_OUT, OFFERED, Terms
from nearcart_measure.core.sample_ratio import DEFAULT_THRESHOLD, chi_square
from nearcart_measure.core.share_evidence import GROSS, SMALL_OR_GROSS, Bet
from nearcart_measure.report.checks import (
    ASSIGNED_ALPHA,
    DAILY_ALPHA,
    EXPOSED_ALPHA,
    assigned_check,
    daily_check,
    exposed_check,
)
from nearcart_measure.report.sums import FirstMoments

HOLD_OUT = 0.2
SLOTS = (2000, 8000)
LOST = 0.1
EXPOSED = 0.3
VISITORS = 20_000
LOOKS = 42
FOUND_BAR = 99.0
FALSE_BAR = 1.2
AT_ONCE = 10_000
AGREEING = 50
"""So many experiments of each kind go through the report's checks, too."""


@dataclass(frozen=True, slots=True)
class Flagged:
    """Percent of experiments that are red on any of 42 mornings, by all checks before the planned end, and with it."""

    running: float
    ended: float
    plain: float
    """By one plain test at 0.001 of everybody assigned: on the last day where something is lost, on any morning where nothing is."""
    three_plain: float
    """Wrong: three plain tests on each morning, of everybody assigned, of those exposed, and of the exposed of each day so far."""


@dataclass(frozen=True, slots=True)
class _Days:
    """Held out and offered, those who came and of them those who had their moment, shaped (experiment, day)."""

    held: np.ndarray
    offered: np.ndarray
    ghosts: np.ndarray
    exposed: np.ndarray


def broken(count: int, stream: np.random.Generator) -> Flagged:
    """20,000 visitors in 42 days; the hold-out loses a tenth of its records."""
    return _flagged(count, stream, LOST)


def healthy(count: int, stream: np.random.Generator) -> Flagged:
    """The same with nothing lost."""
    return _flagged(count, stream, 0.0)


def _flagged(count: int, stream: np.random.Generator, lost: float) -> Flagged:
    parts = []
    for start in range(0, count, AT_ONCE):
        days = _experiments(min(AT_ONCE, count - start), lost, stream)
        running, at_the_end = _red(days), _red_at_the_end(days)
        if start == 0:
            _agree(days, running, running | at_the_end)
        plain = _p_values(days.held.cumsum(1), days.offered.cumsum(1)) < DEFAULT_THRESHOLD
        once = plain[:, -1] if lost else plain.any(axis=1)
        parts.append((running, running | at_the_end, once, plain.any(axis=1) | _red_plainly(days)))
    return Flagged(*(100 * float(np.concatenate(values).mean()) for values in zip(*parts, strict=True)))


def _experiments(count: int, lost: float, stream: np.random.Generator) -> _Days:
    daily = stream.poisson(VISITORS / LOOKS, (count, LOOKS))
    held = stream.binomial(daily, HOLD_OUT)
    kept = stream.binomial(held, 1 - lost)
    offered = daily - held
    return _Days(kept, offered, stream.binomial(kept, EXPOSED), stream.binomial(offered, EXPOSED))


def _red(days: _Days) -> np.ndarray:
    """Whether any of the report's three checks is on any morning."""
    assigned = _evidence(days.held.cumsum(1), days.offered.cumsum(1), SMALL_OR_GROSS)
    exposed = _evidence(days.ghosts.cumsum(1), days.exposed.cumsum(1), SMALL_OR_GROSS)
    day = np.arange(1, LOOKS + 1)
    bets = _evidence(days.ghosts, days.exposed, GROSS) - np.log(day * (day + 1))
    daily = np.logaddexp(np.logaddexp.accumulate(bets, axis=1), -np.log(day + 1))
    pairs = (assigned, ASSIGNED_ALPHA), (exposed, EXPOSED_ALPHA), (daily, DAILY_ALPHA)
    return np.any([path.max(axis=1) > -np.log(alpha) for path, alpha in pairs], axis=0)


def _red_at_the_end(days: _Days) -> np.ndarray:
    pairs = (days.held, days.offered), (days.ghosts, days.exposed)
    return np.any([_p_values(*(each.sum(1) for each in pair)) < DEFAULT_THRESHOLD for pair in pairs], axis=0)


def _red_plainly(days: _Days) -> np.ndarray:
    exposed = _p_values(days.ghosts.cumsum(1), days.exposed.cumsum(1)) < DEFAULT_THRESHOLD
    least = np.minimum.accumulate(_p_values(days.ghosts, days.exposed), axis=1)
    return exposed.any(axis=1) | (least < DEFAULT_THRESHOLD / np.arange(1, LOOKS + 1)).any(axis=1)


def _evidence(held_out: np.ndarray, offered: np.ndarray, bets: tuple[Bet, ...]) -> np.ndarray:
    """ln of what a stake of 1 has become."""
    total = held_out + offered
    promise = held_out * np.log(HOLD_OUT) + offered * np.log(1 - HOLD_OUT)
    return np.logaddexp.reduce(
        [
            np.log(part)
            + special.betaln(k * HOLD_OUT + held_out, k * (1 - HOLD_OUT) + offered)
            - special.betaln(k * HOLD_OUT, k * (1 - HOLD_OUT))
            - np.where(total > 0, promise, 0.0)
            for part, k in bets
        ]
    )


def _p_values(held_out: np.ndarray, offered: np.ndarray) -> np.ndarray:
    expected = HOLD_OUT * (held_out + offered)
    p_values = special.chdtrc(1, (held_out - expected) ** 2 / (expected * (1 - HOLD_OUT)))
    told = chi_square((int(held_out.flat[0]), int(offered.flat[0])), SLOTS)
    assert abs(told.p_value - p_values.flat[0]) < 1e-12
    return p_values


def _agree(days: _Days, running: np.ndarray, ended: np.ndarray) -> None:
    """Raises ``AssertionError`` where the report's checks say otherwise than the arrays."""
    for number in range(min(AGREEING, len(running))):
        came = [
            (day, arm, int(counts[number, day]))
            for day in range(LOOKS)
            for arm, counts in ((HELD_OUT, days.held), (OFFERED, days.offered))
        ]
        moments = [
            FirstMoments(day, *SLOTS, arm, int(counts[number, day]))
            for day in range(LOOKS)
            for arm, counts in ((HELD_OUT, days.ghosts), (OFFERED, days.exposed))
        ]
        for over, red in ((False, running), (True, ended)):
            checks = assigned_check(came, _terms(over)), exposed_check(moments, ended=over), daily_check(moments)
            assert red[number] == (not all(check.passed for check in checks)), checks


def _terms(ended: bool) -> Terms:
    names = dict.fromkeys(("experiment", "campaign", "name", "store", "time_zone", "currency", "outcome"), "")
    arms = tuple(zip((HELD_OUT, OFFERED), SLOTS, strict=True))
    return Terms(**names, window_s=0, tau=5000, cap=None, arms=arms, since=0, ends=0 if ended else None, now=1)
