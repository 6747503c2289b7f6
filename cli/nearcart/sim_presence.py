"""What a broker would carry of a simulated day: the edges' own core behind the simulated radio, with their power, network and clocks.

Births, transitions in numbered batches, samples and last wills, in the order in which they reach the broker. An edge without a network keeps its
transitions and loses its samples; one that lost its power comes back with a new boot and epoch, still holding what it had not sent, and knows
nobody until its roster has come. A gateway that acknowledges at once stands at the other end.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from uuid import UUID, uuid5

from pydantic import BaseModel

from nearcart_contract.edge_state import Birth, Death
from nearcart_contract.presence import MAX_TRANSITIONS, PresenceBatch, Stamp, Transition
from nearcart_contract.roster import Identity
from nearcart_contract.samples import SAMPLE_INTERVAL_S, Sample, Samples
from nearcart_contract.topics import EdgeChannel, edge_topic
from nearcart_edge.core.pipeline import EdgePipeline
from nearcart_edge.core.presence import PresenceEvent, Update
from nearcart_sim.core.chance import key_of
from nearcart_sim.core.days.adverts import true_advertisements
from nearcart_sim.core.days.outages import Outages
from nearcart_sim.core.days.play import Chunk, Play

_NAMES = UUID("7b0f4a66-52b0-4c53-9a3f-6c1f6f1a1d5e")
_STEP_US = round(SAMPLE_INTERVAL_S * 1e6)
_WILL_AFTER_US = 22_500_000
"""A broker publishes a last will after one and a half keepalives (MQTT 3.1.1, 3.1.2.10) of 15 s."""


@dataclass(frozen=True, slots=True)
class Published:
    """One message as it reaches the broker, at ``at`` (true Unix seconds)."""

    at: float
    topic: str
    message: BaseModel


@dataclass(slots=True)
class _Boot:
    """From one start of an edge to the next loss of its power. ``began``: microseconds since the scenario's beginning."""

    began: int
    boot: UUID
    epoch: UUID
    pipeline: EdgePipeline
    told: bool = False
    """Whether its roster has come."""
    sequence: int = 0


@dataclass(slots=True)
class _Edge:
    """One edge: what it holds survives its boots."""

    name: str
    scanners: tuple[str, ...]
    public_key: str
    boot: _Boot | None = None
    boots: int = 0
    last_epoch: UUID | None = None
    connected: bool = False
    will_at: int | None = None
    outbox: list[tuple[UUID, Transition]] = field(default_factory=list)


