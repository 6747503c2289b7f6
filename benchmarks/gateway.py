"""The gateway as a process: durable ingest, message to offer, and memory. Prints one JSON object.

    python benchmarks/gateway.py [--seconds 10]

Mosquitto and the sender run on one core, the gateway is pinned to the other. Every transition counted as taken is acknowledged, and
so on disk (WAL, synchronous=FULL). Samples are sent at 20,000 a second; those the gateway shed are counted. Latency is from the message's arrival in the gateway to the broker's PUBACK for the offer.
"""

import argparse
import asyncio
import itertools
import json
import os
import re
import socket
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import aiomqtt
import httpx
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


def store_file(port: int, page: int) -> str:
    scanners = "\n".join(f"  edge-{n}: {{x: {n * 4}, y: 2, zone: zone-{n}}}" for n in range(EDGES))
    return (
        f"store: bench\nname: Bench\ntime_zone: UTC\ncurrency: EUR\nscanners:\n{scanners}\n"
        f"broker: {{host: 127.0.0.1, port: {port}}}\nconsole: {{port: {page}}}\nchannels: {{phone: {{kind: phone}}}}\n"
    )


class Sender:
    """Ten edges that send as fast as their acks come."""

    def __init__(self, client: aiomqtt.Client, identities: list[str], page: str) -> None:
        self.client = client
        self.page = page
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


async def ingest(
    sender: Sender, seconds: float, pid: int, transitions_per_s: int | None, samples_per_s: int
) -> dict[str, float]:
    """Transitions at a pace, or as fast as acks allow (two batches of 250 an edge in flight), beside samples at a pace."""
    started, cpu, before = time.monotonic(), cpu_of(pid), sum(sender.committed)
    deadline = started + seconds
    sent = 0

    async def transitions(edge: int) -> None:
        own = sender.identities[edge * 250 : edge * 250 + 250]
        due = time.monotonic()
        for turn in itertools.count():
            if time.monotonic() >= deadline:
                return
            kind = "exit" if turn % 2 else "enter"
            await sender.publish(edge, "presence", sender.batch(edge, [(kind, identity) for identity in own]))
            while sender.sequences[edge] - sender.committed[edge] > 250:
                await asyncio.sleep(0.002)
            if transitions_per_s:
                due += len(own) * EDGES / transitions_per_s
                await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def samples() -> None:
        nonlocal sent
        own = sender.identities[:500]
        due = time.monotonic()
        while time.monotonic() < deadline:
            edge = (sent // 500) % EDGES
            stamp = Stamp(at=time.time(), monotonic=time.monotonic(), boot=BOOT)
            rows = tuple(Sample(identity=i, scanner=f"edge-{edge}", packets=((10, -60 - edge),)) for i in own)
            message = Samples(sent=stamp, samples=rows).model_dump_json(exclude_none=True)
            await sender.publish(edge, "samples", message.encode())
            sent += 500
            due += 500 / samples_per_s
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    await asyncio.gather(samples(), *(transitions(edge) for edge in range(EDGES)))
    took = time.monotonic() - started
    async with asyncio.timeout(30):
        while sender.committed != sender.sequences:
            await asyncio.sleep(0.005)
    committed_in = time.monotonic() - started
    return {
        "transitions_per_s": round((sum(sender.committed) - before) / committed_in),
        "samples_per_s": round(sent / took),
        "samples_shed": await samples_shed(sender.page),
        "core_share": round((cpu_of(pid) - cpu) / committed_in, 2),
        "rss_mb": rss_of(pid),
    }


async def samples_shed(page: str) -> int:
    """How many samples the gateway dropped since its start, by its own count."""
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{page}/metrics")).raise_for_status().text
    found = re.search(r"^nearcart_samples_shed_total (\S+)", text, re.MULTILINE)
    assert found
    return int(float(found[1]))


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
            " AND t.kind = 'enter' WHERE l.state = 'sent' AND t.received_at > ?",
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


def rss_of(pid: int) -> float:
    return round(float(psutil.Process(pid).memory_info().rss) / 1e6, 1)


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
    page = free_port()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        async with MosquittoBroker() as broker:
            (home / "store.yaml").write_text(store_file(broker.port, page))
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
                    sender = Sender(client, identities, f"http://127.0.0.1:{page}")
                    return await measure(sender, seconds, gateway.pid, home / store.database)
            finally:
                gateway.terminate()
                await gateway.wait()


async def measure(sender: Sender, seconds: float, pid: int, database: Path) -> dict[str, Any]:
    await sender.client.subscribe("nearcart/v1/bench/edge/+/ack", qos=1)
    async with asyncio.TaskGroup() as listening:
        listener = listening.create_task(sender.listen())
        await until_answered(sender)
        started = {"enrolled": len(sender.identities), "rss_mb": rss_of(pid)}
        offers = await message_to_offer(sender, seconds, database)
        at_the_bar = await ingest(sender, seconds, pid, 5_000, 20_000)
        flat_out = await ingest(sender, seconds, pid, None, 20_000)
        listener.cancel()
    return {
        "started": started,
        "message_to_offer_500_per_s": offers,
        "ingest_at_the_bar": at_the_bar,
        "ingest_flat_out": flat_out,
    }


async def until_answered(sender: Sender) -> None:
    async with asyncio.timeout(30):
        while not sender.committed[0]:
            sender.sequences[0] = 0
            await sender.publish(0, "presence", sender.batch(0, [("exit", sender.identities[-1])]))
            await asyncio.sleep(0.3)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    print(json.dumps(asyncio.run(run(parser.parse_args().seconds))))
