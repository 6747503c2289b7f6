"""An unmodified bleak on a virtual BlueZ."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from dbus_fast import Message
from dbus_fast.aio.message_bus import MessageBus

from nearcart_sim.shell.bluez import VirtualBluez

WITHIN_S = 15.0


async def until(condition: Callable[[], Any], seconds: float = WITHIN_S) -> None:
    """Wait for a condition; fails when it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not come"
        await asyncio.sleep(0.005)


class Ear:
    """A BleakScanner and all that it was told."""

    def __init__(self, adapter: str = "hci0", **bluez: Any) -> None:
        self.heard: list[tuple[str, AdvertisementData]] = []
        arguments = {"adapter": adapter, **(bluez or {"filters": {"DuplicateData": True}})}
        mode = "passive" if "or_patterns" in bluez else "active"
        self.scanner = BleakScanner(self._callback, scanning_mode=mode, bluez=arguments)  # type: ignore[arg-type]

    @property
    def rssi(self) -> list[int]:
        return [data.rssi for _, data in self.heard]

    @property
    def addresses(self) -> Counter[str]:
        return Counter(address for address, _ in self.heard)

    def _callback(self, device: BLEDevice, data: AdvertisementData) -> None:
        self.heard.append((device.address, data))


class Client:
    """Any other D-Bus client of BlueZ."""

    def __init__(self, bus: MessageBus) -> None:
        self.bus = bus

    async def call(
        self, path: str, interface: str, member: str, signature: str = "", body: list[Any] | None = None
    ) -> Message:
        reply = await self.bus.call(
            Message(
                destination="org.bluez",
                path=path,
                interface=interface,
                member=member,
                signature=signature,
                body=body or [],
            )
        )
        assert reply is not None
        return reply

    async def adapter(self, member: str, signature: str = "", body: list[Any] | None = None) -> Message:
        return await self.call("/org/bluez/hci0", "org.bluez.Adapter1", member, signature, body)


@pytest.fixture
def wait_until() -> Callable[..., Any]:
    return until


@pytest.fixture
async def bluez(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[VirtualBluez]:
    """Two adapters; bleak finds them."""
    async with VirtualBluez(("hci0", "hci1")) as bluez:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bluez.bus_address)
        yield bluez


@pytest.fixture
async def client(bluez: VirtualBluez) -> AsyncIterator[Client]:
    """A client beside bleak."""
    bus = await MessageBus(bus_address=bluez.bus_address).connect()
    yield Client(bus)
    bus.disconnect()