class PresenceStream:
    """Feed it a play's chunks in order, and take what the broker gets."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self._outages: Outages = play.outages
        self._roster: tuple[Identity, ...] = tuple(play.roster())
        self._edges: Mapping[str, _Edge] = {
            name: _Edge(name, scanners, _public_key(play.seed, name)) for name, scanners in play.layout.edges().items()
        }
        self._edge_of = {scanner: name for name, scanners in play.layout.edges().items() for scanner in scanners}
        self._step = 0

    def take(self, chunk: Chunk) -> Iterator[Published]:
        """Everything that reaches the broker in these seconds."""
        for at, advertisement in true_advertisements(self._play, chunk):
            while self._step <= at:
                yield from self._steps(self._step)
            edge = self._edges[self._edge_of[advertisement.scanner]]
            if edge.boot is not None:
                self._number(edge, edge.boot.pipeline.hear(advertisement, _since(edge.boot, at)))
        while self._step < min(chunk.begins + 5_000_000, round(self._play.seconds * 1e6)):
            yield from self._steps(self._step)

    def _steps(self, at: int) -> Iterator[Published]:
        self._step = at + _STEP_US
        for edge in self._edges.values():
            self._switch(edge, at)
            yield from self._connect(edge, at)
            if edge.boot is not None:
                wall = (self._play.starts_at_us + at + self._outages.clock_offset(edge.name, at)) / 1e6
                if edge.boot.pipeline.rolls(wall):
                    edge.boot.pipeline.roll(wall)
                self._number(edge, edge.boot.pipeline.tick(_since(edge.boot, at)))
                yield from self._send(edge, edge.boot, at)

    def _switch(self, edge: _Edge, at: int) -> None:
        """Power comes and goes; what was in memory goes with it."""
        powered = self._outages.powered(edge.name, at)
        if powered and edge.boot is None:
            edge.boots += 1
            name = f"{self._play.seed}/{edge.name}/{edge.boots}"
            edge.boot = _Boot(at, uuid5(_NAMES, f"{name}/boot"), uuid5(_NAMES, f"{name}/epoch"), EdgePipeline())
        elif not powered:
            edge.boot = None

    def _connect(self, edge: _Edge, at: int) -> Iterator[Published]:
        """Births when a connection is made, last wills a while after one was lost."""
        linked = edge.boot is not None and self._outages.reachable(edge.name, at)
        if edge.connected and not linked:
            edge.connected, edge.will_at = False, at + _WILL_AFTER_US
        if edge.will_at is not None and edge.will_at <= at and edge.last_epoch is not None:
            edge.will_at = None
            yield self._published(edge, "state", Death(epoch=edge.last_epoch), at)
        if linked and not edge.connected and edge.boot is not None:
            edge.connected, edge.will_at, edge.last_epoch = True, None, edge.boot.epoch
            yield self._published(edge, "state", self._birth(edge, edge.boot, at), at)
            if not edge.boot.told:
                edge.boot.told = True
                edge.boot.pipeline.enrol(_since(edge.boot, at), self._roster)

    def _birth(self, edge: _Edge, boot: _Boot, at: int) -> Birth:
        right = self._outages.clock_offset(edge.name, at) == 0
        return Birth(
            epoch=boot.epoch,
            boot=boot.boot,
            version="simulated",
            public_key=edge.public_key,
            scanners=edge.scanners,
            clock="synchronised" if right else "unsynchronised",
        )

    def _number(self, edge: _Edge, events: tuple[PresenceEvent, ...]) -> None:
        boot = edge.boot
        assert boot is not None
        for event in events:
            boot.sequence += 1
            edge.outbox.append((boot.epoch, self._transition(edge, boot, event)))

    def _transition(self, edge: _Edge, boot: _Boot, event: PresenceEvent) -> Transition:
        return Transition(
            sequence=boot.sequence,
            kind=event.kind,
            identity=event.identity,
            scanner=event.scanner,
            stamp=self._stamp(edge, boot, boot.began + round(event.at * 1e6)),
            rssi=event.rssi,
            cause=event.cause,
            button=event.button,
            press_number=event.number,
        )

    def _send(self, edge: _Edge, boot: _Boot, at: int) -> Iterator[Published]:
        updates = boot.pipeline.take_samples(_since(boot, at))
        if not edge.connected:
            return  # transitions wait in the outbox, samples are gone
        sent = self._stamp(edge, boot, at)
        held, edge.outbox = edge.outbox, []
        for epoch, group in groupby(held, key=lambda entry: entry[0]):
            transitions = [transition for _, transition in group]
            for start in range(0, len(transitions), MAX_TRANSITIONS):
                yield self._published(
                    edge, "presence", _batch(epoch, sent, transitions[start : start + MAX_TRANSITIONS]), at
                )
        if updates:
            now = _since(boot, at)
            samples = Samples(sent=sent, samples=tuple(_sample(update, now) for update in updates))
            yield self._published(edge, "samples", samples, at)

    def _stamp(self, edge: _Edge, boot: _Boot, at: int) -> Stamp:
        wall = self._play.starts_at_us + at + self._outages.clock_offset(edge.name, at)
        return Stamp(at=wall / 1e6, monotonic=max(0.0, _since(boot, at)), boot=boot.boot)

    def _published(self, edge: _Edge, channel: EdgeChannel, message: BaseModel, at: int) -> Published:
        topic = edge_topic(self._play.scenario.store, edge.name, channel)
        return Published((self._play.starts_at_us + at) / 1e6, topic, message)


def _since(boot: _Boot, at: int) -> float:
    """The edge's monotonic clock, in seconds."""
    return (at - boot.began) / 1e6


def _batch(epoch: UUID, sent: Stamp, transitions: list[Transition]) -> PresenceBatch:
    first = transitions[0].sequence
    return PresenceBatch(epoch=epoch, after=first - 1, oldest=first, sent=sent, transitions=tuple(transitions))


def _sample(update: Update, now: float) -> Sample:
    return Sample(
        identity=update.identity,
        scanner=update.scanner,
        packets=tuple((max(0, round((now - at) * 1000)), rssi) for at, rssi in update.packets),
        measured_power=update.measured_power,
    )


def _public_key(seed: int, edge: str) -> str:
    """Any 32 bytes are a key of X25519; nobody has the private one."""
    raw = b"".join(key_of(seed, "public key", edge, part).to_bytes(8, "big") for part in range(4))
    return base64.b64encode(raw).decode()
