"""The edge process beside a bare BleakScanner process, each on a virtual BlueZ, in one run. Prints one JSON object.

    python benchmarks/edge.py [--seconds 10] [--enrolled 1.0]

The edge is the whole agent as a store runs it: bleak's own BlueZ backend, decoding, roster, tracking, outbox on disk, and samples to
a Mosquitto, with a gateway that acks. The bare process counts what bleak's callback gives and does nothing else. Tags have been heard
once before the clock starts. CPU is of all threads, from the scheduler's own books; MB are 10^6 bytes. Lost: adverts that the virtual
BlueZ told and the agent did not count.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from uuid import uuid4

import aiomqtt
import psutil

from nearcart_contract.edge_state import Birth, Health
from nearcart_contract.presence import Ack, PresenceBatch
from nearcart_contract.roster import IBeaconIdentity, Roster
from nearcart_contract.topics import edge_topic, parse_edge_topic
from nearcart_gateway.shell.broker import MosquittoBroker
from nearcart_sim.shell.bluez.virtual_bluez import VirtualBluez

UUID = "fda50693-a4e2-4fb1-afcf-c6eb07647825"
PAYLOAD = bytes.fromhex("0215" + UUID.replace("-", ""))
RATES = {2660: 500, 300: 300}
"""Adverts a second, and from how many tags: as many as one radio can hear, and a full shop on a Pi Zero 2 W."""

BARE = """
import asyncio
from bleak import BleakScanner
heard = 0
def count(device, data):
    global heard
    heard += 1
async def main():
    filters = {"DuplicateData": True, "RSSI": -127}
    async with BleakScanner(count, bluez={"adapter": "hci0", "filters": filters}):
        await asyncio.Event().wait()
asyncio.run(main())
"""


@dataclass
class Gateway:
    """Acks what comes and keeps the last health message."""

    client: aiomqtt.Client
    enrolled: int
    health: Health | None = None
    transitions: int = 0
    samples: int = 0

    async def run(self) -> None:
        await self.client.subscribe("nearcart/v1/bench/edge/+/+", qos=1)
        async for message in self.client.messages:
            channel, payload = parse_edge_topic(message.topic.value).channel, message.payload
            assert isinstance(payload, bytes)
            if channel == "health":
                self.health = Health.model_validate_json(payload)
            elif channel == "samples":
                self.samples += 1
            elif channel == "presence":
                batch = PresenceBatch.model_validate_json(payload)
                self.transitions += len(batch.transitions)
                self.note(batch)
                await self._send("ack", Ack(epoch=batch.epoch, committed=batch.transitions[-1].sequence))
            elif channel == "state" and b'"public_key"' in payload:
                await self.send_roster(Birth.model_validate_json(payload))

    def note(self, batch: PresenceBatch) -> None:
        """What else is to be known of it."""

    async def send_roster(self, _birth: Birth) -> None:
        stream, tags = uuid4(), [tag(number) for number in range(self.enrolled)]
        for number, start in enumerate(range(0, max(1, len(tags)), 500), 1):
            piece = tuple(tags[start : start + 500])
            await self._send(
                "roster", Roster(stream=stream, number=number, complete=start + 500 >= len(tags), identities=piece)
            )

    async def _send(self, channel: str, message: Ack | Roster) -> None:
        topic = edge_topic("bench", "edge", "ack" if channel == "ack" else "roster")
        await self.client.publish(topic, message.model_dump_json(), qos=1)


def tag(number: int) -> IBeaconIdentity:
    return IBeaconIdentity(id=f"tag-{number}", kind="ibeacon", uuid=UUID, major=number >> 8, minor=number & 255)


def advertise(bluez: VirtualBluez, number: int, packet: int) -> None:
    payload = PAYLOAD + (number >> 8).to_bytes(2, "big") + (number & 255).to_bytes(2, "big") + b"\xc5"
    address = f"C4:64:E3:00:{number >> 8:02X}:{number & 255:02X}"
    bluez.advertise("hci0", address, -60 - packet % 7, manufacturer_data={0x004C: payload})


def cpu_seconds(pid: int) -> float:
    """CPU time of all threads of a process."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


@asynccontextmanager
async def process(bluez: VirtualBluez, *command: str) -> AsyncIterator[psutil.Process]:
    environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": bluez.bus_address}
    child = await asyncio.create_subprocess_exec(sys.executable, *command, env=environment, stderr=subprocess.DEVNULL)
    try:
        while not bluez.discovering("hci0"):
            await asyncio.sleep(0.05)
        yield psutil.Process(child.pid)
    finally:
        child.terminate()
        await child.wait()


