"""The sample-ratio check: what it finds, and how often it cries wolf when it is asked every day."""

import numpy as np
from scipy import special

from nearcart_measure.core.sample_ratio import DEFAULT_THRESHOLD, chi_square

HOLD_OUT = 0.2
LOST = 0.1
EXPOSED = 0.3
VISITORS = 20_000
LOOKS = 42
FOUND_BAR = 99.0
FALSE_BAR = 1.2


def found(count: int, stream: np.random.Generator) -> float:
    """Percent of experiments of 20,000 visitors whose hold-out loses a tenth of its records that are flagged."""
    held_out = stream.binomial(VISITORS, HOLD_OUT, count)
    kept = stream.binomial(held_out, 1 - LOST)
    return 100 * float(_flagged(kept, VISITORS - held_out).mean())


def false_alarms(count: int, stream: np.random.Generator) -> float:
    """Percent of healthy ones that are flagged on any of 42 days."""
    daily = stream.poisson(VISITORS / LOOKS, (count, LOOKS))
    held_out = stream.binomial(daily, HOLD_OUT)
    flagged = _flagged(held_out.cumsum(axis=1), (daily - held_out).cumsum(axis=1))
    return 100 * float(flagged.any(axis=1).mean())


def alarms_of_all_checks(count: int, stream: np.random.Generator) -> float:
    """The same of the report's three together: everybody assigned, the three in ten who are exposed, and the exposed of each day."""
    daily = stream.poisson(VISITORS / LOOKS, (count, LOOKS))
    held_out = stream.binomial(daily, HOLD_OUT)
    ghosts, exposed = stream.binomial(held_out, EXPOSED), stream.binomial(daily - held_out, EXPOSED)
    flagged = _flagged(held_out.cumsum(axis=1), (daily - held_out).cumsum(axis=1))
    flagged |= _flagged(ghosts.cumsum(axis=1), exposed.cumsum(axis=1))
    least = np.minimum.accumulate(_p_values(ghosts, exposed), axis=1)
    flagged |= least < DEFAULT_THRESHOLD / np.arange(1, LOOKS + 1)
    return 100 * float(flagged.any(axis=1).mean())


def _flagged(held_out: np.ndarray, offered: np.ndarray) -> np.ndarray:
    p_values = _p_values(held_out, offered)
    first = (int(held_out.flat[0]), int(offered.flat[0]))
    assert abs(chi_square(first, (HOLD_OUT, 1 - HOLD_OUT)).p_value - p_values.flat[0]) < 1e-12
    return p_values < DEFAULT_THRESHOLD


def _p_values(held_out: np.ndarray, offered: np.ndarray) -> np.ndarray:
    expected = HOLD_OUT * (held_out + offered)
    return special.chdtrc(1, (held_out - expected) ** 2 / (expected * (1 - HOLD_OUT)))
