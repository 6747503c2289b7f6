"""Where somebody is at any time of a visit, for many times at once: whole millimetres and microseconds, so that it is the same everywhere."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nearcart_sim.core.route import Waypoint

Column = NDArray[np.int64]


class Track:
    """Waypoints in order of time; between two of them she walks straight."""

    __slots__ = ("_at", "_facing_x", "_facing_y", "_walked", "_x", "_y")

    def __init__(self, waypoints: Sequence[Waypoint], *, behind: float = 0.0) -> None:
        """``behind``: seconds after the waypoints, for somebody who follows somebody else."""
        at = np.array([round((point.at + behind) * 1e3) * 1000 for point in waypoints], dtype=np.int64)
        kept = np.concatenate(([True], np.diff(at) > 0))
        self._at = at[kept]
        self._x = np.array([round(point.spot[0] * 1000) for point in waypoints], dtype=np.int64)[kept]
        self._y = np.array([round(point.spot[1] * 1000) for point in waypoints], dtype=np.int64)[kept]
        along, down = np.diff(self._x).astype(float), np.diff(self._y).astype(float)
        length = np.sqrt(along * along + down * down)
        self._walked = np.concatenate(([0.0], np.cumsum(length) / 1000))
        self._facing_x, self._facing_y = _facing(along, length), _facing(down, length)

    @property
    def begins(self) -> int:
        """Microseconds."""
        return int(self._at[0])

    @property
    def ends(self) -> int:
        """Microseconds."""
        return int(self._at[-1])

    def places(self, at: Column) -> tuple[NDArray[np.float64], ...]:
        """x, y in metres, and the unit vector she faces: nothing before her first step. Times outside count as its ends."""
        if len(self._at) == 1:
            still = np.zeros(len(at))
            return still + self._x[0] / 1000, still + self._y[0] / 1000, still, still
        leg = (np.searchsorted(self._at, at, side="right") - 1).clip(0, len(self._at) - 2)
        since = (at - self._at[leg]).clip(0)
        takes = self._at[leg + 1] - self._at[leg]
        since = np.minimum(since, takes)
        x = self._x[leg] + (self._x[leg + 1] - self._x[leg]) * since // takes
        y = self._y[leg] + (self._y[leg + 1] - self._y[leg]) * since // takes
        return x / 1000, y / 1000, self._facing_x[leg], self._facing_y[leg]

    def walked(self, at: int) -> float:
        """Metres walked until then."""
        return float(np.interp(at, self._at, self._walked))


def _facing(part: NDArray[np.float64], length: NDArray[np.float64]) -> NDArray[np.float64]:
    """One part of the unit vectors of the legs; who stands faces as she came."""
    moved = np.flatnonzero(length > 0)
    if not len(moved):
        return np.zeros(len(length))
    latest = np.searchsorted(moved, np.arange(len(length)), side="right") - 1
    vector = part[moved] / length[moved]
    return np.where(latest >= 0, vector[latest.clip(0)], 0.0)
