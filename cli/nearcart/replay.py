"""Runs a capture through the edge and gateway cores, faster than real time: the same code as in a store, without sockets.

One edge pipeline a scanner, as each Pi has its own; every 250 ms of recorded time their transitions and samples go to the store's
engine as the messages that MQTT would carry.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from nearcart_contract.advertisement import Advertisement
from nearcart_contract.presence import MAX_TRANSITIONS, PresenceBatch, Stamp, Transition
from nearcart_contract.roster import Identity
from nearcart_contract.samples import SAMPLE_INTERVAL_S, Sample, Samples
from nearcart_edge.core.pipeline import EdgePipeline
from nearcart_edge.core.presence import PresenceEvent, Update
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.engine import Enrolled, StoreEngine
from nearcart_gateway.core.hooks.event import Change
from nearcart_gateway.core.values import Visitor

REPLAY_EPOCH = UUID("5f1ce0c1-7d3a-4f6e-8a55-0d7f2b8f9c11")
DRAIN_S = 30.0
"""After the last packet time goes on this long, for exits and visits to end."""

CartEvent = tuple[float, Change]


@dataclass(frozen=True, slots=True)
class Step:
    """What the store believed and decided at one instant of recorded time (Unix seconds)."""

    at: float
    changes: Changes
    addresses: dict[str, str]
    """Visitor to the address last heard of her."""


@dataclass(slots=True)
class _Edge:
    """One scanner's edge: its pipeline and the number of its last transition."""

    name: str
    pipeline: EdgePipeline
    epoch: UUID
    sequence: int = 0
    waiting: list[PresenceEvent] = field(default_factory=list)

    def batches(self, now: float) -> Iterator[PresenceBatch]:
        events, self.waiting = self.waiting, []
        for start in range(0, len(events), MAX_TRANSITIONS):
            after = self.sequence
            numbered = tuple(self._number(event) for event in events[start : start + MAX_TRANSITIONS])
            yield PresenceBatch(epoch=self.epoch, after=after, oldest=after + 1, sent=_stamp(now), transitions=numbered)

    def samples(self, now: float) -> Samples | None:
        updates = self.pipeline.take_samples(now)
        if not updates:
            return None
        return Samples(sent=_stamp(now), samples=tuple(_sample(update, now) for update in updates))

    def _number(self, event: PresenceEvent) -> Transition:
        self.sequence += 1
        return Transition(
            sequence=self.sequence,
            kind=event.kind,
            identity=event.identity,
            scanner=event.scanner,
            stamp=_stamp(event.at),
            rssi=event.rssi,
            cause=event.cause,
            button=event.button,
        )


class Replay:
    """A store that hears a recording. Without ``identities`` everything decoded counts as enrolled."""

    def __init__(
        self, engine: StoreEngine, identities: Iterable[Identity] | None, carts: Iterable[CartEvent] = ()
    ) -> None:
        self._engine = engine
        self._identities = None if identities is None else tuple(identities)
        self._carts = sorted(carts, key=lambda event: event[0])
        self._edge_of = {name: scanner.edge or name for name, scanner in engine.store.scanners.items()}
        self._edges: dict[str, _Edge] = {}
        self._addresses: dict[str, str] = {}
        self.unknown_scanners: set[str] = set()
        self.adverts = 0

    def run(self, advertisements: Iterable[Advertisement]) -> Iterator[Step]:
        """Every 250 ms of recorded time, from the first packet until everybody has left."""
        now: float | None = None
        for advertisement in advertisements:
            if now is None:
                now = advertisement.at
            while now + SAMPLE_INTERVAL_S <= advertisement.at:
                now += SAMPLE_INTERVAL_S
                yield self._step(now)
            self._hear(advertisement)
        if now is None:
            return
        end = now + DRAIN_S
        while now < end:
            now += SAMPLE_INTERVAL_S
            yield self._step(now)

    def _hear(self, advertisement: Advertisement) -> None:
        self.adverts += 1
        if advertisement.scanner not in self._edge_of:
            self.unknown_scanners.add(advertisement.scanner)
            return
        edge = self._edge(advertisement.scanner, advertisement.at)
        edge.waiting += edge.pipeline.hear(advertisement, advertisement.at)

    def _step(self, now: float) -> Step:
        changes = Changes()
        while self._carts and self._carts[0][0] <= now:
            at, change = self._carts.pop(0)
            changes.cart_records += self._engine.carts.apply(change, at)
        for edge in self._edges.values():
            if edge.pipeline.rolls(now):
                edge.pipeline.roll(now)
            edge.waiting += edge.pipeline.tick(now)
            self._know(edge.waiting)
            for batch in edge.batches(now):
                self._engine.take_batch(edge.name, batch, now, changes)
            samples = edge.samples(now)
            if samples is not None:
                self._engine.take_samples(edge.name, samples, now, changes)
        self._engine.tick(now, changes)
        return Step(now, changes, self._addresses)

    def _know(self, events: Iterable[PresenceEvent]) -> None:
        """Remember addresses for the output; without a roster, enrol whoever was decoded."""
        for event in events:
            if self._identities is None and event.identity not in self._engine.visitors:
                known = [Enrolled(entry, (entry.id,)) for entry in self._engine.visitors.values()]
                newcomer = Visitor(event.identity, consents=frozenset({"measurement"}))
                self._engine.enrol([*known, Enrolled(newcomer, (event.identity,))])
            visitor = self._engine.visitor_of(event.identity)
            if visitor is not None and event.address:
                self._addresses[visitor] = event.address

    def _edge(self, scanner: str, now: float) -> _Edge:
        name = self._edge_of[scanner]
        edge = self._edges.get(name)
        if edge is None:
            pipeline = EdgePipeline(self._identities or (), enrol_all=self._identities is None)
            pipeline.roll(now)
            edge = self._edges[name] = _Edge(name, pipeline, uuid5(REPLAY_EPOCH, name))
        return edge


def _stamp(at: float) -> Stamp:
    """Recorded time is the only clock here: it stands for wall and monotonic alike."""
    return Stamp(at=at, monotonic=at, boot=REPLAY_EPOCH)


def _sample(update: Update, now: float) -> Sample:
    return Sample(
        identity=update.identity,
        scanner=update.scanner,
        packets=tuple((max(0, round((now - at) * 1000)), rssi) for at, rssi in update.packets),
        measured_power=update.measured_power,
    )
