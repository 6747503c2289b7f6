"""A store's edges on a real broker, with a crowd between them: for a gateway that should show what it can bear.

One connection plays all edges. It keeps their whole protocol: births, the roster's answer, numbered batches that are sent again until
they are acknowledged, samples, health, goodbyes. Nobody is made up: who walks is who the gateway says is enrolled.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import aiomqtt
import structlog
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import BaseModel, ValidationError

from nearcart_contract.broker import Broker
from nearcart_contract.presence import Ack
from nearcart_contract.roster import Roster
from nearcart_contract.sealing import public_text
from nearcart_contract.store_file import Store
from nearcart_contract.topics import EdgeChannel, edge_topic, parse_edge_topic
from nearcart_sim.core.load.crowd import QUARTERS, LoadCrowd, unacknowledged
from nearcart_sim.core.load.edge import LoadEdge
from nearcart_sim.core.load.walkers import Walkers
from nearcart_sim.shell.streams import seeded

log = structlog.get_logger(__name__)

ROSTER_WITHIN_S = 60.0
ACKS_WITHIN_S = 30.0
_HEALTH_EVERY_S = 10.0


class LoadError(RuntimeError):
    """The load can't be made; a sentence says why."""


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """``tags``: at most so many of those enrolled walk; ``None``: all. ``stay_s``: mean seconds in one zone."""

    seconds: float
    tags: int | None = None
    stay_s: float = 60.0
    outside: float = 0.1
    heard_by: int = 3
    seed: int = 0


@dataclass(slots=True)
class LoadResult:
    """What was sent and what came back. ``behind_s``: how late this process itself was at worst."""

    edges: int
    tags: int = 0
    seconds: float = 0.0
    transitions: int = 0
    acknowledged: int = 0
    samples: int = 0
    behind_s: float = 0.0
    ack_seconds: list[float] = field(default_factory=list)

    def ack_ms(self, share: float) -> float | None:
        """So many of the acks came within these milliseconds of their batch."""
        if not self.ack_seconds:
            return None
        ordered = sorted(self.ack_seconds)
        return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)


