"""Where somebody is at any time of a visit, for many times and many people at once: whole millimetres and microseconds, so that it is the same everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from nearcart_sim.core.route import Waypoint

Column = NDArray[np.int64]
Where = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""x, y in metres, and the unit vector that she faces."""

_OWNER_BITS = 43
"""Above the microseconds of 50 days, so that time and owner fit into one number."""
_EARLIEST = 1 << 42


class Track:
    """Waypoints in order of time; between two of them she walks straight."""

    __slots__ = ("_legs", "_walked", "begins", "ends")

    def __init__(self, waypoints: Sequence[Waypoint], *, behind: float = 0.0) -> None:
        """``behind``: seconds after the waypoints, for somebody who follows somebody else."""
        at = np.array([round((point.at + behind) * 1e3) * 1000 for point in waypoints], dtype=np.int64)
        kept = np.concatenate(([True], np.diff(at) > 0))
        x = np.array([round(point.spot[0] * 1000) for point in waypoints], dtype=np.int64)[kept]
        y = np.array([round(point.spot[1] * 1000) for point in waypoints], dtype=np.int64)[kept]
        along, down = np.diff(x).astype(float), np.diff(y).astype(float)
        length = np.sqrt(along * along + down * down)
        self._walked = np.concatenate(([0.0], np.cumsum(length) / 1000))
        self._legs = _Legs(at[kept], x, y, _facing(along, length), _facing(down, length))
        self.begins = int(self._legs.at[0])
        """Microseconds."""
        self.ends = int(self._legs.at[-1])
        """Microseconds."""

    def places(self, at: Column) -> Where:
        """x, y in metres, and the unit vector she faces: nothing before her first step. Times outside count as its ends."""
        last = len(self._legs.at) - 1
        leg = (np.searchsorted(self._legs.at, at, side="right") - 1).clip(0, max(0, last - 1))
        return self._legs.places(leg, np.minimum(leg + 1, last), at)

    def walked(self, at: int) -> float:
        """Metres walked until then. One operation after the other, since processors that join two of them round otherwise."""
        leg = int(np.searchsorted(self._legs.at, at, side="right")) - 1
        before = float(self._walked[max(0, leg)])
        if leg < 0 or at >= self.ends:
            return before
        begins, ends = (int(moment) for moment in self._legs.at[leg : leg + 2])
        pace = (float(self._walked[leg + 1]) - before) / (ends - begins)
        return pace * (at - begins) + before


class Tracks:
    """The tracks of many, end to end, to look up all of them at once."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        self.begins = np.array([track.begins for track in tracks], dtype=np.int64)
        self.ends = np.array([track.ends for track in tracks], dtype=np.int64)
        self._legs = _joined([track._legs for track in tracks])
        counts = np.array([len(track._legs.at) for track in tracks], dtype=np.intp)
        self._last = np.cumsum(counts) - 1
        self._first = self._last - counts + 1
        self._keys = _key(np.repeat(np.arange(len(tracks)), counts), self._legs.at)

    def places(self, who: NDArray[np.intp], at: Column) -> Where:
        """As of one ``Track``, row by row; ``who`` are numbers of tracks."""
        leg = np.searchsorted(self._keys, _key(who, at), side="right") - 1
        last = self._last[who]
        leg = np.minimum(np.maximum(leg, self._first[who]), np.maximum(last - 1, self._first[who]))
        return self._legs.places(leg, np.minimum(leg + 1, last), at)


def _key(owner: NDArray[np.intp], at: Column) -> Column:
    return (owner.astype(np.int64) << _OWNER_BITS) + at + _EARLIEST


@dataclass(frozen=True, slots=True)
class _Legs:
    """One row a waypoint; it faces where the leg goes that begins there, and at the last one as she came."""

    at: Column
    x: Column
    y: Column
    facing_x: NDArray[np.float64]
    facing_y: NDArray[np.float64]

    def places(self, leg: NDArray[np.intp], following: NDArray[np.intp], at: Column) -> Where:
        begins, x, y = self.at[leg], self.x[leg], self.y[leg]
        takes = self.at[following] - begins
        since = np.minimum(np.maximum(at - begins, 0), takes)
        takes = np.maximum(takes, 1)
        x = x + (self.x[following] - x) * since // takes
        y = y + (self.y[following] - y) * since // takes
        return x / 1000, y / 1000, self.facing_x[leg], self.facing_y[leg]


def _joined(blocks: Sequence[_Legs]) -> _Legs:
    if not blocks:
        return _Legs(*(np.empty(0, dtype=np.int64),) * 3, *(np.empty(0),) * 2)
    return _Legs(*(np.concatenate([getattr(block, field.name) for block in blocks]) for field in fields(_Legs)))


def _facing(part: NDArray[np.float64], length: NDArray[np.float64]) -> NDArray[np.float64]:
    """One part of the unit vectors of the legs, and the last one again; who stands faces as she came."""
    moved = np.flatnonzero(length > 0)
    if not len(moved):
        return np.zeros(len(length) + 1)
    latest = np.searchsorted(moved, np.arange(len(length) + 1), side="right") - 1
    vector = part[moved] / length[moved]
    return np.where(latest >= 0, vector[latest.clip(0)], 0.0)
