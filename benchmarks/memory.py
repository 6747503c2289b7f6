"""The whole edge process with a big roster: RSS with 5,000 IRKs (sealed, as they travel) and 10,000 tags. Prints one JSON object.

python benchmarks/memory.py
"""

import asyncio
import json
import tempfile
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import aiomqtt
import psutil
from edge import Gateway, process, tag

from nearcart_contract.edge_state import Birth
from nearcart_contract.roster import IrkIdentity, Roster, RosterEntry
from nearcart_contract.sealing import seal
from nearcart_gateway.shell.broker import MosquittoBroker
from nearcart_sim.shell.bluez.virtual_bluez import VirtualBluez

KEYS, TAGS, BAR_MB = 5000, 10_000, 75


class Roll(Gateway):
    """Sends keys beside the tags."""

    async def send_roster(self, birth: Birth) -> None:
        keys = (IrkIdentity(id=f"p-{n}", kind="irk", irk=sha256(str(n).encode()).hexdigest()[:32]) for n in range(KEYS))
        entries: list[RosterEntry] = [tag(number) for number in range(TAGS)]
        entries += [seal(key, birth.public_key) for key in keys]
        stream = uuid4()
        for number, start in enumerate(range(0, len(entries), 500), 1):
            piece = tuple(entries[start : start + 500])
            await self._send(
                "roster", Roster(stream=stream, number=number, complete=start + 500 >= len(entries), identities=piece)
            )


async def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "edge.yaml"
        async with MosquittoBroker() as broker, aiomqtt.Client("127.0.0.1", broker.port) as client:
            file.write_text(f"store: bench\nedge: edge\nbroker: {{port: {broker.port}}}\nlog: warning\n")
            gateway = Roll(client, 0)
            books = asyncio.create_task(gateway.run())
            async with VirtualBluez() as bluez:  # noqa: SIM117 (the process needs the bus)
                async with process(bluez, "-m", "nearcart_edge", "--config", str(file)) as child:
                    print(json.dumps(await measure(gateway, child)))
            books.cancel()


async def measure(gateway: Roll, child: psutil.Process) -> dict[str, object]:
    async with asyncio.timeout(120):
        while gateway.health is None or gateway.health.roster_size < KEYS + TAGS:
            await asyncio.sleep(0.5)
    await asyncio.sleep(2)
    return {
        "benchmark": "memory",
        "roster": gateway.health.roster_size,
        "rss_mb": round(child.memory_info().rss / 1e6, 1),
        "bar_mb": BAR_MB,
    }


if __name__ == "__main__":
    asyncio.run(main())
