"""Did each arm get its share, asked every morning: evidence that may be looked at as often as one likes.

A bet against the promised shares starts with a stake of 1. While the shares are kept it is a fair game, so that the stake ever
grows to 1/alpha with a chance of alpha at most (J. Ville, Étude critique de la notion de collectif, 1939). The bet is on Dirichlet
distributions around the promise: M. Lindon and A. Malek, "Anytime-Valid Inference for Multinomial Count Data" (NeurIPS 2022, arXiv
2011.03567). Stakes are told as natural logarithms: they outgrow a double.
"""

import math
from collections.abc import Sequence
from functools import reduce
from itertools import accumulate

from nearcart_measure.core.sample_ratio import expected

Bet = tuple[float, float]
"""A part of the stake, and the concentration K that it is bet with: that shares are within about 1/sqrt(K) of the promise."""

SMALL_OR_GROSS: tuple[Bet, ...] = ((0.9, 1000.0), (0.1, 10.0))
"""Most on a fault that needs thousands of visitors to be seen, a little on one that dozens show."""

GROSS: tuple[Bet, ...] = ((1.0, 10.0),)


def log_evidence(observed: Sequence[int], weights: Sequence[float], bets: Sequence[Bet] = SMALL_OR_GROSS) -> float:
    """What a stake of 1 has become. Raises ``Undefined`` as ``expected`` does, but not for nobody: then it is still 1."""
    total = sum(observed)
    if total == 0:
        return 0.0
    shares = [promised / total for promised in expected(observed, weights)]
    return reduce(_log_sum, (math.log(part) + _log_dirichlet(observed, shares, each) for part, each in bets))


def _log_dirichlet(observed: Sequence[int], shares: Sequence[float], concentration: float) -> float:
    """ln(Γ(K)/Γ(K + N) · Π Γ(K p + n)/Γ(K p) · p^-n): p an arm's promised share, n its count of N."""
    bet = math.lgamma(concentration) - math.lgamma(concentration + sum(observed))
    for count, share in zip(observed, shares, strict=True):
        start = concentration * share
        bet += math.lgamma(start + count) - math.lgamma(start) - count * math.log(share)
    return bet


def log_evidence_of_a_day(each: Sequence[float]) -> list[float]:
    """What a stake has become after each day that is divided beforehand: 1/(d (d + 1)) of it is bet on the d-th day alone.

    ``each`` is the evidence of that day's counts by themselves. What broke on one day and was mended shows here, and is lost in totals.
    """
    bets = [found - math.log(day) - math.log(day + 1) for day, found in enumerate(each, 1)]
    won = accumulate(bets, _log_sum)
    return [_log_sum(sum_of_bets, -math.log(day + 1)) for day, sum_of_bets in enumerate(won, 1)]


def always_valid_p(log_stake: float) -> float:
    """1/stake, at most 1: below alpha on any day with a chance of alpha at most."""
    return math.exp(-max(0.0, log_stake))


def _log_sum(one: float, other: float) -> float:
    """ln(e^one + e^other)."""
    return max(one, other) + math.log1p(math.exp(-abs(one - other)))
