"""The demo's shop: a scenario played in real time into one virtual BlueZ an edge."""

import asyncio
import time
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from nearcart_contract.store_file import Layout, Store
from nearcart_sim.core.crowd import Crowd
from nearcart_sim.core.demo_shop import demo_people
from nearcart_sim.core.radio import RadioModel
from nearcart_sim.core.scenario import Scenario
from nearcart_sim.core.shopper import Visit
from nearcart_sim.core.world import Packet, TrueVisit, Whereabouts, World
from nearcart_sim.shell.bluez import VirtualBluez
from nearcart_sim.shell.streams import seeded

__all__ = ["SimulatedShop", "demo_scenario"]

TICK_S = 0.02
"""How often the world is brought up to the clock: a packet is up to this late, and never early."""


def demo_scenario(store: Store, seed: int = 0) -> Scenario:
    """Who walks through the demo, whom the store enrols, and their online carts."""
    return demo_people(store, seeded(seed))


class SimulatedShop:
    """Virtual radios while the context is open; people while ``play`` runs.

    Start an edge process for each of ``bus_addresses`` first: scanner i of an edge is its adapter ``hci{i}``.
    """

    def __init__(self, layout: Layout, scenario: Scenario, seed: int = 0, *, radio: RadioModel | None = None) -> None:
        self._layout = layout
        self._streams = seeded(seed)
        self._scenario = scenario
        self._radio = radio
        self._bluez = {
            edge: VirtualBluez(tuple(f"hci{number}" for number in range(len(scanners))))
            for edge, scanners in layout.edges().items()
        }
        self._antennas = {
            scanner: (self._bluez[edge], f"hci{number}")
            for edge, scanners in layout.edges().items()
            for number, scanner in enumerate(scanners)
        }
        self._stack = AsyncExitStack()
        self._world: World | None = None
        self._began = 0.0
        self._stopped: float | None = None

    async def __aenter__(self) -> Self:
        """Start all virtual radios at once. Raises ``DBusDaemonError``."""
        async with AsyncExitStack() as stack:
            await asyncio.gather(*(stack.enter_async_context(bluez) for bluez in self._bluez.values()))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def play(self) -> None:
        """Open the doors and let people walk until cancelled; from then on no tag is heard any more. Only once."""
        if self._world is not None:
            raise RuntimeError("this shop has been played already: make another")
        self._began = time.monotonic()
        self._world = World(self._layout, self._streams, radio=self._radio, starts_at=time.time())
        crowd = Crowd(self._world.floor, self._scenario, self._streams)
        coming = crowd.next_visit()
        try:
            while True:
                coming = self._let_in(self._world, crowd, coming)
                for packet in self._world.advance(self._elapsed()):
                    self._hear(packet)
                await asyncio.sleep(TICK_S)
        finally:
            self._stopped = self._elapsed()

    @property
    def bus_addresses(self) -> dict[str, str]:
        """Edge name to what its ``DBUS_SYSTEM_BUS_ADDRESS`` has to be."""
        return {edge: bluez.bus_address for edge, bluez in self._bluez.items()}

    @property
    def radios(self) -> dict[str, VirtualBluez]:
        """Edge name to its virtual BlueZ, to count or to break things."""
        return dict(self._bluez)

    @property
    def adverts_sent(self) -> int:
        """Packets told to edges that scanned at that moment; what the edges must have heard."""
        return sum(bluez.adverts_sent for bluez in self._bluez.values())

    def scanning(self) -> bool:
        """Whether every adapter is being scanned with; before that, packets go unheard."""
        return all(bluez.discovering(adapter) for bluez, adapter in self._antennas.values())

    def people(self) -> list[Whereabouts]:
        """Who is inside now, and where."""
        return self._world.truth(self._now()) if self._world else []

    def visits(self) -> list[TrueVisit]:
        """The true stays so far, in Unix seconds of this machine. Who was inside when the play ended has left then."""
        if self._world is None:
            return []
        visits = self._world.visits(self._now())
        if self._stopped is None:
            return visits
        ended = self._world.starts_at + self._stopped
        return [
            visit
            if visit.left_at is not None
            else TrueVisit(visit.shopper, visit.kind, visit.number, visit.entered_at, ended)
            for visit in visits
        ]

    def _let_in(self, world: World, crowd: Crowd, coming: Visit) -> Visit:
        """Everybody whose time has come; the one who comes after them."""
        while coming.route.entered_at <= self._elapsed():
            world.add(coming)
            coming = crowd.next_visit()
        return coming

    def _hear(self, packet: Packet) -> None:
        heard = packet.advertisement
        bluez, adapter = self._antennas[heard.scanner]
        bluez.advertise(
            adapter,
            heard.address,
            heard.rssi if heard.rssi is not None else 0,
            manufacturer_data=heard.manufacturer_data,
            service_data=heard.service_data,
            service_uuids=heard.service_uuids,
            tx_power=heard.tx_power,
        )

    def _elapsed(self) -> float:
        return time.monotonic() - self._began

    def _now(self) -> float:
        return self._elapsed() if self._stopped is None else self._stopped
