"""``nearcart`` on a machine whose maths library is off: every logarithm, exponential and quantile by a few units in the last place, up and down.

That is more than libraries and vector instructions differ by. Sums, products and square roots are alike on all of them.
"""

import math
import statistics
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np

_STEPS = 3
_turns = count()


def _off(function: Callable[..., float]) -> Callable[..., float]:
    def shaken(*arguments: float) -> float:
        exact, towards = function(*arguments), math.inf if next(_turns) % 2 else -math.inf
        for _ in range(_STEPS):
            exact = math.nextafter(exact, towards)
        return exact

    return shaken


def _all_off(function: Callable[..., Any]) -> Callable[..., Any]:
    def shaken(values: Any) -> Any:
        exact = function(values)
        towards = np.where(np.arange(np.size(exact)).reshape(np.shape(exact)) * 2654435761 % 97 < 48, np.inf, -np.inf)
        for _ in range(_STEPS):
            exact = np.nextafter(exact, towards)
        return exact

    return shaken


for name in ("exp", "log", "log10"):
    setattr(math, name, _off(getattr(math, name)))
    setattr(np, name, _all_off(getattr(np, name)))
statistics._normal_dist_inv_cdf = _off(statistics._normal_dist_inv_cdf)  # type: ignore[attr-defined]

from nearcart.main import app  # noqa: E402 (what it imports takes the shaken functions)

app()
