"""Runs an agent or a recording until it is told to stop."""

import asyncio
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from nearcart_contract.edge_file import EdgeFile
from nearcart_contract.yaml_file import load_yaml
from nearcart_edge.shell.agent import EdgeAgent, adapters
from nearcart_edge.shell.coalescing_selector import coalescing_loop
from nearcart_edge.shell.logs import configure_logs
from nearcart_edge.shell.resident_memory import give_back_memory
from nearcart_edge.shell.scanner import BluezScanner, ScannerSource

if TYPE_CHECKING:
    from nearcart_edge.core.held_tag import Candidate


def read_edge_file(path: Path) -> EdgeFile:
    """An edge.yaml with its relative paths resolved. Raises ``FileProblems``, whose text is for the person who wrote it."""
    config = load_yaml(path, EdgeFile)
    folder = path.resolve().parent
    broker = config.broker
    if broker.tls_ca is not None:
        broker = broker.model_copy(update={"tls_ca": folder / broker.tls_ca})
    outbox = config.outbox.model_copy(update={"path": folder / config.outbox.path})
    return config.model_copy(update={"broker": broker, "outbox": outbox})


def run_edge(path: Path) -> None:
    """Run the agent of an edge.yaml until SIGTERM or SIGINT. Raises ``FileProblems``."""
    config = read_edge_file(path)
    configure_logs(config.log)
    with asyncio.Runner(loop_factory=coalescing_loop) as runner:
        runner.run(_run_agent(config))


def record(path: Path, config: EdgeFile | None = None, adapter: str = "hci0") -> int:
    """Write everything heard to a capture file until SIGTERM or SIGINT; gives how many adverts it wrote.

    With ``config`` its adapters are used. Raises ``OSError`` where the file can't be written.
    """
    sources = adapters(config) if config else (BluezScanner(adapter, adapter),)
    return asyncio.run(_record(path, sources))


def enrol(config: EdgeFile | None, adapter: str, within_s: float) -> "Candidate | None":
    """The tag that is held against the scanner; ``None`` when nobody holds one within so many seconds."""
    sources = adapters(config) if config else (BluezScanner(adapter, adapter),)
    return asyncio.run(_enrol(sources, within_s))


async def _enrol(sources: Sequence[ScannerSource], within_s: float) -> "Candidate | None":
    from nearcart_edge.shell.enrol import Enrolling  # an agent has no use for it in memory

    stop = asyncio.Event()
    with stopping(stop):
        return await Enrolling(sources).run(stop, within_s)


async def _run_agent(config: EdgeFile) -> None:
    stop = asyncio.Event()
    with stopping(stop):
        agent = EdgeAgent(config)
        give_back_memory()
        await agent.run(stop)


async def _record(path: Path, sources: Sequence[ScannerSource]) -> int:
    from nearcart_edge.shell.record import Recording  # an agent has no use for it in memory

    stop = asyncio.Event()
    with stopping(stop), path.open("a", encoding="utf-8") as file:
        return await Recording(file, sources).run(stop)


@contextmanager
def stopping(stop: asyncio.Event) -> Iterator[None]:
    """SIGTERM and SIGINT set ``stop``."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
