"""Quantiles and tails from scipy: the only file of the methods that knows the library.

``scipy.special`` is what ``scipy.stats`` itself calls; it loads in a third of the time.
"""

from scipy import special


def normal_quantile(probability: float) -> float:
    """Standard normal: the value below which ``probability`` lies."""
    return float(special.ndtri(probability))


def normal_below(score: float) -> float:
    """P(Z < score)."""
    return float(special.ndtr(score))


def normal_two_sided(score: float) -> float:
    """P(|Z| > score) for a score of at least 0."""
    return 2 * float(special.ndtr(-score))


def student_quantile(probability: float, degrees: float) -> float:
    """Student's t: the value below which ``probability`` lies."""
    return float(special.stdtrit(degrees, probability))


def student_two_sided(score: float, degrees: float) -> float:
    """P(|T| > score) for a score of at least 0."""
    return 2 * float(special.stdtr(degrees, -score))


def chi_square_tail(value: float, degrees: int) -> float:
    """P(X > value) of the chi-square distribution."""
    return float(special.chdtrc(degrees, value))


def binomial_two_sided(hits: int, trials: int, probability: float) -> float:
    """The exact two-sided p-value: all outcomes at most as likely as this one (scipy.stats.binomtest)."""
    from scipy.stats import binomtest  # 0.5 s to load, and rarely asked

    return float(binomtest(hits, trials, probability).pvalue)
