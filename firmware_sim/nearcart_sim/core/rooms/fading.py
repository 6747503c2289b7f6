"""Tables of what a packet's level is off its mean, by quantile, in 1/128 dB.

Nakagami fading: power is Gamma distributed with shape m and mean 1 (Nakagami, "The m-Distribution", 1960); m = 1 is Rayleigh.
"""

from functools import cache
from math import log10

import numpy as np
from numpy.typing import NDArray

from nearcart_sim.core.chance import QUANTILE_BITS, normal_quantiles

UNIT = 128
"""Levels are whole numbers of 1/128 dB."""

_DEEPEST_DB = -30.0
_STEPS = 1 << 16
_WIDEST = 12.0
"""The table is cut at this many times the mean power."""


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
