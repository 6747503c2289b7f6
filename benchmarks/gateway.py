"""The gateway as a process: durable ingest, message to offer, and memory. Prints one JSON object.

    python benchmarks/gateway.py [--seconds 10]

Mosquitto and the sender run on one core, the gateway is pinned to the other. Every transition counted as taken is acknowledged, and
so on disk (WAL, synchronous=FULL). Latency is from the message's arrival in the gateway to the broker's PUBACK for the offer.
"""

import argparse
import asyncio
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiomqtt
import psutil

from nearcart_contract.presence import Ack, PresenceBatch, Stamp, Transition
from nearcart_contract.samples import Sample, Samples
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.broker import MosquittoBroker
from nearcart_gateway.shell.storage import visitors
from nearcart_gateway.shell.storage.database import connect

EDGES = 10
BOOT = uuid.uuid4()
OFFER = 'offer: hello\nwhen: {moment: enter}\nsay: "Hello."\nthrough: [phone]\n'


def store_file(port: int) -> str:
    scanners = "\n".join(f"  edge-{n}: {{x: {n * 4}, y: 2, zone: zone-{n}}}" for n in range(EDGES))
    return (
        f"store: bench\nname: Bench\ntime_zone: UTC\ncurrency: EUR\nscanners:\n{scanners}\n"
        f"broker: {{host: 127.0.0.1, port: {port}}}\nconsole: {{port: 0}}\nchannels: {{phone: {{kind: phone}}}}\n"
    )


class Sender:
    """Ten edges that send as fast as their acks come."""

    def __init__(self, client: aiomqtt.Client, identities: list[str]) -> None:
        self.client = client
        self.identities = identities
        self.epochs = [uuid.uuid4() for _ in range(EDGES)]
        self.sequences = [0] * EDGES
        self.committed = [0] * EDGES

    def batch(self, edge: int, chosen: list[tuple[str, str]]) -> bytes:
        """(kind, identity) each, as one encoded message."""
        stamp = Stamp(at=time.time(), monotonic=time.monotonic(), boot=BOOT)
        after = self.sequences[edge]
        rows = []
        for kind, identity in chosen:
            self.sequences[edge] += 1
            more: dict[str, Any] = {"rssi": -60} if kind == "enter" else {"cause": "silence"}
            rows.append(
                Transition(
                    sequence=self.sequences[edge],
                    kind=kind,
                    identity=identity,
                    scanner=f"edge-{edge}",
                    stamp=stamp,
                    **more,
                )
            )
        message = PresenceBatch(epoch=self.epochs[edge], after=after, oldest=1, sent=stamp, transitions=tuple(rows))
        return message.model_dump_json(exclude_none=True).encode()

    async def listen(self) -> None:
        async for message in self.client.messages:
            parts = str(message.topic).split("/")
            if parts[-1] == "ack":
                edge = int(parts[4].removeprefix("edge-"))
                self.committed[edge] = max(
                    self.committed[edge], Ack.model_validate_json(bytes(message.payload)).committed
                )  # type: ignore[arg-type]

    async def publish(self, edge: int, channel: str, payload: bytes) -> None:
        await self.client.publish(
            f"nearcart/v1/bench/edge/edge-{edge}/{channel}", payload, qos=int(channel == "presence")
        )


