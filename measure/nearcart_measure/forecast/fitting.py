"""Maximum likelihood for positive parameters: the only file of the forecast that searches."""

from collections.abc import Callable

import numpy as np
from scipy import optimize

from nearcart_measure.core.undefined import Undefined
from nearcart_measure.forecast.customers import Numbers

FEWEST = 20
"""Customers, below which four parameters are not asked for."""

_STARTS = (1.0, 0.1, 5.0)
_BOUNDS = (-12.0, 12.0)
"""Of the parameters' logarithms: from 6e-6 to 163,000; at a bound the likelihood has no maximum."""


def fit(log_likelihood: Callable[[Numbers], float], parameters: int, customers: int) -> Numbers:
    """The parameters with the greatest likelihood, from several starts. Raises ``Undefined`` where there is none."""
    if customers < FEWEST:
        raise Undefined(f"{customers} customers are too few to fit a forecast to; {FEWEST} are the least.")
    found = [_search(log_likelihood, np.full(parameters, np.log(start)), customers) for start in _STARTS]
    best = min((each for each in found if np.isfinite(each[0])), key=lambda each: each[0], default=None)
    if best is None or bool(np.any(np.abs(best[1]) > _BOUNDS[1] - 1e-3)):
        raise Undefined("these purchases have no best forecast: too few came back, or all as often.")
    return np.exp(best[1]).astype(np.float64)


def _search(log_likelihood: Callable[[Numbers], float], start: Numbers, customers: int) -> tuple[float, Numbers]:
    """(minus the mean log likelihood, logarithms of the parameters)."""

    def cost(logs: Numbers) -> float:
        return -log_likelihood(np.exp(logs)) / customers

    bounds = [_BOUNDS] * start.size
    result = optimize.minimize(
        cost, start, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-14, "gtol": 1e-8, "maxiter": 2000}
    )
    return float(result.fun), np.asarray(result.x, dtype=np.float64)
