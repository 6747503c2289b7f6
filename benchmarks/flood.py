"""A flood of strangers at a whole edge process on the virtual BlueZ: do enrolled tags enter later, does memory grow? Prints one JSON object.

    python benchmarks/flood.py [--seconds 20] [--rate 6000] [--keys 5000]

Calm, then 6,000 strangers' adverts a second from 20,000 addresses in turn: far ones (the radio's RSSI filter helps), and near ones
(it does not); then of 3,000 near ones (whose packets are passed over). All the while enrolled tags come, one every half second, with four packets a second: the
delay is from a tag's first packet to its ``enter``, a quarter of a second at best. Bar: at most 1 s later than in the calm. ``bluez_late_s`` is the longest that the virtual BlueZ itself
was behind in that time, which is no fault of the edge's: on a busy machine it is the slower of the two. With ``--keys`` those who come are phones,
each with a new private address, of so many whose keys the edge has: every stranger's address has to be tried against all of them.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from statistics import median
from uuid import uuid4

import aiomqtt
import psutil
from edge import Gateway, advertise, cpu_seconds, process

from nearcart_contract.edge_state import Birth
from nearcart_contract.presence import PresenceBatch
from nearcart_contract.roster import IrkIdentity, Roster
from nearcart_contract.sealing import seal
from nearcart_edge.core.private_address import AddressHash
from nearcart_gateway.shell.broker import MosquittoBroker
from nearcart_sim.shell.bluez.virtual_bluez import VirtualBluez

TAGS, ADDRESSES = 200, 20_000
EVERY_S, PACKETS_APART_S, PACKETS = 0.5, 0.25, 8
PHONE = {0x004C: bytes.fromhex("1005031c112233")}


@dataclass
class Listening(Gateway):
    """A gateway that notes when tags entered, on this machine's monotonic clock."""

    entered: dict[str, float] = field(default_factory=dict)
    keys: int = 0

    async def send_roster(self, birth: Birth) -> None:
        """Tags; or phones, where there are keys."""
        if not self.keys:
            await super().send_roster(birth)
            return
        stream = uuid4()
        for number, start in enumerate(range(0, self.keys, 500), 1):
            piece = tuple(seal(phone(n), birth.public_key) for n in range(start, min(start + 500, self.keys)))
            complete = start + 500 >= self.keys
            await self._send("roster", Roster(stream=stream, number=number, complete=complete, identities=piece))

    def note(self, batch: PresenceBatch) -> None:
        for transition in batch.transitions:
            if transition.kind == "enter":
                self.entered.setdefault(transition.identity, transition.stamp.monotonic)


def irk_of(number: int) -> str:
    return sha256(b"%d" % number).hexdigest()[:32]


def phone(number: int) -> IrkIdentity:
    return IrkIdentity(id=f"tag-{number}", kind="irk", irk=irk_of(number))


def advertise_phone(bluez: VirtualBluez, number: int, packet: int) -> None:
    prand = bytes([0x7F]) + number.to_bytes(2, "big")
    octets = prand + AddressHash(bytes.fromhex(irk_of(number))).of(prand)
    address = ":".join(f"{octet:02X}" for octet in octets)
    bluez.advertise("hci0", address, -60 - packet % 7, manufacturer_data=PHONE)


async def tags_come(
    bluez: VirtualBluez, first: int, seconds: float, advertise: Callable[[VirtualBluez, int, int], None]
) -> dict[str, float]:
    """When each tag's first packet was sent."""
    sent: dict[str, float] = {}

    async def come(number: int) -> None:
        sent[f"tag-{number}"] = time.monotonic()
        for packet in range(PACKETS):
            advertise(bluez, number, packet)
            await asyncio.sleep(PACKETS_APART_S)

    async with asyncio.TaskGroup() as group:
        for number in range(first, first + int(seconds / EVERY_S)):
            group.create_task(come(number))
            await asyncio.sleep(EVERY_S)
    return sent


