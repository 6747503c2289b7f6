"""Runs every edge of a bridge.yaml in one process until it is told to stop."""

import asyncio
from pathlib import Path
from random import Random

from nearcart_contract.bridge_file import BridgeFile
from nearcart_contract.broker import Broker
from nearcart_contract.edge_file import EdgeFile
from nearcart_contract.yaml_file import load_yaml
from nearcart_edge.core.scanners.settings import settings_of, tracking_of
from nearcart_edge.shell.agent import EdgeAgent
from nearcart_edge.shell.bridge.ear import Ear
from nearcart_edge.shell.bridge.source import BridgedSource
from nearcart_edge.shell.clock import SystemClock
from nearcart_edge.shell.light_structlog import Log, structlog
from nearcart_edge.shell.logs import configure_logs
from nearcart_edge.shell.resident_memory import give_back_memory
from nearcart_edge.shell.run import stopping


def read_bridge_file(path: Path) -> BridgeFile:
    """A bridge.yaml with its relative paths resolved. Raises ``FileProblems``, whose text is for the person who wrote it."""
    config = load_yaml(path, BridgeFile)
    folder = path.resolve().parent
    outbox = config.outbox.model_copy(update={"path": folder / config.outbox.path})
    return config.model_copy(
        update={
            "broker": _resolved(config.broker, folder),
            "listen": _resolved(config.listen or config.broker, folder),
            "outbox": outbox,
        }
    )


def run_bridge(path: Path) -> None:
    """Run all edges of a bridge.yaml until SIGTERM or SIGINT. Raises ``FileProblems``."""
    config = read_bridge_file(path)
    configure_logs(config.log)
    asyncio.run(_run(config))


async def _run(config: BridgeFile) -> None:
    stop = asyncio.Event()
    with stopping(stop):
        bridge = Bridge(config)
        give_back_memory()
        await bridge.run(stop)


class Bridge:
    """The edges, and the one connection on which their scanners are heard."""

    def __init__(self, config: BridgeFile, *, random: Random | None = None, log: Log | None = None) -> None:
        random = random or Random()  # noqa: S311
        log = log or structlog.get_logger("nearcart.bridge")
        clock = SystemClock()
        sources = {
            name: BridgedSource(settings_of(name, scanner), clock, log) for name, scanner in config.scanners.items()
        }
        self.agents = tuple(
            EdgeAgent(
                edge_file(config, edge),
                sources=[sources[name] for name in names],
                clock=clock,
                random=random,
                log=log.bind(edge=edge),
            )
            for edge, names in config.edges().items()
        )
        first = next(iter(config.edges()))
        self._ear = Ear(
            config.listen or config.broker, f"nearcart-{config.store}-{first}-ear", tuple(sources.values()), random, log
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set, then say goodbye."""
        async with asyncio.TaskGroup() as group:
            ear = group.create_task(self._ear.run())
            for agent in self.agents:
                group.create_task(agent.run(stop))
            await stop.wait()
            ear.cancel()


def edge_file(config: BridgeFile, edge: str) -> EdgeFile:
    """The edge.yaml that an edge of this bridge would have."""
    names = config.edges()[edge]
    broker, login = config.broker, config.logins.get(edge)
    if login is not None:
        broker = broker.model_copy(update={"username": login.username, "password": login.password})
    path = config.outbox.path
    return EdgeFile(
        store=config.store,
        edge=edge,
        broker=broker,
        tracking=tracking_of(config.scanners[names[0]]),
        outbox=config.outbox.model_copy(update={"path": path.with_name(f"{path.stem}-{edge}{path.suffix}")}),
        log=config.log,
    )


def _resolved(broker: Broker, folder: Path) -> Broker:
    return broker if broker.tls_ca is None else broker.model_copy(update={"tls_ca": folder / broker.tls_ca})
