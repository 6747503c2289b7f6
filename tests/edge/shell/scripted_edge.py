"""An edge process for tests: the real agent, hearing a new tag every few milliseconds. Arguments: edge.yaml, how many tags."""

import asyncio
import signal
import sys
from pathlib import Path

from nearcart_contract.advertisement import Advertisement
from nearcart_edge.shell.agent import EdgeAgent
from nearcart_edge.shell.logs import configure_logs
from nearcart_edge.shell.run import read_edge_file
from nearcart_edge.shell.scanner import Listener

PAYLOAD = bytes.fromhex("0215fda50693a4e24fb1afcfc6eb07647825000a")


class ScriptedRadio:
    """Hears each tag twice, which is an enter."""

    scanner = "till"

    def __init__(self, tags: int) -> None:
        self._tags = tags
        self.agent: EdgeAgent | None = None

    async def run(self, listener: Listener) -> None:
        listener.found(self.scanner)
        assert self.agent is not None
        while self.agent._pipeline.enrolled < self._tags:
            await asyncio.sleep(0.01)
        for minor in range(self._tags):
            tag = Advertisement(
                0.0, self.scanner, "C4:64:E3:00:00:01", -60, {0x004C: PAYLOAD + minor.to_bytes(2, "big") + b"\xc5"}
            )
            listener.heard(tag)
            listener.heard(tag)
            await asyncio.sleep(0.005)
        await asyncio.Event().wait()


async def main(file: Path, tags: int) -> None:
    configure_logs("warning")
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    radio = ScriptedRadio(tags)
    radio.agent = EdgeAgent(read_edge_file(file), sources=[radio])
    await radio.agent.run(stop)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