@dataclass(frozen=True)
class Measured:
    """One process under one rate."""

    cpu_us_per_advert: float
    core_percent: float
    rss_mb: float
    sent: int


async def load(bluez: VirtualBluez, child: psutil.Process, rate: int, seconds: float) -> Measured:
    """Advertise at ``rate`` and measure the child."""
    tags = RATES[rate]
    for number in range(tags):
        advertise(bluez, number, 0)
        if number % 50 == 0:
            await asyncio.sleep(0.02)
    await bluez.drain()
    await asyncio.sleep(1.5)
    start, before, sent = time.monotonic(), cpu_seconds(child.pid), 0
    while (elapsed := time.monotonic() - start) < seconds:
        while sent < int(elapsed * rate):
            advertise(bluez, sent % tags, sent // tags)
            sent += 1
        await asyncio.sleep(1 / rate)
    await bluez.drain()
    await asyncio.sleep(0.3)
    took, elapsed = cpu_seconds(child.pid) - before, time.monotonic() - start
    return Measured(took / sent * 1e6, took / elapsed * 100, child.memory_info().rss / 1e6, sent)


async def measure_bare(rate: int, seconds: float) -> Measured:
    async with VirtualBluez() as bluez, process(bluez, "-c", BARE) as child:
        return await load(bluez, child, rate, seconds)


async def measure_edge(rate: int, seconds: float, enrolled: float, port: int, folder: Path) -> tuple[Measured, int]:
    """The measurement, and how many adverts were lost."""
    (folder / "edge.yaml").write_text(f"store: bench\nedge: edge\nbroker: {{port: {port}}}\nlog: warning\n")
    async with aiomqtt.Client("127.0.0.1", port) as client, asyncio.TaskGroup() as group:
        gateway = Gateway(client, int(RATES[rate] * enrolled))
        books = group.create_task(gateway.run())
        async with VirtualBluez() as bluez:  # noqa: SIM117 (the process needs the bus)
            async with process(bluez, "-m", "nearcart_edge", "--config", str(folder / "edge.yaml")) as child:
                await asyncio.sleep(2)
                measured = await load(bluez, child, rate, seconds)
                told, after = bluez.adverts_sent, time.monotonic()
                while gateway.health is None or gateway.health.adverts_heard < told:
                    await asyncio.sleep(0.1)
                    if time.monotonic() - after > 12:
                        break
                heard = gateway.health.adverts_heard if gateway.health else 0
        books.cancel()
    return measured, told - heard


async def compare(rate: int, seconds: float, enrolled: float, rounds: int) -> dict[str, object]:
    bare, edge, lost = [], [], 0
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            async with MosquittoBroker() as broker:
                bare.append(await measure_bare(rate, seconds))
                measured, missing = await measure_edge(rate, seconds, enrolled, broker.port, Path(folder))
                edge.append(measured)
                lost += missing
    edge_us, bare_us = (median(each.cpu_us_per_advert for each in runs) for runs in (edge, bare))
    return {
        "adverts_per_s": rate,
        "tags": RATES[rate],
        "sent": sum(each.sent for each in edge),
        "lost": lost,
        "edge_cpu_us_per_advert": round(edge_us, 1),
        "bare_bleak_cpu_us_per_advert": round(bare_us, 1),
        "beyond_bleak_us_per_advert": round(edge_us - bare_us, 1),
        "edge_core_percent": round(median(each.core_percent for each in edge), 2),
        "bare_bleak_core_percent": round(median(each.core_percent for each in bare), 2),
        "edge_rss_mb": round(max(each.rss_mb for each in edge), 1),
        "bare_bleak_rss_mb": round(max(each.rss_mb for each in bare), 1),
    }


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--enrolled", type=float, default=1.0, help="share of the tags that is in the roster")
    options = parser.parse_args()
    runs = [await compare(rate, options.seconds, options.enrolled, options.rounds) for rate in RATES]
    bars = {"beyond_bleak_us_per_advert at 2660/s": 40, "lost": 0, "edge_core_percent at 300/s": 4, "edge_rss_mb": 60}
    print(json.dumps({"benchmark": "edge", "enrolled": options.enrolled, "runs": runs, "bars": bars}))


if __name__ == "__main__":
    asyncio.run(main())