async def durable_ingest(sender: Sender, seconds: float, pid: int) -> dict[str, float]:
    """Transitions as fast as acks allow (two batches of 250 an edge in flight) beside 20,000 samples a second."""
    started, cpu = time.monotonic(), cpu_of(pid)
    deadline = started + seconds
    kinds = [0] * EDGES
    sent = 0

    async def transitions(edge: int) -> None:
        own = sender.identities[edge * 250 : edge * 250 + 250]
        while time.monotonic() < deadline:
            kind = "exit" if kinds[edge] % 2 else "enter"
            kinds[edge] += 1
            await sender.publish(edge, "presence", sender.batch(edge, [(kind, identity) for identity in own]))
            while sender.sequences[edge] - sender.committed[edge] > 250:
                await asyncio.sleep(0.002)

    async def samples() -> None:
        nonlocal sent
        own = sender.identities[:500]
        due = time.monotonic()
        while time.monotonic() < deadline:
            edge = (sent // 500) % EDGES
            stamp = Stamp(at=time.time(), monotonic=time.monotonic(), boot=BOOT)
            rows = tuple(Sample(identity=i, scanner=f"edge-{edge}", packets=((10, -60 - edge),)) for i in own)
            await sender.publish(
                edge, "samples", Samples(sent=stamp, samples=rows).model_dump_json(exclude_none=True).encode()
            )
            sent += 500
            due += 500 / 20_000
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    before = sum(sender.committed)
    await asyncio.gather(samples(), *(transitions(edge) for edge in range(EDGES)))
    async with asyncio.timeout(30):
        while sender.committed != sender.sequences:
            await asyncio.sleep(0.005)
    took = time.monotonic() - started
    return {
        "transitions_per_s": round((sum(sender.committed) - before) / took),
        "samples_per_s": round(sent / took),
        "gateway_cpu_share": round((cpu_of(pid) - cpu) / took, 2),
    }


async def message_to_offer(sender: Sender, seconds: float, database: Path) -> dict[str, float]:
    """500 enters a second, each of somebody who gets an offer."""
    fresh = iter(sender.identities[2500:])
    since = time.time()
    due = time.monotonic()
    for tick in range(int(seconds * 50)):
        edge = tick % EDGES
        await sender.publish(edge, "presence", sender.batch(edge, [("enter", next(fresh)) for _ in range(10)]))
        due += 0.02
        await asyncio.sleep(max(0.0, due - time.monotonic()))
    await asyncio.sleep(2)
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        taken = connection.execute(
            "SELECT l.published_at - t.received_at FROM deliveries l JOIN transitions t ON t.visitor = l.visitor"
            " AND t.kind = 'enter' WHERE l.state = 'delivered' AND t.received_at > ?",
            (since,),
        ).fetchall()
    late = sorted(row[0] * 1000 for row in taken)
    return {
        "offers": len(late),
        "p50_ms": round(statistics.median(late), 1),
        "p99_ms": round(late[int(len(late) * 0.99)], 1),
    }


def cpu_of(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def enrol(database: Path, count: int) -> list[str]:
    """Visitors with a tag each, in one transaction; their roster ids."""
    connection = connect(database)
    identities = []
    connection.execute("PRAGMA synchronous=OFF")
    for number in range(count):
        fields = {"kind": "ibeacon", "uuid": str(uuid.UUID(int=7)), "major": number // 60_000, "minor": number % 60_000}
        identity = visitors.parse_identity(dict(fields))
        visitors.add(connection, Visitor(f"v-{number}", consents=frozenset({"offers"})), [identity], time.time())
        identities.append(identity.id)
    connection.close()
    return identities


async def run(seconds: float) -> dict[str, Any]:
    os.sched_setaffinity(0, {0})
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        async with MosquittoBroker() as broker:
            (home / "store.yaml").write_text(store_file(broker.port))
            (home / "offers").mkdir()
            (home / "offers" / "hello.yaml").write_text(OFFER)
            store = load_yaml(home / "store.yaml", Store)
            identities = enrol(home / store.database, 2500 + int(seconds * 500) + 100)
            gateway = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "nearcart", "gateway", "run", "--config", str(home / "store.yaml"),
                stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            os.sched_setaffinity(gateway.pid, {os.cpu_count() - 1 if os.cpu_count() else 0})
            try:
                async with aiomqtt.Client("127.0.0.1", broker.port, max_inflight_messages=200) as client:
                    return await measure(client, identities, seconds, gateway.pid, home / store.database)
            finally:
                gateway.terminate()
                await gateway.wait()


async def measure(
    client: aiomqtt.Client, identities: list[str], seconds: float, pid: int, database: Path
) -> dict[str, Any]:
    sender = Sender(client, identities)
    await client.subscribe("nearcart/v1/bench/edge/+/ack", qos=1)
    listening = asyncio.create_task(sender.listen())
    await until_answered(sender, lambda: sender.publish(0, "presence", sender.batch(0, [("exit", identities[-1])])))
    offers = await message_to_offer(sender, seconds, database)
    ingest = await durable_ingest(sender, seconds, pid)
    listening.cancel()
    rss = psutil.Process(pid).memory_info().rss / 1e6
    return {"message_to_offer_500_per_s": offers, "durable_ingest": ingest, "rss_mb": round(rss, 1)}


async def until_answered(sender: Sender, ask: Callable[[], Awaitable[None]]) -> None:
    while not sender.committed[0]:
        sender.sequences[0] = 0
        await ask()
        await asyncio.sleep(0.3)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    print(json.dumps(asyncio.run(run(parser.parse_args().seconds))))
