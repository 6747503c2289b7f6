"""A store on real parts: Mosquitto, a gateway process, SQLite on disk, and an edge made of its messages."""

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from nearcart_contract.edge_state import Birth, Death
from nearcart_contract.presence import Ack, PresenceBatch, Stamp, Transition
from nearcart_contract.samples import Sample, Samples
from nearcart_contract.sealing import public_text
from nearcart_gateway.shell.broker import MosquittoBroker
from nearcart_gateway.shell.visitor_files import enrol

STORE = "test-shop"
WITHIN_S = 40.0
ANNA = "f7826da6-4fa2-4e98-8024-bc5b71e0893e/1/1"

STORE_FILE = """\
store: test-shop
name: Test shop
time_zone: Europe/Istanbul
currency: EUR
zones:
  door: {name: Door}
  wine: {name: Wine}
scanners:
  door: {x: 1, y: 1, zone: door}
  wine: {x: 9, y: 1, zone: wine}
sources:
  web: {platform: standard, secret: whsec_dGVzdC1zZWNyZXQtb2YtdGhlLXRlc3QtcnVuIQ==}
broker: {host: 127.0.0.1, port: PORT}
console: {port: 0}
channels:
  phone: {kind: phone}
  screen: {kind: screen}
  team: {kind: staff}
"""

HELLO = """\
offer: hello
when: {moment: enter}
say: "Hello."
through: [phone]
"""


class Edge:
    """An edge as the gateway sees one: its messages, and what it was told."""

    def __init__(self, client: aiomqtt.Client, name: str) -> None:
        self.client = client
        self.name = name
        self.epoch = uuid.uuid4()
        self.boot = uuid.uuid4()
        self.key = X25519PrivateKey.generate()
        self.acks: list[Ack] = []
        self.rosters: list[dict[str, Any]] = []
        self.sequence = 0

    def stamp(self) -> Stamp:
        return Stamp(at=time.time(), monotonic=time.monotonic(), boot=self.boot)

    def transition(self, kind: str, identity: str, **more: Any) -> Transition:
        self.sequence += 1
        fields = {"rssi": -60} if kind == "enter" else {"cause": "silence"}
        return Transition(
            sequence=self.sequence,
            kind=kind,  # type: ignore[arg-type]
            identity=identity,
            scanner=self.name,
            stamp=self.stamp(),
            **{**fields, **more},
        )

    async def say(self, channel: str, message: Any, store: str = STORE, retain: bool = False) -> None:
        payload = message if isinstance(message, str | bytes) else message.model_dump_json()
        await self.client.publish(f"nearcart/v1/{store}/edge/{self.name}/{channel}", payload, qos=1, retain=retain)

    async def born(self) -> None:
        birth = Birth(
            epoch=self.epoch, boot=self.boot, version="test", public_key=public_text(self.key), scanners=(self.name,)
        )
        await self.say("state", birth, retain=True)

    async def dies(self) -> None:
        await self.say("state", Death(epoch=self.epoch), retain=True)

    async def batch(self, *transitions: Transition, oldest: int = 1) -> None:
        after = transitions[0].sequence - 1
        await self.say(
            "presence",
            PresenceBatch(epoch=self.epoch, after=after, oldest=oldest, sent=self.stamp(), transitions=transitions),
        )

    async def hears(self, identity: str, rssi: int) -> None:
        sample = Sample(identity=identity, scanner=self.name, packets=((0, rssi),))
        await self.say("samples", Samples(sent=self.stamp(), samples=(sample,)))

    @property
    def committed(self) -> int:
        return max((ack.committed for ack in self.acks if ack.epoch == self.epoch), default=-1)


class Shop:
    """The store's folder, its gateway process, and what its phones and screens received."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.config = folder / "store.yaml"
        self.offers: list[dict[str, Any]] = []
        self.edges: dict[str, Edge] = {}
        self.process: asyncio.subprocess.Process | None = None
        self.log = folder / "gateway.log"

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    async def start(self, **environment: str) -> None:
        """Start the gateway and wait until its page listens."""
        before = self.log.read_text().count("broker_connected") if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "nearcart", "gateway", "run", "--config", str(self.config),
                stdout=log, stderr=log, env={**os.environ, **environment},
            )  # fmt: skip
        await until(lambda: self.log.read_text().count("broker_connected") > before or self.ended)

    @property
    def ended(self) -> bool:
        return self.process is not None and self.process.returncode is not None

    @property
    def url(self) -> str:
        started = [line for line in self.log.read_text().splitlines() if '"gateway_started"' in line]
        return str(json.loads(started[-1])["page"])

    async def kill(self) -> None:
        if self.process is not None and not self.ended:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(f"file:{self.folder / 'nearcart.sqlite'}?mode=ro", uri=True)
        with contextlib.closing(connection):
            return connection.execute(query, values).fetchall()

    def enrol(self, visitor: str = "anna", ibeacon: str = ANNA, **more: Any) -> str:
        """Enrol somebody; the roster id of what she carries."""
        fields = {"consents": ["offers"], **more}
        enrol(self.config, visitor, carried={"ibeacon": ibeacon}, now=time.time(), **fields)
        return str(self.rows("SELECT id FROM identities WHERE visitor = ?", visitor)[0][0])

    async def listen(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            parts = str(message.topic).split("/")
            document = json.loads(bytes(message.payload))  # type: ignore[arg-type]
            if parts[3] == "edge" and parts[4] in self.edges:
                edge = self.edges[parts[4]]
                if parts[5] == "ack":
                    edge.acks.append(Ack.model_validate(document))
                elif parts[5] == "roster":
                    edge.rosters.append(document)
            elif parts[3] in ("visitor", "screen", "staff"):
                self.offers.append(document)


async def until(condition: Callable[[], Any], seconds: float = WITHIN_S) -> None:
    """Wait for a condition; fails with what it was waiting for."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not come"
        await asyncio.sleep(0.02)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A store with two edges and one offer; ``await shop.start()`` starts its gateway."""
    async with MosquittoBroker() as broker:
        shop = Shop(tmp_path, broker.port)
        shop.write("store.yaml", STORE_FILE.replace("PORT", str(broker.port)))
        shop.write("offers/hello.yaml", HELLO)
        async with aiomqtt.Client("127.0.0.1", broker.port) as client:
            for topic in ("edge/+/ack", "edge/+/roster", "visitor/+/offer", "screen/+", "staff"):
                await client.subscribe(f"nearcart/v1/{STORE}/{topic}", qos=1)
            shop.edges = {name: Edge(client, name) for name in ("door", "wine")}
            listening = asyncio.create_task(shop.listen(client))
            try:
                yield shop
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
                await shop.kill()


@pytest.fixture
def wait_until() -> Callable[..., Any]:
    return until
