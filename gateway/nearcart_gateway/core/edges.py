"""What the gateway knows of each edge: alive or not, since when, how loud its air is."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from nearcart_contract.edge_state import Birth, Death, Health

SILENT_AFTER_S = 28.0
"""An edge says how it does every 10 s. One that has said nothing for so long is as good as dead, though the broker holds its connection."""

SPARK_SECONDS = 60
"""Length of the RSSI spark line."""


@dataclass(slots=True)
class EdgeRecord:
    """One edge. ``loudest`` holds (second, dBm): the loudest enrolled packet of each second, newest last."""

    name: str
    birth: Birth | None = None
    online: bool = False
    epoch: UUID | None = None
    heard_at: float | None = None
    health: Health | None = None
    silent: bool = False
    loudest: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=SPARK_SECONDS))

    def spoke(self, at: float) -> None:
        """A message of it came. One that was only silent is back."""
        self.heard_at = at
        if self.silent:
            self.silent, self.online = False, True

    def hear(self, at: float, rssi: int) -> None:
        second = int(at)
        if self.loudest and self.loudest[-1][0] == second:
            if rssi > self.loudest[-1][1]:
                self.loudest[-1] = (second, rssi)
        elif not self.loudest or second > self.loudest[-1][0]:
            self.loudest.append((second, rssi))


class EdgeBook:
    """All edges of the store file; others are refused before they come here."""

    def __init__(self, names: Iterable[str]) -> None:
        self._edges = {name: EdgeRecord(name) for name in names}

    def __contains__(self, name: str) -> bool:
        return name in self._edges

    def __getitem__(self, name: str) -> EdgeRecord:
        return self._edges[name]

    def all(self) -> list[EdgeRecord]:
        return list(self._edges.values())

    def state(self, name: str, state: Birth | Death, now: float) -> None:
        """A birth or a death. A death of an epoch that is not the present one is late news and changes nothing."""
        edge = self._edges[name]
        edge.silent = False
        if isinstance(state, Birth):
            edge.birth, edge.online, edge.epoch, edge.heard_at = state, True, state.epoch, now
        elif edge.epoch in (None, state.epoch):
            edge.online, edge.epoch = False, state.epoch

    def fall_silent(self, now: float) -> list[str]:
        """The edges that are taken for dead from now on, as nothing was heard of them."""
        silent = [
            edge
            for edge in self._edges.values()
            if edge.online and edge.heard_at is not None and now - edge.heard_at > SILENT_AFTER_S
        ]
        for edge in silent:
            edge.online, edge.silent = False, True
        return [edge.name for edge in silent]

    def shift(self, seconds: float) -> None:
        """The clock was stepped."""
        for edge in self._edges.values():
            if edge.heard_at is not None:
                edge.heard_at += seconds
