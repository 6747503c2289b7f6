"""Edges and the tags between them, moved on together: who is heard where, and what each edge has to tell."""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from zlib import crc32

from nearcart_sim.core.load.edge import LoadEdge
from nearcart_sim.core.load.walkers import Walkers

EXIT_AFTER_S = 10.0
"""An edge's least patience before it calls silence an exit."""

QUARTERS = 4
"""A tag is heard once a second, in one quarter of it that stays the same."""

_RSSI = (-56, -71, -77, -82)
"""Of a tag beside the scanner, and at its neighbours, in dBm."""


class LoadCrowd:
    """``heard_by`` edges hear each tag: the one whose zone she is in, and its neighbours in the order of the store's file."""

    def __init__(self, edges: Sequence[LoadEdge], walkers: Walkers, heard_by: int) -> None:
        self._edges: Mapping[str, LoadEdge] = {edge.name: edge for edge in edges}
        self._walkers = walkers
        self._here: dict[str, list[set[str]]] = {name: [set() for _ in range(QUARTERS)] for name in self._edges}
        self._leaving: list[tuple[float, str, str]] = []
        names = list(self._edges)
        reach = min(heard_by, len(names), len(_RSSI))
        self._neighbours = {
            name: [(names[(place + step) % len(names)], _RSSI[step]) for step in range(reach)]
            for place, name in enumerate(names)
        }
        self.counted: Counter[str] = Counter()

    def advance(self, at: float, stamp: tuple[float, float]) -> None:
        """Everything that happens up to ``at`` seconds since the start; it bears ``stamp`` (Unix seconds, monotonic)."""
        for move in self._walkers.until(at):
            if move.left is not None:
                self._quarter(move.left, move.identity).discard(move.identity)
                heapq.heappush(self._leaving, (move.at + EXIT_AFTER_S, move.left, move.identity))
            if move.entered is not None:
                self._quarter(move.entered, move.identity).add(move.identity)
                self._come(move.entered, move.identity, stamp)
        while self._leaving and self._leaving[0][0] <= at:
            _, name, identity = heapq.heappop(self._leaving)
            self._gone(name, identity, stamp)

    def heard(self, edge: str, quarter: int) -> list[tuple[str, int]]:
        """(identity, RSSI in dBm) of what one edge hears in this quarter of a second."""
        return [
            (identity, rssi - crc32(identity.encode()) % 5)
            for name, rssi in self._neighbours[edge]
            for identity in self._here[name][quarter % QUARTERS]
        ]

    def leave_all(self, stamp: tuple[float, float]) -> None:
        """The shop closes: every edge that still has somebody says that she is gone."""
        for name, edge in self._edges.items():
            for identity in sorted(edge.present):
                self._walkers.where[identity] = None
                self._gone(name, identity, stamp)

    def _come(self, name: str, identity: str, stamp: tuple[float, float]) -> None:
        edge = self._edges[name]
        if identity not in edge.present:  # else she came back before she was missed
            edge.enter(identity, stamp, _RSSI[0])
            self.counted["enter"] += 1

    def _gone(self, name: str, identity: str, stamp: tuple[float, float]) -> None:
        edge = self._edges[name]
        if self._walkers.where[identity] != name and identity in edge.present:
            edge.exit(identity, stamp)
            self.counted["exit"] += 1

    def _quarter(self, name: str, identity: str) -> set[str]:
        return self._here[name][crc32(identity.encode()) % QUARTERS]


def unacknowledged(edges: Iterable[LoadEdge]) -> int:
    """Transitions that the gateway has not put on its disk yet."""
    return sum(edge.unacknowledged for edge in edges)
