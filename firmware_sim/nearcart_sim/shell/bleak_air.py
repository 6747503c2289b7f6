"""A bleak backend without Bluetooth and without D-Bus: a scenario's radios inside one process.

bleak's own ``BleakScanner`` stands before it, unchanged::

    play = Play(load_scenario("corner-shop"), seed=0, seconds=600)
    air = SimulatedAir(play, speed=60)
    async with BleakScanner(callback, backend=air.backend("wine")):
        await air.run()

For BlueZ itself, with its adapters, devices and faults, there is ``nearcart_sim.shell.bluez``.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner

from nearcart_contract.advertisement import Advertisement
from nearcart_sim.core.days.adverts import true_advertisements
from nearcart_sim.core.days.play import Play

_TOGETHER = 200
"""At full speed the loop gets its turn after so many packets."""


class SimulatedAir:
    """The air of one play, and the backends that listen to it."""

    def __init__(
        self, play: Play, speed: float | None = None, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        """``speed``: how many times real time; as fast as callbacks take it when nothing is said."""
        self._play = play
        self._speed = speed
        self._sleep = sleep
        self._listening: dict[str, set[_SimulatedScanner]] = {name: set() for name in play.scanners}

    def backend(self, scanner: str) -> type[BaseBleakScanner]:
        """What ``BleakScanner`` takes as ``backend`` to be this scanner. Raises ``KeyError`` for one that the scenario does not have."""
        return type("SimulatedScanner", (_SimulatedScanner,), {"listening": self._listening[scanner]})

    async def run(self) -> int:
        """Play all of it; the number of packets that reached somebody who listened. Who does not scan at the time misses them."""
        loop = asyncio.get_running_loop()
        began, passed, given = loop.time(), 0, 0
        for chunk in self._play.chunks():
            for at, advertisement in true_advertisements(self._play, chunk):
                passed += 1
                if self._speed is not None:
                    ahead = at / 1e6 / self._speed - (loop.time() - began)
                    if ahead > 0:
                        await self._sleep(ahead)
                elif passed % _TOGETHER == 0:
                    await self._sleep(0)
                for scanner in tuple(self._listening[advertisement.scanner]):
                    given += scanner.hear(advertisement)
        return given


class _SimulatedScanner(BaseBleakScanner):
    """One scanner as bleak knows it. ``listening``: those of its name that scan now."""

    listening: "set[_SimulatedScanner]"

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: str,
        **_: Any,
    ) -> None:
        """What a platform's own options ask for (``bluez``, ``cb``) has no meaning here."""
        super().__init__(detection_callback, service_uuids)

    async def start(self) -> None:
        """Listen from now on."""
        self.seen_devices = {}
        self.listening.add(self)

    async def stop(self) -> None:
        """Hear nothing more."""
        self.listening.discard(self)

    def hear(self, heard: Advertisement) -> bool:
        """Give one packet to the callbacks; whether it passed the filter."""
        uuids = list(heard.service_uuids)
        if not self.is_allowed_uuid(uuids):
            return False
        data = AdvertisementData(
            local_name=None,
            manufacturer_data=dict(heard.manufacturer_data),
            service_data=dict(heard.service_data),
            service_uuids=uuids,
            tx_power=heard.tx_power,
            rssi=heard.rssi if heard.rssi is not None else -127,
            platform_data=(),
        )
        device = self.create_or_update_device(heard.address, heard.address, None, None, data)
        self.call_detection_callbacks(device, data)
        return True
