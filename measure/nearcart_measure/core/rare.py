"""Shares so small that an arm may have none of them (complaints, consents taken back): intervals that always exist, at every look.

One share: the mixture of Robbins over all shares alike, whose interval holds at all looks at once, exactly and however few there are
(H. Robbins, Annals of Mathematical Statistics 41 (1970), 1397-1409; its likelihood ratio is a martingale, so Ville's inequality bounds
how often it ever reaches 1/alpha). Two shares: each with half of alpha, which is safe and a little wide.
"""

import math
from collections.abc import Callable

from nearcart_measure.core.effect import DEFAULT_ALPHA, Interval, check_alpha
from nearcart_measure.core.newcombe import newcombe
from nearcart_measure.core.undefined import Undefined

_HALVINGS = 60
"""Of an interval that ends below 1: more digits than a double has."""


def share_always(visitors: int, cases: int, alpha: float = DEFAULT_ALPHA) -> tuple[float, float]:
    """(low, high) of a share, good at every look: all p with (n+1) C(n,k) p^k (1-p)^(n-k) > alpha. Raises ``Undefined``."""
    check_alpha(alpha)
    if not 0 <= cases <= visitors or visitors == 0:
        raise Undefined(f"{cases:,} of {visitors:,} is no share of visitors.")
    bound = math.log(alpha) - math.log(visitors + 1) - _log_choose(visitors, cases)
    share = cases / visitors

    def inside(p: float) -> bool:
        return _log_likelihood(p, visitors, cases) > bound

    return _edge(share, 0.0, inside), _edge(share, 1.0, inside)


def difference_always(held_out: tuple[int, int], offered: tuple[int, int], alpha: float = DEFAULT_ALPHA) -> Interval:
    """Offered minus held out of two (visitors, cases), good at every look; its p-value is where it first leaves nothing out."""
    low, high = _difference(held_out, offered, alpha)
    return Interval(low, high, _p_value(lambda each: _difference(held_out, offered, each)))


def difference_fixed(held_out: tuple[int, int], offered: tuple[int, int], alpha: float = DEFAULT_ALPHA) -> Interval:
    """The same at the planned end alone: Newcombe's interval."""
    _, low, high = newcombe(held_out, offered, alpha)
    return Interval(low, high, _p_value(lambda each: newcombe(held_out, offered, each)[1:]))


def _difference(held_out: tuple[int, int], offered: tuple[int, int], alpha: float) -> tuple[float, float]:
    check_alpha(alpha)
    (held_low, held_high), (low, high) = share_always(*held_out, alpha / 2), share_always(*offered, alpha / 2)
    return low - held_high, high - held_low


def _edge(inside_at: float, outside_at: float, inside: Callable[[float], bool]) -> float:
    """Where an interval ends between a point in it and an end of what is possible."""
    if inside(outside_at):
        return outside_at
    for _ in range(_HALVINGS):
        middle = (inside_at + outside_at) / 2
        inside_at, outside_at = (middle, outside_at) if inside(middle) else (inside_at, middle)
    return outside_at


def _log_likelihood(p: float, visitors: int, cases: int) -> float:
    """Of ``cases`` of ``visitors``, without the binomial coefficient."""
    if p in (0.0, 1.0):
        return 0.0 if cases == visitors * p else -math.inf
    return cases * math.log(p) + (visitors - cases) * math.log1p(-p)


def _log_choose(visitors: int, cases: int) -> float:
    return math.lgamma(visitors + 1) - math.lgamma(cases + 1) - math.lgamma(visitors - cases + 1)


def _p_value(ends: Callable[[float], tuple[float, float]]) -> float:
    """The least alpha at which no difference is outside the interval; 1 where it never is."""
    least, most = _LEAST_P, 1 - 1e-9

    def tells(alpha: float) -> bool:
        low, high = ends(alpha)
        return low > 0 or high < 0

    if not tells(most):
        return 1.0
    if tells(least):
        return least
    while most / least > 1 + 1e-6:
        middle = math.sqrt(least * most)
        least, most = (least, middle) if tells(middle) else (middle, most)
    return most


_LEAST_P = 1e-12
"""Smaller ones say nothing more."""
