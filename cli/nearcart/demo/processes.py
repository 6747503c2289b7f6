"""The demo's processes: one broker, one gateway, one edge a radio. Each is started again when it ends by itself."""

import asyncio
import sys
from collections.abc import Callable, Mapping

from nearcart.demo.options import BrokerChoice, DemoError
from nearcart.demo.shop_folder import ShopFolder
from nearcart_gateway.shell.broker import BrokerProcess, EmbeddedBroker, MosquittoBroker, find_mosquitto
from nearcart_gateway.shell.supervised import Restart, SupervisedProcess

OnRestart = Callable[[Restart], None]

_GRACE_S = 5.0


def broker_of(choice: BrokerChoice) -> type[BrokerProcess]:
    """The broker that was asked for. Raises ``DemoError`` where Mosquitto was and is not installed."""
    installed = find_mosquitto() is not None
    if choice == "mosquitto" and not installed:
        raise DemoError("mosquitto is not installed: sudo apt-get install mosquitto, or leave --broker out")
    if choice == "embedded" or not installed:
        return EmbeddedBroker
    return MosquittoBroker


class ShopProcesses:
    """The gateway and the edges over one folder."""

    def __init__(
        self, folder: ShopFolder, clock_offset: float, buses: Mapping[str, str], on_restart: OnRestart
    ) -> None:
        """``buses``: edge to the D-Bus address of its radio."""
        self.gateway = SupervisedProcess(
            "gateway",
            [
                sys.executable,
                "-m",
                "nearcart",
                "gateway",
                "run",
                "--config",
                str(folder.config),
                f"--clock-offset={clock_offset}",
            ],
            output=folder.log("gateway"),
            on_restart=on_restart,
        )
        self.edges = {
            edge: SupervisedProcess(
                f"edge {edge}",
                [sys.executable, "-m", "nearcart_edge", "--config", str(folder.edge_config(edge))],
                environment={"DBUS_SYSTEM_BUS_ADDRESS": bus},
                output=folder.log(f"edge-{edge}"),
                on_restart=on_restart,
            )
            for edge, bus in buses.items()
        }

    @property
    def restarts(self) -> dict[str, int]:
        """Process to how often it was started again, where it was."""
        everybody = (self.gateway, *self.edges.values())
        return {process.name: process.restarts for process in everybody if process.restarts}

    async def start(self) -> None:
        """Start all at once."""
        await asyncio.gather(self.gateway.start(), *(edge.start() for edge in self.edges.values()))

    async def stop(self) -> None:
        """The edges say goodbye first, so that the gateway hears it."""
        await asyncio.gather(*(edge.stop(_GRACE_S) for edge in self.edges.values()))
        await self.gateway.stop(_GRACE_S)
