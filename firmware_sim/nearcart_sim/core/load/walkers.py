"""Tags that go from edge to edge, each by a stream of chance of its own."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nearcart_sim.core.randomness import RandomStream, Streams

OPENING_S = 10.0
"""Everybody comes within so many seconds of the start."""


@dataclass(frozen=True, slots=True)
class Move:
    """One tag leaves one edge's zone for another's at ``at`` (seconds since the start); ``None`` stands for outside."""

    at: float
    identity: str
    left: str | None
    entered: str | None


class Walkers:
    """``stay_s`` is the mean time in one zone, ``outside`` the share of time spent out of the store.

    Who walks is decided by her own stream alone, so that one more tag changes no other's way.
    """

    def __init__(
        self, identities: Sequence[str], edges: Sequence[str], streams: Streams, *, stay_s: float, outside: float
    ) -> None:
        self._edges = edges
        self._stay_s = stay_s
        self._outside = outside
        self.where: dict[str, str | None] = dict.fromkeys(identities)
        self._chance: dict[str, RandomStream] = {name: streams(f"walker/{name}") for name in identities}
        self._next = [(chance.uniform(0.0, OPENING_S), name) for name, chance in self._chance.items()]
        heapq.heapify(self._next)

    def until(self, at: float) -> Iterator[Move]:
        """The moves up to ``at``, in order."""
        while self._next and self._next[0][0] <= at:
            when, name = self._next[0]
            chance, left = self._chance[name], self.where[name]
            entered = self._goes_to(chance, left)
            heapq.heapreplace(self._next, (when + chance.expovariate(1.0 / self._stay_s), name))
            if entered != left:
                self.where[name] = entered
                yield Move(when, name, left, entered)

    def _goes_to(self, chance: RandomStream, left: str | None) -> str | None:
        """Out of the store, or through it to any edge but this one."""
        if left is not None and chance.random() < self._outside:
            return None
        others = [edge for edge in (chance.choice(self._edges), chance.choice(self._edges)) if edge != left]
        return others[0] if others else left
