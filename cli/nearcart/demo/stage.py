"""Puts a demo's parts together, started as far as possible at once: a store's worth of processes takes seconds otherwise."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from nearcart.demo.clocks import offset_to_opening
from nearcart.demo.edge_watch import EdgeWatch
from nearcart.demo.opening import enrol, on_roster
from nearcart.demo.options import DemoOptions
from nearcart.demo.processes import OnRestart, ShopProcesses, broker_of
from nearcart.demo.shop_folder import ShopFolder, example_store, lay_out
from nearcart_gateway.shell.broker import BrokerProcess, free_port, port_is_free
from nearcart_sim.core.scenario import Scenario
from nearcart_sim.shell.phones import PhoneListener
from nearcart_sim.shell.shop import SimulatedShop, demo_scenario


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that one demo is made of, started. ``clock_offset``: seconds from this machine's clock to the shop's."""

    folder: ShopFolder
    scenario: Scenario
    broker: BrokerProcess
    shop: SimulatedShop
    processes: ShopProcesses
    phones: PhoneListener
    watch: EdgeWatch
    clock_offset: float
    page: str

    def clock(self) -> float:
        """The shop's time, Unix seconds."""
        return time.time() + self.clock_offset

    @property
    def edges(self) -> tuple[str, ...]:
        return tuple(self.processes.edges)

    @property
    def enrolled(self) -> frozenset[str]:
        """The shoppers whom the edges know."""
        return frozenset(entry.id for entry in self.scenario.visitors if on_roster(entry))

    @property
    def identities(self) -> int:
        """How many identities an edge's roster has."""
        return sum(len(entry.identities) for entry in self.scenario.visitors if on_roster(entry))


@asynccontextmanager
async def staged(options: DemoOptions, on_restart: OnRestart) -> AsyncIterator[Stage]:
    """The parts, running; stopped in the order in which nothing is lost, also when starting fails half-way.

    Raises ``DemoError``, ``BrokerError``, ``DBusDaemonError`` or ``FileProblems``, each with a sentence for the operator.
    """
    async with AsyncExitStack() as stack:
        path = options.folder or Path(mkdtemp(prefix="nearcart-demo-"))
        if options.folder is None:
            stack.callback(shutil.rmtree, path, ignore_errors=True)
        broker = broker_of(options.broker)(output=path / "logs" / "broker.log", on_restart=on_restart)
        page_port = options.port if port_is_free("127.0.0.1", options.port) else free_port()
        folder = lay_out(options.store or example_store(), path, broker.port, page_port)
        offset = offset_to_opening(folder.store.zone_info, time.time())
        scenario = demo_scenario(folder.store, options.seed)
        shop = SimulatedShop(folder.store, scenario, options.seed)
        await _all(
            stack.enter_async_context(broker),
            stack.enter_async_context(shop),
            asyncio.to_thread(enrol, folder, scenario, options.seed, time.time() + offset),
        )
        phones = PhoneListener(broker.host, broker.port, folder.store.store)
        await stack.enter_async_context(phones.listening())
        watch = EdgeWatch(broker.port, folder.store.store)
        await stack.enter_async_context(watch.watching())
        processes = ShopProcesses(folder, offset, shop.bus_addresses, on_restart)
        stack.push_async_callback(processes.stop)
        await processes.start()
        yield Stage(folder, scenario, broker, shop, processes, phones, watch, offset, f"http://127.0.0.1:{page_port}")


async def _all(*work: Awaitable[object]) -> None:
    """All of it to its end, then the first failure: what was started beside it must be known to be stopped."""
    for result in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
