"""The radio: bleak's BlueZ backend, started again whenever it fails or falls silent."""

import asyncio
import time
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
from nearcart_edge.shell.adapter_watch import AdapterWatch, adapter_sentence

CHECK_EVERY_S = 5.0
"""How often BlueZ is asked whether it still scans: bleak does not notice a restarted bluetoothd (habluetooth has the same)."""

SILENT_AFTER_S = 90.0
"""Without any advert for this long the scan is started anew; the wait doubles up to ``SILENT_AT_MOST_S`` while it stays
silent, so that an empty shop is not reset all night."""

SILENT_AT_MOST_S = 1800.0
LOWEST_RSSI = -127
"""Lets every packet through, and makes bluetoothd tell each one's RSSI: since July 2026 it tells only jumps of 8 dB to whoever
sets no RSSI filter (github.com/bluez/bluez/pull/2314)."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0

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
    """One Bluetooth adapter of this machine."""

    def __init__(self, adapter: str, scanner: str, mode: Literal["active", "passive"] = "active") -> None:
        self.scanner = scanner
        self._adapter = adapter
        self._mode = mode
        self._last_heard = 0.0
        self._patience = SILENT_AFTER_S

    async def run(self, listener: Listener) -> None:
        """Scan for ever; what goes wrong is told to the listener and tried again."""
        pause = FIRST_PAUSE_S
        while True:
            started = time.monotonic()
            try:
                await self._scan(listener)
            except (BleakError, DBusError, OSError, EOFError) as error:
                listener.lost(self.scanner, adapter_sentence(self._adapter, error))
            else:
                continue
            pause = FIRST_PAUSE_S if time.monotonic() - started > LONGEST_PAUSE_S else min(2 * pause, LONGEST_PAUSE_S)
            await asyncio.sleep(pause)

    async def _scan(self, listener: Listener) -> None:
        """Scan until the radio is too long silent. Raises what bleak and D-Bus raise."""
        scanner = BleakScanner(self._callback(listener), scanning_mode=self._mode, bluez=self._arguments())
        async with AdapterWatch(self._adapter, discovering=self._mode == "active") as watch:
            await scanner.start()
            try:
                listener.found(self.scanner)
                await self._until_silent(watch)
            finally:
                # BlueZ may be gone, or have stopped already; neither is news here.
                with suppress(BleakError, DBusError, OSError, EOFError, AssertionError):
                    await scanner.stop()

    async def _until_silent(self, watch: AdapterWatch) -> None:
        started = self._last_heard = time.monotonic()
        while time.monotonic() - self._last_heard < self._patience:
            await asyncio.sleep(CHECK_EVERY_S)
            await watch.check()
        heard_any = self._last_heard > started
        self._patience = SILENT_AFTER_S if heard_any else min(2 * self._patience, SILENT_AT_MOST_S)

    def _callback(self, listener: Listener) -> AdvertisementDataCallback:
        def heard(device: BLEDevice, data: AdvertisementData) -> None:
            self._last_heard = time.monotonic()
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
