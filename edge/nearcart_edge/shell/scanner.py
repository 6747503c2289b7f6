"""The radio: bleak's BlueZ backend, started again whenever it fails or falls silent."""

import asyncio
import time
from collections.abc import Collection
from contextlib import suppress
from typing import Literal, Protocol

from bleak import BleakScanner
from bleak.args.bluez import BlueZScannerArgs, OrPattern
from bleak.assigned_numbers import AdvertisementDataType
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback
from bleak.exc import BleakError
from dbus_fast.errors import DBusError

from nearcart_contract.advertisement import Advertisement
from nearcart_edge.core.formats.registry import MANUFACTURER_STARTS, SERVICE_STARTS
from nearcart_edge.core.radio_health import RadioHealth, Remedy
from nearcart_edge.shell.adapter_watch import AdapterWatch, adapter_sentence, another_adapter, power_cycle

CHECK_EVERY_S = 5.0
"""How often BlueZ is asked whether it still scans: bleak does not notice a restarted bluetoothd (habluetooth has the same)."""

LOWEST_RSSI = -127
"""Lets every packet through, and makes bluetoothd tell each one's RSSI: since July 2026 it tells only jumps of 8 dB to whoever
sets no RSSI filter (github.com/bluez/bluez/pull/2314)."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 8.0

_WORDS: dict[Remedy, str] = {
    "scan": "starting its scan again",
    "power": "switching it off and on",
    "mode": "scanning in the other mode",
    "adapter": "looking for another adapter",
}

_RSSI_RANGE = range(-126, 21)
"""bleak says -127 where BlueZ said nothing, and the Core specification keeps 127 for that (Vol 4 Part E 7.7.65.2)."""

_PASSIVE_PATTERNS = [
    OrPattern(at, kind, prefix)
    for kind, starts in (
        (AdvertisementDataType.MANUFACTURER_SPECIFIC_DATA, MANUFACTURER_STARTS),
        (AdvertisementDataType.SERVICE_DATA_UUID16, SERVICE_STARTS),
    )
    for at, prefix in starts
]
"""What BlueZ is to pass on in passive mode: the formats that this edge decodes."""


class Listener(Protocol):
    """Who is told of a radio. ``heard`` is called for every packet and must be quick."""

    def heard(self, advertisement: Advertisement) -> None: ...

    def found(self, scanner: str) -> None:
        """The radio scans."""

    def lost(self, scanner: str, problem: str) -> None:
        """The radio does not scan; ``problem`` says why and how to mend it."""


class ScannerSource(Protocol):
    """One scanner: a radio, or in tests something that stands in for one."""

    @property
    def scanner(self) -> str: ...

    async def run(self, listener: Listener) -> None:
        """Scan for ever."""


class BluezScanner:
    """One Bluetooth adapter of this machine. ``others`` are adapters that are spoken for: it never moves to one of them."""

    def __init__(
        self,
        adapter: str,
        scanner: str,
        mode: Literal["active", "passive"] = "active",
        others: Collection[str] = (),
    ) -> None:
        self.scanner = scanner
        self._adapter = adapter
        self._mode: Literal["active", "passive"] = mode
        self._others = frozenset(others)
        self._health = RadioHealth(time.monotonic())
        self._refused = 0

    async def run(self, listener: Listener) -> None:
        """Scan for ever; what goes wrong is told to the listener and mended by a ladder of remedies."""
        pause = FIRST_PAUSE_S
        while True:
            started = time.monotonic()
            remedy: Remedy | None = None
            try:
                remedy = done = await self._scan(listener)
            except (BleakError, DBusError, OSError, EOFError) as error:
                listener.lost(self.scanner, adapter_sentence(self._adapter, error))
                remedy = self._after_refusal(error)
                kept_on = time.monotonic() - started > LONGEST_PAUSE_S
                pause = FIRST_PAUSE_S if kept_on else min(2 * pause, LONGEST_PAUSE_S)
                await asyncio.sleep(FIRST_PAUSE_S if remedy else pause)
            else:
                if self._health.deaf:
                    listener.lost(self.scanner, f"adapter {self._adapter} went deaf: {_WORDS[done]}")
            if remedy is not None:
                await self._apply(remedy)

    def _after_refusal(self, error: Exception) -> Remedy | None:
        """A scan that BlueZ says is in progress, twice in a row, is one that nobody can end by asking."""
        self._refused = self._refused + 1 if "InProgress" in str(error) else 0
        return self._health.failed(time.monotonic()) if self._refused > 1 else None

    async def _apply(self, remedy: Remedy) -> None:
        if remedy == "power":
            with suppress(DBusError, OSError, EOFError):
                await power_cycle(self._adapter)
        elif remedy == "mode":
            self._mode = "passive" if self._mode == "active" else "active"
        elif remedy == "adapter":
            with suppress(DBusError, OSError, EOFError):
                self._adapter = await another_adapter(self._adapter, self._others) or self._adapter

    async def _scan(self, listener: Listener) -> Remedy:
        """Scan until a remedy is needed. Raises what bleak and D-Bus raise."""
        scanner = BleakScanner(self._callback(listener), scanning_mode=self._mode, bluez=self._arguments())
        async with AdapterWatch(self._adapter, discovering=self._mode == "active") as watch:
            await scanner.start()
            try:
                self._refused = 0
                listener.found(self.scanner)
                while True:
                    await asyncio.sleep(CHECK_EVERY_S)
                    await watch.check()
                    remedy = self._health.remedy(time.monotonic())
                    if remedy is not None:
                        return remedy
            finally:
                # BlueZ may be gone, or have stopped already; neither is news here.
                with suppress(BleakError, DBusError, OSError, EOFError, AssertionError):
                    await scanner.stop()

    def _callback(self, listener: Listener) -> AdvertisementDataCallback:
        def heard(device: BLEDevice, data: AdvertisementData) -> None:
            empty = not (data.manufacturer_data or data.service_data or data.service_uuids)
            self._health.hear(device.address, time.monotonic(), empty=empty)
            listener.heard(
                Advertisement(
                    time.time(),
                    self.scanner,
                    device.address,
                    data.rssi if data.rssi in _RSSI_RANGE else None,
                    data.manufacturer_data,
                    data.service_data,
                    tuple(data.service_uuids),
                    data.tx_power,
                )
            )

        return heard

    def _arguments(self) -> BlueZScannerArgs:
        if self._mode == "passive":
            return {"adapter": self._adapter, "or_patterns": list(_PASSIVE_PATTERNS)}
        return {"adapter": self._adapter, "filters": {"DuplicateData": True, "RSSI": LOWEST_RSSI}}
