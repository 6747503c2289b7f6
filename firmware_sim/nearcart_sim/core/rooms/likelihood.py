"""How a recording's levels off the law split: what belongs to the place, what to the time, and what each packet has for itself.

All three are normal, and the recording is one long vector: the split is the one that makes it likeliest.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from nearcart_sim.core.rooms.drift import correlation
from nearcart_sim.core.rooms.shadows import Shadows

Column = NDArray[np.float64]

_SHADOWING_DB = tuple(step / 2 for step in range(1, 17))
_SHADOWING_M = (0.8, 1.1, 1.5, 2.2, 3.0)
_DRIFT_DB = tuple(step / 2 for step in range(13))
SLOT_S = 1.0
"""Of one scanner, what lies so near in time is taken together."""
_BLOCK = 120
_MOST_BLOCKS = 40
"""A long walk is looked at in parts, and a very long one in some of them: equations grow with the third power."""
_LEAST_OWN_DB = 1.0
_ROUNDS = 4
_MOST_SPLITS = _ROUNDS * (len(_SHADOWING_DB) + len(_SHADOWING_M) + len(_DRIFT_DB))

Progress = Callable[[float, float], None]


@dataclass(frozen=True, slots=True)
class Slots:
    """One scanner's packets, a row each ``SLOT_S``: Unix seconds, metres, dB off the law, and how many packets that is the mean of."""

    at: Column
    x: Column
    y: Column
    off: Column
    packets: Column


@dataclass(frozen=True, slots=True)
class Split:
    """Deviations in dB of what belongs to the place, and over what distance it is forgotten; to the time; and to each packet alone."""

    shadowing_db: float
    shadowing_m: float
    drift_db: float
    own_db: float


class Likelihood:
    """Of a recording, by its split. ``variance``: the whole, dB squared; ``drift_s`` as in ``RadioParameters``; ``progress`` is told how many splits
    were tried, and how many there will be at most."""

    def __init__(self, scanners: Sequence[Slots], variance: float, drift_s: float, progress: Progress) -> None:
        blocks = [block for each in scanners for block in _blocks(each)]
        self._blocks = blocks[:: -(-len(blocks) // _MOST_BLOCKS)]
        self._variance = variance
        self._progress = progress
        self._in_time = [correlation((each.at[:, None] - each.at) / drift_s) for each in self._blocks]
        self._known: dict[Split, float] = {}
        self._in_place: dict[float, list[NDArray[np.float64]]] = {}

    def likeliest(self) -> Split:
        """One number after the other, to half a dB, until none changes; then all of them wider by what the law, which was fitted to the same
        packets, took away."""
        best = self._split(3.0, 1.5, 1.5)
        for _ in range(_ROUNDS):
            before = best
            best = max((self._split(each, best.shadowing_m, best.drift_db) for each in _SHADOWING_DB), key=self.of)
            best = max((self._split(best.shadowing_db, best.shadowing_m, each) for each in _DRIFT_DB), key=self.of)
            best = max((self._split(best.shadowing_db, each, best.drift_db) for each in _SHADOWING_M), key=self.of)
            if best == before:
                break
        wider = self._wider(best)
        return Split(
            round(best.shadowing_db * wider, 2),
            best.shadowing_m,
            round(best.drift_db * wider, 2),
            round(best.own_db * wider, 2),
        )

    def of(self, split: Split) -> float:
        """Its logarithm, without the constant; nothing is likely that leaves packets hardly anything of their own."""
        if split not in self._known:
            self._progress(len(self._known), _MOST_SPLITS)
            self._known[split] = -np.inf if split.own_db < _LEAST_OWN_DB else sum(self._each(split, _logarithm))
        return self._known[split]

    def _split(self, shadowing_db: float, shadowing_m: float, drift_db: float) -> Split:
        """What is left of the whole variance is each packet's own."""
        rest = self._variance - shadowing_db**2 - drift_db**2
        return Split(shadowing_db, shadowing_m, drift_db, sqrt(max(0.0, rest)))

    def _wider(self, split: Split) -> float:
        """The likeliest factor of all deviations."""
        return sqrt(sum(self._each(split, _squares)) / sum(len(each.at) for each in self._blocks))

    def _each(self, split: Split, work: Callable[[NDArray[np.float64], Column], float]) -> Iterator[float]:
        if split.shadowing_m not in self._in_place:
            self._in_place[split.shadowing_m] = [
                Shadows(0, "", 1.0, split.shadowing_m).covariances(each.x, each.y) for each in self._blocks
            ]
        in_place = self._in_place[split.shadowing_m]
        for each, time, place in zip(self._blocks, self._in_time, in_place, strict=True):
            covariance = split.shadowing_db**2 * place + split.drift_db**2 * time
            yield work(covariance + np.diag(split.own_db**2 / each.packets), each.off)


def _logarithm(covariance: NDArray[np.float64], off: Column) -> float:
    """Of a normal vector's density."""
    half = np.linalg.cholesky(covariance)
    white = np.linalg.solve(half, off)
    return float(-np.log(np.diag(half)).sum() - white @ white / 2)


def _squares(covariance: NDArray[np.float64], off: Column) -> float:
    """Of the vector, measured in its own deviations: as many as it is long, if those are right."""
    return float(off @ np.linalg.solve(covariance, off))


def _blocks(slots: Slots) -> list[Slots]:
    """Parts that are short enough, in order of time."""
    bounds = range(0, len(slots.at), _BLOCK)
    return [Slots(*(getattr(slots, field.name)[low : low + _BLOCK] for field in fields(Slots))) for low in bounds]
