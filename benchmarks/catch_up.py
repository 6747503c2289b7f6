"""An edge that was without its gateway for a day meets it again: how long until it has caught up, and how late are live events meanwhile?

    python benchmarks/catch_up.py [--transitions 10000]

The agent (in this process, with a scripted radio), Mosquitto, and the real gateway as a process of its own, all on real disks. Live enters are made
twenty times a second from the moment on that the edge is connected; each is late by the time from the enter to the gateway's ack that has it on
disk. Bar: 1 s. Prints one JSON object.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
import uuid
from pathlib import Path

from gateway import enrol, free_port, store_file

from nearcart_contract.advertisement import Advertisement
from nearcart_contract.edge_file import EdgeFile
from nearcart_contract.presence import Ack, Stamp
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_edge.core.presence import PresenceEvent
from nearcart_edge.shell.agent import EdgeAgent
from nearcart_edge.shell.clock import SystemClock
from nearcart_edge.shell.logs import configure_logs
from nearcart_edge.shell.outbox import Outbox, Unnumbered
from nearcart_edge.shell.scanner import Listener
from nearcart_gateway.shell.broker import MosquittoBroker

DAY_S, TAGS, LIVE = 86_400.0, 500, 60
PAYLOAD = bytes.fromhex("0215" + uuid.UUID(int=7).hex)


class Radio:
    """Hears a new tag twenty times a second, when it is told to."""

    scanner = "edge-0"

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.done = asyncio.Event()

    async def run(self, listener: Listener) -> None:
        listener.found(self.scanner)
        await self.go.wait()
        for number in range(LIVE):
            payload = PAYLOAD + (0).to_bytes(2, "big") + number.to_bytes(2, "big") + b"\xc5"
            listener.heard(Advertisement(time.time(), self.scanner, "C4:64:E3:00:00:01", -60, {0x004C: payload}))
            await asyncio.sleep(0.05)
        self.done.set()
        await asyncio.Event().wait()


def fill(path: Path, identities: list[str], count: int) -> None:
    """A day's transitions of an epoch before this one."""
    clock = SystemClock()
    outbox = Outbox(path, uuid.uuid4(), time.time() - DAY_S)
    entries = []
    for number in range(count):
        age = DAY_S * (count - number) / count
        stamp = Stamp(at=time.time() - age, monotonic=max(0.0, clock.monotonic() - age), boot=clock.boot)
        kind = "exit" if number % 2 else "enter"
        cause = "silence" if number % 2 else None
        identity = identities[LIVE + number // 2 % (TAGS - LIVE)]
        entries.append(Unnumbered(PresenceEvent(kind, identity, "edge-0", 0.0, -60, cause), stamp))
    for start in range(0, count, 1000):
        outbox.append(entries[start : start + 1000])
    outbox.close()


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transitions", type=int, default=10_000)
    count = parser.parse_args().transitions
    configure_logs("error")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        async with MosquittoBroker() as broker:
            (home / "store.yaml").write_text(store_file(broker.port, free_port()))
            (home / "offers").mkdir()
            store = load_yaml(home / "store.yaml", Store)
            fill(home / "outbox.sqlite", enrol(home / store.database, TAGS), count)
            gateway = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "nearcart", "gateway", "run", "--config", str(home / "store.yaml"),
                stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            try:
                await asyncio.sleep(4)
                print(json.dumps(await measure(home, broker.port, count)))
            finally:
                gateway.terminate()
                await gateway.wait()


async def measure(home: Path, port: int, count: int) -> dict[str, object]:
    config = EdgeFile.model_validate(
        {
            "store": "bench",
            "edge": "edge-0",
            "broker": {"port": port},
            "tracking": {"enter_packets": 1},
            "outbox": {"path": home / "outbox.sqlite"},
        }
    )
    radio = Radio()
    agent = EdgeAgent(config, sources=[radio])
    transitions, stop = agent._transitions, asyncio.Event()
    made: list[float] = []
    late: list[float] = []
    record, acknowledge = transitions.record, transitions.acknowledge

    def recording(events: list[PresenceEvent]) -> None:
        made.extend(event.at for event in events if event.kind == "enter")
        record(events)

    async def acknowledging(ack: Ack) -> None:
        await acknowledge(ack)
        if ack.epoch == agent.epoch:
            late.extend(time.monotonic() - at for at in made[len(late) : ack.committed])

    transitions.record = recording  # type: ignore[method-assign,assignment]
    transitions.acknowledge = acknowledging  # type: ignore[method-assign]
    running = asyncio.create_task(agent.run(stop))
    while agent._pipeline.enrolled < TAGS:  # the roster is there; the backlog is on its way already
        await asyncio.sleep(0.001)
    radio.go.set()
    began = time.monotonic()
    while transitions.waiting - len(made) + len(late) > 0:
        await asyncio.sleep(0.005)
    caught_up = time.monotonic() - began
    await radio.done.wait()
    async with asyncio.timeout(60):
        while len(late) < LIVE:
            await asyncio.sleep(0.01)
    stop.set()
    await running
    return {
        "benchmark": "catch_up",
        "transitions": count,
        "caught_up_after_s": round(caught_up, 2),
        "live_enters": len(late),
        "live_late_s_worst": round(max(late), 3),
        "bar_s": 1.0,
    }


if __name__ == "__main__":
    asyncio.run(main())
