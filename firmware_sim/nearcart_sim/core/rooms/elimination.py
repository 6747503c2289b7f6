"""Linear equations by steps that every machine takes alike: a maths library's solver adds in an order of its own."""

import numpy as np
from numpy.typing import NDArray


def solved(matrix: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """x of ``matrix`` x = ``right`` for a positive definite matrix, by Gauss's elimination, which needs no pivots there."""
    rows, values = matrix.copy(), right.copy()
    for pivot in range(len(values) - 1):
        below = slice(pivot + 1, None)
        times = rows[below, pivot] / rows[pivot, pivot]
        rows[below, below] -= np.outer(times, rows[pivot, below])
        values[below] -= times * values[pivot]
    for pivot in range(len(values) - 1, -1, -1):
        values[pivot] /= rows[pivot, pivot]
        values[:pivot] -= rows[:pivot, pivot] * values[pivot]
    return np.asarray(values)