async def strangers(bluez: VirtualBluez, rate: int, rssi: int, addresses: int, turn: int) -> None:
    """Phones of so many addresses in turn, for ever."""
    began, sent = time.monotonic(), 0
    while True:
        while sent < (time.monotonic() - began) * rate:
            octets = (0x4000_0000_0000 + turn * ADDRESSES + sent % addresses).to_bytes(6, "big")
            address = ":".join(f"{octet:02X}" for octet in octets)
            bluez.advertise("hci0", address, rssi - sent % 5, manufacturer_data=PHONE)
            sent += 1
        await asyncio.sleep(0.01)


async def lateness(bluez: VirtualBluez, worst: list[float]) -> None:
    """How long the virtual BlueZ takes to have told everything so far, at worst."""
    while True:
        began = time.monotonic()
        await bluez.drain()
        worst[0] = max(worst[0], time.monotonic() - began)
        await asyncio.sleep(0.1)


async def phase(
    bluez: VirtualBluez,
    gateway: Listening,
    child: psutil.Process,
    first: int,
    seconds: float,
    air: tuple[int, int, int] | None,
) -> dict[str, object]:
    """One stretch of time; ``air``: strangers a second, their RSSI, and of how many addresses."""
    flood = None if air is None else asyncio.create_task(strangers(bluez, *air, first))
    worst = [0.0]
    watching = asyncio.create_task(lateness(bluez, worst))
    await asyncio.sleep(2 + ADDRESSES / (air[0] if air else ADDRESSES))  # until all are known
    worst[0] = 0.0
    cpu, began = cpu_seconds(child.pid), time.monotonic()
    sent = await tags_come(bluez, first, seconds, advertise_phone if gateway.keys else advertise)
    core = (cpu_seconds(child.pid) - cpu) / (time.monotonic() - began)
    rss, late = child.memory_info().rss / 1e6, worst[0]
    watching.cancel()
    if flood is not None:
        flood.cancel()
    await bluez.drain()
    await asyncio.sleep(12)  # for health, too
    delays = [gateway.entered[tag] - at for tag, at in sent.items() if tag in gateway.entered]
    health = gateway.health
    assert health is not None
    return {
        "tags": len(sent),
        "entered": len(delays),
        "not_tried": health.addresses_not_tried,
        "delay_s_median": round(median(delays), 3),
        "delay_s_worst": round(max(delays), 3),
        "bluez_late_s": round(late, 3),
        "core_percent": round(100 * core, 1),
        "rss_mb": round(rss, 1),
        "strangers": health.strangers_dropped,
        "passed_over": health.strangers_passed_over,
        "told_by_bluez": bluez.adverts_sent,
        "received": bluez.counts("hci0").received,
    }


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=int, default=6000)
    parser.add_argument("--keys", type=int, default=0)
    options = parser.parse_args()
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "edge.yaml"
        async with MosquittoBroker() as broker, aiomqtt.Client("127.0.0.1", broker.port) as client:
            file.write_text(f"store: bench\nedge: edge\nbroker: {{port: {broker.port}}}\nlog: warning\n")
            gateway = Listening(client, TAGS, keys=options.keys)
            books = asyncio.create_task(gateway.run())
            async with VirtualBluez() as bluez:  # noqa: SIM117 (the process needs the bus)
                async with process(bluez, "-m", "nearcart_edge", "--config", str(file)) as child:
                    await asyncio.sleep(3 + options.keys / 500)
                    steps = int(options.seconds / EVERY_S)
                    for number, (name, air) in enumerate(
                        {
                            "calm": None,
                            "far": (options.rate, -92, ADDRESSES),
                            "near": (options.rate, -50, ADDRESSES),
                            "near_and_known": (options.rate, -50, 3000),
                        }.items()
                    ):
                        found[name] = await phase(bluez, gateway, child, number * steps, options.seconds, air)
            books.cancel()
    print(
        json.dumps(
            {"benchmark": "flood", "rate": options.rate, "keys": options.keys, "bar_s_later": 1.0, **found}, indent=2
        )
    )


if __name__ == "__main__":
    asyncio.run(main())
