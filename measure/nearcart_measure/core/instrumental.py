"""The effect per delivered offer from raw rows, with the arm as instrument for delivery (A. Wald 1940)."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nearcart_measure.core.undefined import Undefined, finite


@dataclass(frozen=True, slots=True)
class Row:
    """One visitor: her arm, whether an offer was delivered, and her outcome."""

    offered: bool
    delivered: bool
    outcome: float


@dataclass(frozen=True, slots=True)
class WaldEstimate:
    """Per delivered offer, with the textbook's standard error and the one that lets arms differ in spread."""

    estimate: float
    homoskedastic: float
    """Two-stage least squares: σ² = Σ residual²/(n - 2) (W. Greene, Econometric Analysis, 5.4; statsmodels' IV2SLS)."""
    unequal_variances: float
    """sqrt(st²/nt + sc²/nc) of y - L d, over the difference of the delivered shares: the one to report."""


def wald(rows: Iterable[Row]) -> WaldEstimate:
    """Raises ``Undefined`` when an arm has fewer than two rows, or delivery does not differ between the arms."""
    arms: tuple[list[Row], list[Row]] = ([], [])
    for row in rows:
        arms[row.offered].append(row)
    held_out, offered = arms
    if min(len(held_out), len(offered)) < 2:
        raise Undefined("an arm has fewer than two rows, so nothing can be compared.")
    shares = [_mean([float(row.delivered) for row in arm]) for arm in arms]
    gap = shares[1] - shares[0]
    if gap == 0:
        raise Undefined(
            "as many were delivered in the hold-out as in the other arm: the effect of delivery can't be told."
        )
    estimate = (_mean([row.outcome for row in offered]) - _mean([row.outcome for row in held_out])) / gap
    finite(the_estimate=estimate)
    rest = [[row.outcome - estimate * row.delivered for row in arm] for arm in arms]
    errors = _homoskedastic(rest, gap), _unequal(rest, gap)
    finite(its_standard_error=sum(errors))
    if min(errors) <= 0:
        raise Undefined("all outcomes are alike but for delivery, so how sure the effect is can't be told.")
    return WaldEstimate(estimate, *errors)


def _homoskedastic(rest: Sequence[Sequence[float]], gap: float) -> float:
    counts = [len(values) for values in rest]
    total = sum(counts)
    middle = _mean([value for values in rest for value in values])
    noise = sum((value - middle) ** 2 for values in rest for value in values) / (total - 2)
    return math.sqrt(noise * total / (counts[0] * counts[1])) / abs(gap)


def _unequal(rest: Sequence[Sequence[float]], gap: float) -> float:
    errors = [math.sqrt(_squares(values) / (len(values) - 1) / len(values)) for values in rest]
    return math.hypot(*errors) / abs(gap)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _squares(values: Sequence[float]) -> float:
    middle = _mean(values)
    return math.fsum((value - middle) ** 2 for value in values)
