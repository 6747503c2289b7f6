"""Did each arm get the share it was promised? Where not, no result is believed: somebody's records are missing."""

from collections.abc import Sequence
from dataclasses import dataclass

from nearcart_measure.core.distributions import binomial_two_sided, chi_square_tail
from nearcart_measure.core.undefined import Undefined

DEFAULT_THRESHOLD = 0.001
FEWEST_EXPECTED = 5.0
"""Below this many expected in a cell the chi-square distribution no longer fits, and the exact test takes over."""


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """``chi2`` and ``degrees`` are ``None`` where the exact test was made."""

    p_value: float
    mismatch: bool
    chi2: float | None = None
    degrees: int | None = None


def sample_ratio(
    observed: Sequence[int], weights: Sequence[float], threshold: float = DEFAULT_THRESHOLD
) -> SampleRatio:
    """Observed counts against promised weights: chi-square, or exact where a cell expects fewer than five.

    Raises ``Undefined`` for fewer than two arms, weights that are not above zero, or nobody at all.
    """
    if min(expected(observed, weights)) < FEWEST_EXPECTED:
        return exact(observed, weights, threshold)
    return chi_square(observed, weights, threshold)


def chi_square(observed: Sequence[int], weights: Sequence[float], threshold: float = DEFAULT_THRESHOLD) -> SampleRatio:
    """Σ(o - e)²/e with arms - 1 degrees (K. Pearson 1900; GrowthBook's check_srm; Fabijan et al., KDD 2019)."""
    pairs = zip(observed, expected(observed, weights), strict=True)
    chi2 = sum((count - promised) / promised * (count - promised) for count, promised in pairs)
    p_value = chi_square_tail(chi2, len(observed) - 1)
    return SampleRatio(p_value, p_value < threshold, chi2, len(observed) - 1)


def exact(observed: Sequence[int], weights: Sequence[float], threshold: float = DEFAULT_THRESHOLD) -> SampleRatio:
    """Exact two-sided binomial; with more than two arms each against the rest, the smallest p times their number."""
    expected(observed, weights)
    total, weight = sum(observed), sum(weights)
    if len(observed) == 2:
        p_value = binomial_two_sided(observed[0], total, weights[0] / weight)
    else:
        each = (binomial_two_sided(count, total, w / weight) for count, w in zip(observed, weights, strict=True))
        p_value = min(1.0, len(observed) * min(each))
    return SampleRatio(p_value, p_value < threshold)


def expected(observed: Sequence[int], weights: Sequence[float]) -> list[float]:
    """How many each arm was promised of those there are."""
    if len(observed) < 2 or len(observed) != len(weights):
        raise Undefined(
            f"{len(observed)} counts and {len(weights)} weights: give one weight for each of at least two arms."
        )
    if min(weights) <= 0:
        raise Undefined("a weight is not above 0: leave out an arm that nobody was promised to.")
    if min(observed) < 0:
        raise Undefined("a count is below 0.")
    total, weight = sum(observed), sum(weights)
    if total == 0:
        raise Undefined("nobody was assigned yet, so there are no shares to check.")
    return [total * (share / weight) for share in weights]
