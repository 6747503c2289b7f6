"""Proof on real parts: an unmodified Theengs Gateway scans our virtual BlueZ, and its MQTT messages are presence in our gateway. Prints one JSON object.

    make theengs [ARGS="--seconds 30 --options '-padv 1 -D 0 -gs 0' --beside --newest-bluez --record messages.jsonl"]

TheengsGateway (GPL-3.0) is never a part of nearcart: ``make theengs`` installs it from PyPI into an environment of its own (build/theengs), and it runs there
as a process of its own. Five devices are on the air, proven by iBeacon, Eddystone-UID, Eddystone-EID, IRK (a new address every 12 s) and encrypted
BTHome, among twenty strangers; Mosquitto has the passwords and rights of ``nearcart init`` and docs/scanners.md. They come, stay, go, come
again, and then the Theengs Gateway is killed. ``--beside`` runs an edge of ours on the same adapter and compares. Exit code 1 where something was not so.
"""

import argparse
import asyncio
import json
import os
import shlex
import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiomqtt
from _theengs_air import Air, Device, devices, strangers
from _theengs_store import ProofStore, process

from nearcart_contract.presence import PresenceBatch, Transition
from nearcart_contract.samples import Samples
from nearcart_contract.topics import parse_edge_topic
from nearcart_gateway.shell.broker import MosquittoBroker
from nearcart_gateway.shell.storage.database import connect_reading
from nearcart_sim.shell.bluez import VirtualBluez

THEENGS = Path(__file__).parents[1] / "build" / "theengs" / "bin" / "TheengsGateway"
OPTIONS = "-padv 1 -D 0 -gs 0 -sd 60 -tb 0"
"""What docs/scanners.md recommends."""

PATIENCE_S = 60.0


@dataclass
class Heard:
    """What an edge said: transitions with the time they came, and each packet's RSSI."""

    transitions: list[tuple[float, Transition]] = field(default_factory=list)
    packets: dict[str, list[int]] = field(default_factory=dict)

    def of(self, kind: str, identity: str) -> list[tuple[float, Transition]]:
        return [each for each in self.transitions if (each[1].kind, each[1].identity) == (kind, identity)]


@dataclass
class Observer:
    """Listens as the gateway does, and to what the Theengs Gateway publishes."""

    edges: dict[str, Heard] = field(default_factory=lambda: {"bridge": Heard(), "own": Heard()})
    theirs: list[dict[str, Any]] = field(default_factory=list)

    async def edges_speak(self, client: aiomqtt.Client) -> None:
        await client.subscribe([("nearcart/v1/proof/edge/+/presence", 1), ("nearcart/v1/proof/edge/+/samples", 0)])
        async for message in client.messages:
            topic = parse_edge_topic(message.topic.value)
            assert isinstance(message.payload, bytes)
            if topic.channel == "presence":
                batch = PresenceBatch.model_validate_json(message.payload)
                self.edges[topic.edge].transitions += [(time.time(), each) for each in batch.transitions]
            else:
                for sample in Samples.model_validate_json(message.payload).samples:
                    packets = self.edges[topic.edge].packets.setdefault(sample.identity, [])
                    packets += [rssi for _, rssi in sample.packets]

    async def theengs_speaks(self, client: aiomqtt.Client) -> None:
        await client.subscribe("home/#")
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            self.theirs.append(
                {
                    "at": time.time(),
                    "topic": message.topic.value,
                    "payload": message.payload.decode(),
                    "retain": message.retain,
                }
            )


