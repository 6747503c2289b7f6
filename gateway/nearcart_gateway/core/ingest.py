"""From an edge's messages to transitions on the gateway's clock, each taken once."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID

from nearcart_contract.presence import Ack, PresenceBatch, Stamp
from nearcart_gateway.core.batch_gate import judge
from nearcart_gateway.core.edge_clock import EdgeClock


@dataclass(frozen=True, slots=True)
class TakenTransition:
    """One transition as the gateway takes it. ``at`` and ``received_at`` are Unix seconds on the gateway's clock.

    ``visitor`` is ``None`` for an identity that nobody carries any more.
    """

    edge: str
    epoch: UUID
    sequence: int
    kind: str
    identity: str
    visitor: str | None
    scanner: str
    at: float
    received_at: float
    rssi: int | None
    cause: str | None
    button: str | None
    press_number: int | None


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far one edge's epoch is committed; ``missing`` transitions were lost before they came."""

    edge: str
    epoch: UUID
    committed: int
    missing: int
    updated_at: float


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch brought: the new transitions, the cursor to commit with them (``None``: nothing new), and the ack."""

    transitions: tuple[TakenTransition, ...]
    cursor: Cursor | None
    ack: Ack
    missing: int = 0


@dataclass(slots=True)
class Ingest:
    """Cursors and clocks of all edges. ``identities`` maps a roster id to a visitor's."""

    identities: dict[str, str] = field(default_factory=dict)
    _cursors: dict[tuple[str, UUID], Cursor] = field(default_factory=dict)
    _clocks: dict[str, EdgeClock] = field(default_factory=dict)

    def load(self, cursors: Iterable[Cursor]) -> None:
        self._cursors = {(cursor.edge, cursor.epoch): cursor for cursor in cursors}

    def clock(self, edge: str) -> EdgeClock:
        return self._clocks.setdefault(edge, EdgeClock())

    def ack(self, edge: str, epoch: UUID) -> Ack:
        """What to acknowledge to an edge of this epoch, whatever was received before."""
        return Ack(epoch=epoch, committed=self._committed(edge, epoch))

    def take(self, edge: str, batch: PresenceBatch, received_at: float) -> Taken:
        """Judge a batch; the caller commits what is returned in one transaction, and only then sends the ack."""
        clock = self.clock(edge)
        clock.receive(batch.sent, received_at)
        verdict = judge(batch, self._committed(edge, batch.epoch))
        ack = Ack(epoch=batch.epoch, committed=verdict.committed)
        if not verdict.new:
            return Taken((), None, ack)
        previous = self._cursors.get((edge, batch.epoch))
        missing = verdict.missing + (previous.missing if previous else 0)
        cursor = Cursor(edge, batch.epoch, verdict.committed, missing, received_at)
        self._cursors[edge, batch.epoch] = cursor
        transitions = tuple(
            TakenTransition(
                edge=edge,
                epoch=batch.epoch,
                sequence=transition.sequence,
                kind=transition.kind,
                identity=transition.identity,
                visitor=self.identities.get(transition.identity),
                scanner=transition.scanner,
                at=clock.at(transition.stamp, batch.sent, received_at),
                received_at=received_at,
                rssi=transition.rssi,
                cause=transition.cause,
                button=transition.button,
                press_number=transition.press_number,
            )
            for transition in verdict.new
        )
        return Taken(transitions, cursor, ack, verdict.missing)

    def hear(self, edge: str, sent: Stamp, received_at: float) -> float:
        """Learn from a samples message; returns the gateway's time of its sending."""
        clock = self.clock(edge)
        clock.receive(sent, received_at)
        return clock.at_monotonic(sent.monotonic, received_at)

    def shift(self, seconds: float) -> None:
        """The clock was stepped by ``seconds``."""
        for clock in self._clocks.values():
            clock.shift(seconds)
        self._cursors = {
            key: replace(cursor, updated_at=cursor.updated_at + seconds) for key, cursor in self._cursors.items()
        }

    def _committed(self, edge: str, epoch: UUID) -> int:
        cursor = self._cursors.get((edge, epoch))
        return cursor.committed if cursor else 0
