"""Tables of what a packet's level is off its mean, by quantile, in 1/128 dB.

Nakagami fading: power is Gamma distributed with shape m and mean 1 (Nakagami, "The m-Distribution", 1960); m = 1 is Rayleigh.
"""

from functools import cache
from math import log, log10

import numpy as np
from numpy.typing import NDArray

from nearcart_sim.core.chance import QUANTILE_BITS, normal_quantiles

UNIT = 128
"""Levels are whole numbers of 1/128 dB."""

_DEEPEST_DB = -30.0
_STEPS = 1 << 16
_WIDEST = 12.0
"""The table is cut at this many times the mean power."""

_ASYMPTOTIC = 6
"""From here on the trigamma function's series (6.4.12) is good to 1e-5."""


@cache
def nakagami_quantiles(shape: float) -> NDArray[np.int32]:
    """Levels against the mean power, in equal shares. ``shape``: Nakagami's m, 0.5 or more."""
    power = (np.arange(_STEPS) + 0.5) * (_WIDEST / _STEPS)
    density = np.exp((shape - 1) * np.log(power) - shape * power)
    cumulative = np.cumsum(density)
    rows = 1 << QUANTILE_BITS
    wanted = (np.arange(rows) + 0.5) / rows * cumulative[-1]
    found = power[np.searchsorted(cumulative, wanted)]
    levels = [max(_DEEPEST_DB, 10 * log10(value)) for value in found]
    return np.array([round(level * UNIT) for level in levels], dtype=np.int32)


@cache
def noise_quantiles(deviation_db: float) -> NDArray[np.int32]:
    """Normal noise, in equal shares."""
    return np.rint(normal_quantiles() * (deviation_db * UNIT)).astype(np.int32)


def variance_of_packets(shape: float, deviation_db: float) -> float:
    """Of one packet's level about the mean of its place, dB squared: fading of this shape, and noise. Counted in whole numbers, alike everywhere."""
    levels = [int(level) for level in nakagami_quantiles(shape)]
    squares = sum(level * level for level in levels) * len(levels) - sum(levels) ** 2
    return squares / (len(levels) * UNIT) ** 2 + deviation_db**2


def shape_of(variance_db: float) -> float:
    """Nakagami's m of levels with this variance in dB squared: that of 10 log10 of a Gamma variable, (10 / ln 10)^2 times the trigamma function
    (Abramowitz and Stegun, 6.4.1). The nearest twentieth, from 0.5 to 50."""
    return min((step / 20 for step in range(10, 1001)), key=lambda shape: abs(_variance_db(shape) - variance_db))


def _variance_db(shape: float) -> float:
    trigamma = 0.0
    while shape < _ASYMPTOTIC:
        trigamma += 1 / shape**2
        shape += 1
    trigamma += 1 / shape + 1 / (2 * shape**2) + 1 / (6 * shape**3)
    return trigamma * (10 / log(10)) ** 2
