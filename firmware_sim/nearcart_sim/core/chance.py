"""Chance without a state: the n-th value of a name is a function of seed, name and n, the same on every machine.

SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) read as a counter: value n is the finaliser of key + (n + 1) * golden ratio. All of it is integer
arithmetic; normals come from a table of quantiles. So nothing here hangs on a maths library, and nobody's draws move another's.
"""

from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from math import log
from statistics import NormalDist
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nearcart_sim.core.randomness import Streams

Item = TypeVar("Item")
Words = NDArray[np.uint64]

GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_MASK = (1 << 64) - 1
_DOUBLE = 1 / (1 << 53)

QUANTILE_BITS = 12
"""Tables of quantiles have 4,096 rows: 3.7 deviations at most."""
_NORMAL_UNIT = 1 / 1024


def key_of(seed: int, *names: object) -> int:
    """The key of a stream: 64 bits of BLAKE2b over seed and names."""
    text = "/".join(str(part) for part in (seed, *names))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def words(keys: Words, counters: NDArray[np.integer]) -> Words:
    """Sixty-four random bits for each key and counter; the two broadcast against each other."""
    steps = counters.astype(np.uint64)
    steps += np.uint64(1)
    steps *= np.uint64(GOLDEN)
    return mixed(keys + steps)


def mixed(state: Words) -> Words:
    """SplitMix64's finaliser: one bit changed at the front changes half of those behind."""
    state = state ^ (state >> np.uint64(30))
    state *= np.uint64(_FIRST)
    state ^= state >> np.uint64(27)
    state *= np.uint64(_SECOND)
    state ^= state >> np.uint64(31)
    return state


def quantile_rows(bits: Words, shift: int) -> NDArray[np.intp]:
    """Rows of a table of quantiles, from the bits that begin at ``shift``: four draws fit into one word."""
    return ((bits >> np.uint64(shift)) & np.uint64((1 << QUANTILE_BITS) - 1)).astype(np.intp)


@cache
def normal_quantiles() -> NDArray[np.float64]:
    """Standard normal values in equal shares, rounded to 1/1024 so that every maths library agrees on them."""
    rows = 1 << QUANTILE_BITS
    exact = (NormalDist().inv_cdf((row + 0.5) / rows) for row in range(rows))
    return np.array([round(value / _NORMAL_UNIT) * _NORMAL_UNIT for value in exact])


class CounterStream:
    """A ``RandomStream`` of one name, for whatever is drawn one at a time."""

    __slots__ = ("_drawn", "_key")

    def __init__(self, key: int) -> None:
        self._key = key
        self._drawn = 0

    def word(self) -> int:
        """The next 64 bits."""
        self._drawn += 1
        state = (self._key + self._drawn * GOLDEN) & _MASK
        state = ((state ^ (state >> 30)) * _FIRST) & _MASK
        state = ((state ^ (state >> 27)) * _SECOND) & _MASK
        return state ^ (state >> 31)

    def random(self) -> float:
        """From 0 up to but not 1."""
        return (self.word() >> 11) * _DOUBLE

    def uniform(self, a: float, b: float) -> float:
        return a + (b - a) * self.random()

    def gauss(self, mu: float, sigma: float) -> float:
        return mu + sigma * float(normal_quantiles()[self.word() & ((1 << QUANTILE_BITS) - 1)])

    def expovariate(self, lambd: float) -> float:
        """Rounded to a millionth of its mean."""
        return round(-log(1.0 - self.random()), 6) / lambd

    def choice(self, seq: Sequence[Item], /) -> Item:
        return seq[self.randrange(len(seq))]

    def randrange(self, start: int, /) -> int:
        return (self.word() * start) >> 64


def counter_streams(seed: int) -> Streams:
    """A stream for every name."""
    return lambda name: CounterStream(key_of(seed, name))