async def until(condition: Any, what: str) -> None:
    """Wait for what must come. Raises ``TimeoutError`` saying what did not."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {PATIENCE_S:g} s")
        await asyncio.sleep(0.02)


class Proof:
    """One run in a folder of its own."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder = folder
        self.options = options
        self.store = ProofStore(folder)
        self.devices = devices()
        self.observer = Observer()
        self.running: dict[str, asyncio.subprocess.Process] = {}

    async def run(self) -> dict[str, Any]:
        async with AsyncExitStack() as stack:
            bluez = await stack.enter_async_context(VirtualBluez(rssi_needs_proximity=self.options.newest_bluez))
            await stack.enter_async_context(
                MosquittoBroker(port=self.store.port, config=self.store.mosquitto, output=self.folder / "mosquitto.log")
            )
            for device in self.devices:
                self.store.enrol(device)
            stack.push_async_callback(self._end)
            await self._start(bluez.bus_address)
            await self._listen(stack)
            air = Air(bluez, [*self.devices, *strangers()])
            flying = asyncio.create_task(air.run())
            try:
                return await self._act(air)
            finally:
                flying.cancel()
                with suppress(asyncio.CancelledError):
                    await flying

    async def _act(self, air: Air) -> dict[str, Any]:
        names = {device.name for device in self.devices}
        await until(lambda: len(self._told()) > 20, "what the Theengs Gateway hears of strangers")
        arrived = time.time()
        air.silent -= names
        await self._until_all("enter", 1)
        await asyncio.sleep(self.options.seconds)
        air.silent |= names
        left = time.time()
        await asyncio.sleep(1.0)  # the last samples are on their way
        self.sent = {device.name: len(device.sent) for device in self.devices}
        packets = {edge: {key: list(rssi) for key, rssi in heard.packets.items()} for edge, heard in self._edges()}
        await self._until_all("exit", 1)
        await until(lambda: len(self._visits("left")) == len(names), "the end of the visits")
        before_return = Counter(each.kind for _, each in self.observer.edges["bridge"].transitions)
        air.silent -= names
        await self._until_all("enter", 2)
        killed = time.time()
        self.running["theengs"].kill()
        await self._until_all("exit", 2)
        if not self.options.beside:  # an edge that still hears them keeps their visits open, rightly
            await until(lambda: len(self._visits("sensor_lost")) == len(names), "the end of the visits, sensor lost")
        return self._figures(arrived, left, killed, packets, before_return)

    def _figures(
        self, arrived: float, left: float, killed: float, packets: dict[str, Any], before_return: Counter[str]
    ) -> dict[str, Any]:
        strangers_told = sum(each.get("id", "").startswith(("4A:", "DA:")) for each in self._told())
        causes = {str(exit_.cause) for _, exit_ in self.observer.edges["bridge"].transitions[-len(self.devices) :]}
        decided = self._rows("SELECT COUNT(*) FROM decisions WHERE outcome = 'sent'")[0][0]
        figures: dict[str, Any] = {
            "theengs": self.options.options,
            "proven": sorted(self._identity_names(self.observer.edges["bridge"])),
            "transitions_while_there": dict(before_return),
            "visits_left": len(self._visits("left")),
            "visits_sensor_lost": len(self._visits("sensor_lost")),
            "offers": decided,
            "exits_after_kill": sorted(causes),
            "s_from_kill_to_last_exit": round(
                max(at for at, each in self.observer.edges["bridge"].transitions if each.kind == "exit") - killed, 2
            ),
            "their_messages_of_strangers": strangers_told,
            "edges": {
                edge: self._edge_figures(heard, arrived, left, packets[edge])
                for edge, heard in self._edges()
                if heard.transitions
            },
        }
        figures["ok"] = (
            len(figures["proven"]) == len(self.devices)
            and before_return == Counter(enter=len(self.devices), exit=len(self.devices))
            and causes == {"scanner_lost"}
            and figures["offers"] >= len(self.devices)
        )
        return figures

    def _edge_figures(self, heard: Heard, arrived: float, left: float, packets: dict[str, list[int]]) -> dict[str, Any]:
        names = self._names()
        enters = [at - arrived for identity in names for at, _ in heard.of("enter", identity)[:1]]
        exits = [
            at - max(sent for sent in self._device(names[identity]).sent if sent < left + 1)
            for identity in names
            for at, _ in heard.of("exit", identity)[:1]
        ]
        got = sum(len(rssi) for identity, rssi in packets.items() if identity in names)
        return {
            "s_to_enter": {"median": round(statistics.median(enters), 1), "worst": round(max(enters), 1)},
            "s_from_last_packet_to_exit": {"median": round(statistics.median(exits), 1), "worst": round(max(exits), 1)},
            "packets_percent": round(100 * got / sum(self.sent.values()), 1),
            "rssi_changes_percent": _changes(packets),
        }

    async def _start(self, bus: str) -> None:
        python, log = sys.executable, self.folder
        self.running["gateway"] = await process(
            python, "-m", "nearcart", "gateway", "run", "--config", str(self.store.config), log=log / "gateway.log"
        )
        self.running["bridge"] = await process(
            python, "-m", "nearcart", "edge", "bridge", "--config", str(self.store.folder / "bridge.yaml"),
            log=log / "bridge.log",
        )  # fmt: skip
        if self.options.beside:
            self.running["own"] = await process(
                python, "-m", "nearcart", "edge", "run", "--config", str(self.store.folder / "edge-own.yaml"),
                log=log / "own.log", DBUS_SYSTEM_BUS_ADDRESS=bus,
            )  # fmt: skip
        self.running["theengs"] = await process(
            str(THEENGS), "-c", str(self.store.theengs_file()), *shlex.split(self.options.options),
            log=log / "theengs.log", DBUS_SYSTEM_BUS_ADDRESS=bus,
        )  # fmt: skip

    async def _listen(self, stack: AsyncExitStack) -> None:
        user, password = self.store.gateway_login()
        gateway = await stack.enter_async_context(
            aiomqtt.Client("127.0.0.1", self.store.port, username=user, password=password)
        )
        theirs = await stack.enter_async_context(
            aiomqtt.Client("127.0.0.1", self.store.port, username="edge-bridge", password=self.store.bridge_password())
        )
        for work in (self.observer.edges_speak(gateway), self.observer.theengs_speaks(theirs)):
            task = asyncio.create_task(work)
            stack.callback(task.cancel)

    async def _until_all(self, kind: str, times: int) -> None:
        """Every edge that runs has said so of every device."""
        speaking = ["bridge"] if not self.options.beside or times > 1 else ["bridge", "own"]
        await until(
            lambda: all(
                len(self.observer.edges[edge].of(kind, identity)) >= times
                for edge in speaking
                for identity in self._names()
            ),
            f"{kind} {times} of all of {', '.join(self._names().values())}",
        )

    async def _end(self) -> None:
        for name in ("theengs", "own", "bridge", "gateway"):
            running = self.running.get(name)
            if running is not None and running.returncode is None:
                running.terminate()
                await running.wait()

    def _told(self) -> list[dict[str, Any]]:
        return [json.loads(each["payload"]) for each in self.observer.theirs if "BTtoMQTT" in each["topic"]]

    def _edges(self) -> list[tuple[str, Heard]]:
        return list(self.observer.edges.items())

    def _names(self) -> dict[str, str]:
        """Identity to device."""
        return dict(self._rows("SELECT id, visitor FROM identities"))

    def _identity_names(self, heard: Heard) -> set[str]:
        names = self._names()
        return {names[each.identity] for _, each in heard.transitions if each.kind == "enter"}

    def _device(self, name: str) -> Device:
        return next(device for device in self.devices if device.name == name)

    def _visits(self, reason: str) -> list[tuple[Any, ...]]:
        return self._rows("SELECT id FROM visits WHERE exit_reason = ?", reason)

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        database = connect_reading(self.store.folder / "nearcart.sqlite")
        try:
            return database.execute(query, values).fetchall()
        finally:
            database.close()