class Load:
    """All edges of one store."""

    def __init__(self, store: Store, broker: Broker, plan: LoadPlan) -> None:
        self._store = store.store
        self._broker = broker
        self._plan = plan
        key, boot = public_text(X25519PrivateKey.generate()), uuid.uuid4()
        self._edges = [LoadEdge(name, scanners[0], uuid.uuid4(), boot, key) for name, scanners in store.edges().items()]
        self._by_name = {edge.name: edge for edge in self._edges}
        self._enrolled: dict[str, None] = {}
        self._roster_came = asyncio.Event()
        self._result = LoadResult(len(self._edges))

    async def run(self, told: Callable[[float], None] = lambda _seconds: None) -> LoadResult:
        """Make the load for as long as planned; ``told`` hears how many seconds of it are over.

        Raises ``LoadError`` when there is no broker, no gateway that answers, or nobody enrolled.
        """
        client = self._client()
        try:
            async with client:
                await client.subscribe(
                    [(f"{edge_topic(self._store, '+', channel)}", 1) for channel in ("ack", "roster")]
                )
                listening = asyncio.create_task(self._listen(client))
                try:
                    await self._play(client, told)
                finally:
                    listening.cancel()
                    with suppress(asyncio.CancelledError, aiomqtt.MqttError):
                        await listening
        except aiomqtt.MqttError as error:
            where = f"{self._broker.host}:{self._broker.port}"
            raise LoadError(f"the broker at {where} is away, or refuses this login ({error})") from error
        return self._result

    async def _play(self, client: aiomqtt.Client, told: Callable[[float], None]) -> None:
        publish = self._publisher(client)
        for edge in self._edges:
            await publish(edge, "state", edge.birth(), 1, True)
        try:
            crowd = LoadCrowd(self._edges, await self._walkers(), self._plan.heard_by)
            await self._walk(crowd, publish, told)
            crowd.leave_all(_stamp())
            await self._settle(publish)
            self._result.transitions = sum(crowd.counted.values())
        finally:
            self._result.acknowledged = sum(edge.acknowledged for edge in self._edges)
            for edge in self._edges:
                await publish(edge, "state", edge.death(), 1, True)

    async def _walkers(self) -> Walkers:
        try:
            await asyncio.wait_for(self._roster_came.wait(), ROSTER_WITHIN_S)
        except TimeoutError:
            raise LoadError(
                f"no gateway of '{self._store}' answered within {ROSTER_WITHIN_S:.0f} s: is it running, on this broker?"
            ) from None
        known, wanted = sorted(self._enrolled), self._plan.tags
        if not known or (wanted is not None and len(known) < wanted):
            raise LoadError(
                f"the gateway knows {len(known)} tags and {wanted or 1} were asked for: `nearcart visitors add` enrols more"
            )
        chosen = known[:wanted]
        self._result.tags = len(chosen)
        plan = self._plan
        names = [edge.name for edge in self._edges]
        return Walkers(chosen, names, seeded(plan.seed), stay_s=plan.stay_s, outside=plan.outside)

    async def _walk(self, crowd: LoadCrowd, publish: "_Publish", told: Callable[[float], None]) -> None:
        """A quarter of a second at a time; what this process can't keep up with is told, not left out."""
        began, quarter = time.monotonic(), 0
        while (due := quarter / QUARTERS) < self._plan.seconds:
            late = time.monotonic() - began - due
            self._result.behind_s = max(self._result.behind_s, round(late, 3))
            if late < 0:
                await asyncio.sleep(-late)
            crowd.advance(due, _stamp())
            await self._send_batches(publish)
            for edge in self._edges:
                heard = crowd.heard(edge.name, quarter)
                if heard:
                    self._result.samples += len(heard)
                    await publish(edge, "samples", edge.samples(heard, _stamp()), 0, False)
                if quarter % int(_HEALTH_EVERY_S * QUARTERS) == 0:
                    await publish(edge, "health", edge.health(due, len(self._enrolled)), 0, False)
            quarter += 1
            told(due)
        self._result.seconds = round(time.monotonic() - began, 1)

    async def _send_batches(self, publish: "_Publish") -> None:
        batches = [(edge, batch) for edge in self._edges if (batch := edge.batch(_stamp())) is not None]
        await asyncio.gather(*(publish(edge, "presence", batch, 1, False) for edge, batch in batches))

    async def _settle(self, publish: "_Publish") -> None:
        """Until everything is acknowledged, or long enough."""
        until = time.monotonic() + ACKS_WITHIN_S
        while unacknowledged(self._edges) and time.monotonic() < until:
            await self._send_batches(publish)
            await asyncio.sleep(0.05)

    async def _listen(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            payload = message.payload if isinstance(message.payload, bytes) else b""
            topic = parse_edge_topic(str(message.topic))
            try:
                if topic.channel == "ack":
                    self._acknowledged(topic.edge, Ack.model_validate_json(payload))
                else:
                    self._take_roster(Roster.model_validate_json(payload))
            except ValidationError as error:
                log.warning("message_unreadable", topic=str(message.topic), problems=error.error_count())

    def _acknowledged(self, edge: str, ack: Ack) -> None:
        if edge in self._by_name and (sent_at := self._by_name[edge].take(ack)) is not None:
            self._result.ack_seconds.append(time.monotonic() - sent_at)

    def _take_roster(self, roster: Roster) -> None:
        for name in roster.removed:
            self._enrolled.pop(name, None)
        self._enrolled.update((entry.id, None) for entry in roster.identities)
        if roster.complete:
            self._roster_came.set()

    def _publisher(self, client: aiomqtt.Client) -> "_Publish":
        async def publish(edge: LoadEdge, channel: EdgeChannel, message: BaseModel, qos: int, retain: bool) -> None:
            payload = message.model_dump_json(exclude_none=True)
            await client.publish(edge_topic(self._store, edge.name, channel), payload, qos=qos, retain=retain)

        return publish

    def _client(self) -> aiomqtt.Client:
        broker = self._broker
        return aiomqtt.Client(
            broker.host,
            broker.port,
            username=broker.username,
            password=broker.password.get_secret_value() if broker.password else None,
            tls_params=aiomqtt.TLSParameters(ca_certs=str(broker.tls_ca)) if broker.tls_ca else None,
            max_inflight_messages=1000,
        )


_Publish = Callable[[LoadEdge, EdgeChannel, BaseModel, int, bool], Awaitable[None]]


def _stamp() -> tuple[float, float]:
    return time.time(), time.monotonic()
