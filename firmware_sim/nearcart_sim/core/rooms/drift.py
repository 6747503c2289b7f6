"""What changes on one link in time, wherever she is: people and doors move about, she holds the tag another way.

Normal values at whole multiples of a time, with straight lines in between that are as wide as the values: a lattice of one dimension.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

STEP_BITS = 6
STEPS = 1 << STEP_BITS
"""Of the straight line from one value to the next."""
WEIGHT_BITS = 10
"""Weights are whole numbers of 1/1024, so that sums are the same on every machine."""


@cache
def straight_lines() -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """What the value before and the one after weigh at each step: their squares sum to 1, so that the line is as wide as the values."""
    after = np.arange(STEPS) / STEPS
    width = np.sqrt(after * after + (1 - after) * (1 - after))
    before, after = (1 - after) / width * (1 << WEIGHT_BITS), after / width * (1 << WEIGHT_BITS)
    return np.rint(before).astype(np.int32), np.rint(after).astype(np.int32)


def correlation(apart: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of two moments that are so many multiples of the time apart, averaged over where they lie between the values."""
    lags, means = _table()
    return np.asarray(np.interp(np.abs(apart), lags, means))


@cache
def _table() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lags = np.linspace(0, 2, 65)
    first = (np.arange(STEPS) + 0.5) / STEPS
    second = first + lags[:, None]
    passed = np.floor(second)
    rest = second - passed
    same, next_ = (1 - first) * (1 - rest) + first * rest, first * (1 - rest)
    products = np.where(passed == 0, same, np.where(passed == 1, next_, 0.0))
    return lags, (products / np.hypot(first, 1 - first) / np.hypot(rest, 1 - rest)).mean(axis=1)