def _changes(packets: dict[str, list[int]]) -> float:
    """How many packets have another RSSI than the one before; on the air it is two of three."""
    pairs = [pair for rssi in packets.values() for pair in pairwise(rssi)]
    return round(100 * sum(before != after for before, after in pairs) / len(pairs), 1)


async def main(options: argparse.Namespace) -> int:
    if not THEENGS.exists():
        print(f"{THEENGS} is not there: run it with make theengs", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # Mosquitto gives up root, and then reads its files
        proof = Proof(Path(folder), options)
        try:
            figures = await proof.run()
        except TimeoutError as error:
            for log in sorted(Path(folder).glob("*.log")):
                print(f"--- {log.name}\n{log.read_text()[-3000:]}", file=sys.stderr)
            print(f"{error}", file=sys.stderr)
            return 1
        finally:
            if options.record:
                options.record.write_text("".join(json.dumps(each) + "\n" for each in proof.observer.theirs))
    print(json.dumps({"proof": "theengs", "cpus": os.cpu_count(), **figures}))
    return 0 if figures["ok"] else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long everybody stays")
    parser.add_argument("--options", default=OPTIONS, help="of the Theengs Gateway")
    parser.add_argument("--beside", action="store_true", help="an edge of ours on the same adapter")
    parser.add_argument(
        "--newest-bluez", action="store_true", help="a bluetoothd that tells RSSI only to who filters by it"
    )
    parser.add_argument("--record", type=Path, help="write what the Theengs Gateway published to this file")
    sys.exit(asyncio.run(main(parser.parse_args())))
