"""Real parts for the edge's tests: Mosquitto on loopback, and a gateway that keeps books instead of making offers."""

import asyncio
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from uuid import UUID, uuid4

import aiomqtt
import pytest
from pydantic import TypeAdapter

from nearcart_contract.edge_file import EdgeFile
from nearcart_contract.edge_state import Birth, Death, Health, State
from nearcart_contract.presence import Ack, PresenceBatch, Transition
from nearcart_contract.roster import IBeaconIdentity, Roster, RosterEntry
from nearcart_contract.samples import Samples
from nearcart_contract.sealing import seal
from nearcart_contract.topics import parse_edge_topic

STATE: TypeAdapter[State] = TypeAdapter(State)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Mosquitto:
    """A broker of our own, which can be killed and started again on the same port."""

    def __init__(self, folder: Path, *, anonymous: bool = True) -> None:
        self.port = free_port()
        self._file = folder / "mosquitto.conf"
        self._file.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous {str(anonymous).lower()}\npersistence false\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        self._process = subprocess.Popen(["mosquitto", "-c", self._file], stderr=subprocess.DEVNULL)
        for _ in range(500):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return self
            time.sleep(0.01)
        raise TimeoutError("mosquitto does not listen")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@dataclass
class BookkeepingGateway:
    """The gateway's half of the protocol (DESIGN.md, promise 1), and a record of what it saw."""

    port: int
    identities: tuple[RosterEntry, ...] = ()
    acks: bool = True
    answers: bool = True
    states: list[Birth | Death] = field(default_factory=list)
    healths: list[Health] = field(default_factory=list)
    samples: list[Samples] = field(default_factory=list)
    batches: list[PresenceBatch] = field(default_factory=list)
    committed: dict[UUID, list[Transition]] = field(default_factory=dict)
    retained: list[bool] = field(default_factory=list)
    client: aiomqtt.Client | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    stream: UUID | None = None
    number: int = 0

    @property
    def transitions(self) -> list[Transition]:
        return [transition for transitions in self.committed.values() for transition in transitions]

    @property
    def births(self) -> list[Birth]:
        return [state for state in self.states if isinstance(state, Birth)]

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Self]:
        async with aiomqtt.Client("127.0.0.1", self.port) as self.client:
            await self.client.subscribe("nearcart/v1/shop/edge/+/+", qos=1)
            task = asyncio.create_task(self._receive())
            try:
                yield self
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError, aiomqtt.MqttError):  # the broker may have been killed
                    await task

    async def until(self, condition: Callable[[], object], seconds: float = 15.0) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    async def publish(self, channel: str, payload: str | bytes) -> None:
        assert self.client is not None
        await self.client.publish(f"nearcart/v1/shop/edge/till/{channel}", payload, qos=1)

    async def send_roster(self, *identities: RosterEntry, removed: tuple[str, ...] = ()) -> None:
        self.number += 1
        assert self.stream is not None
        roster = Roster(stream=self.stream, number=self.number, complete=True, identities=identities, removed=removed)
        await self.publish("roster", roster.model_dump_json())

    async def _receive(self) -> None:
        assert self.client is not None
        async for message in self.client.messages:
            channel = parse_edge_topic(message.topic.value).channel
            if channel not in ("ack", "roster"):
                assert isinstance(message.payload, bytes)
                await self._take(channel, message.payload)
            self.retained.append(message.retain)
            self.changed.set()

    async def _take(self, channel: str, payload: bytes) -> None:
        if channel == "state":
            state = STATE.validate_json(payload)
            self.states.append(state)
            if isinstance(state, Birth) and self.answers:
                self.stream, self.number = uuid4(), 0
                await self.send_roster(
                    *(seal(entry, state.public_key) if entry.kind == "irk" else entry for entry in self.identities)
                )
        elif channel == "health":
            self.healths.append(Health.model_validate_json(payload))
        elif channel == "samples":
            self.samples.append(Samples.model_validate_json(payload))
        else:
            await self._commit(PresenceBatch.model_validate_json(payload))

    async def _commit(self, batch: PresenceBatch) -> None:
        self.batches.append(batch)
        if not self.acks:
            return
        held = self.committed.setdefault(batch.epoch, [])
        committed = held[-1].sequence if held else 0
        if batch.after <= committed or batch.oldest > committed + 1:
            held += [transition for transition in batch.transitions if transition.sequence > committed]
        await self.publish("ack", Ack(epoch=batch.epoch, committed=held[-1].sequence if held else 0).model_dump_json())


def ibeacon(minor: int) -> IBeaconIdentity:
    return IBeaconIdentity(
        id=f"tag-{minor}", kind="ibeacon", uuid="fda50693-a4e2-4fb1-afcf-c6eb07647825", major=10, minor=minor
    )


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path).start()
    yield broker
    broker.kill()


@pytest.fixture
async def gateway(mosquitto: Mosquitto) -> AsyncIterator[BookkeepingGateway]:
    """Connected, with three tags enrolled."""
    books = BookkeepingGateway(mosquitto.port, identities=(ibeacon(1), ibeacon(2), ibeacon(3)))
    async with books.connected():
        yield books


@pytest.fixture
def config(tmp_path: Path, mosquitto: Mosquitto) -> EdgeFile:
    return EdgeFile.model_validate(
        {
            "store": "shop",
            "edge": "till",
            "broker": {"port": mosquitto.port},
            "tracking": {"enter_packets": 2, "exit_after_s": 2},
            "outbox": {"path": tmp_path / "outbox.sqlite", "max_mb": 1},
        }
    )
