"""The radio: bleak's BlueZ backend, started again whenever it fails or falls silent."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Literal, Protocol

from bleak import BleakScanner
from bleak.args.bluez import BlueZScannerArgs, OrPattern
from bleak.assigned_numbers import AdvertisementDataType
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback
from bleak.exc import BleakError
from dbus_fast.errors import DBusError

from nearcart_contract.advertisement import Advertisement
from nearcart_contract.edge_state import Scan, ScanVerdict
from nearcart_edge.core.formats.registry import MANUFACTURER_STARTS, SERVICE_STARTS
from nearcart_edge.core.radio_health import RadioHealth, Remedy
from nearcart_edge.core.self_test import SelfTest
from nearcart_edge.shell.adapter_watch import AdapterWatch, adapter_sentence, another_adapter
from nearcart_edge.shell.bluez_bus import BluezBus
from nearcart_edge.shell.device_gate import DeviceGate, Packet, PassesOver

CHECK_EVERY_S = 5.0
"""How often BlueZ is asked whether it still scans: bleak does not notice a restarted bluetoothd (habluetooth has the same)."""

LOWEST_RSSI = -127
"""Lets every packet through, and makes bluetoothd tell each one's RSSI: since July 2026 it tells only jumps of 8 dB to whoever
sets no RSSI filter (github.com/bluez/bluez/pull/2314)."""

RELIEF_EVERY_S = 1.0
"""How often it is looked at whether there is a flood."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 8.0

TEST_ACTIVELY_S, TEST_PASSIVELY_S = 5.0, 10.0
"""How long the self-test of passive scanning listens in either mode. A tag that says nothing in ten seconds is rare."""

Mode = Literal["active", "passive"]
Failures = (BleakError, DBusError, OSError, EOFError)
"""What bleak, D-Bus and a bus that is gone raise."""

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


@dataclass(frozen=True, slots=True)
class Relief:
    """What spares the edge in a flood: packets from so many dBm on only, and whose need no look. ``None``: all of them."""

    floor: int | None = None
    passes_over: PassesOver | None = None


class Listener(Protocol):
    """Who is told of a radio. ``heard`` is called for every packet and must be quick."""

    def heard(self, advertisement: Advertisement) -> None: ...

    def found(self, scanner: str) -> None:
        """The radio scans."""

    def lost(self, scanner: str, problem: str) -> None:
        """The radio does not scan; ``problem`` says why and how to mend it."""

    def scans(self, scan: Scan) -> None:
        """How the radio scans now, and what it hears that way."""

    def refused(self, scanner: str) -> None:
        """A scanner that speaks in messages sent one that can't be read; whoever tells this has logged it."""
        return  # not every listener has such scanners

    def doubted(self, scanner: str, doubted: bool) -> None:
        """A scanner that speaks in messages is silent itself, so that a tag's silence proves nothing; or is so no more."""
        return

    def relief(self) -> Relief:
        """What need not be heard now."""


class ScannerSource(Protocol):
    """One scanner: a radio, or in tests something that stands in for one."""

    @property
    def scanner(self) -> str: ...

    async def run(self, listener: Listener) -> None:
        """Scan for ever."""


class BluezScanner:
    """One Bluetooth adapter of this machine. ``others`` are adapters that are spoken for: it never moves to one of them."""

    def __init__(self, adapter: str, scanner: str, mode: Mode = "active", others: Collection[str] = ()) -> None:
        self.scanner = scanner
        self._adapter = adapter
        self._mode = mode
        self._others = frozenset(others)
        self._health = RadioHealth(time.monotonic())
        self._refused = 0
        self._test = SelfTest() if mode == "passive" else None
        self._floor: int | None = None
        self._passive_told = "not tested yet"
        self._no_passive: str | None = None

    async def run(self, listener: Listener) -> None:
        """Scan for ever; what goes wrong is told to the listener and mended by a ladder of remedies."""
        pause = FIRST_PAUSE_S
        while True:
            started = time.monotonic()
            remedy: Remedy | None = None
            try:
                remedy = await self._scan(listener)
            except Failures as error:
                listener.lost(self.scanner, adapter_sentence(self._adapter, error))
                remedy = self._after_refusal(error)
                kept_on = time.monotonic() - started > LONGEST_PAUSE_S
                pause = FIRST_PAUSE_S if kept_on else min(2 * pause, LONGEST_PAUSE_S)
                await asyncio.sleep(FIRST_PAUSE_S if remedy else pause)
            else:
                if remedy is not None and self._health.deaf:
                    listener.lost(self.scanner, f"adapter {self._adapter} went deaf: {_WORDS[remedy]}")
            if remedy is not None:
                await self._apply(remedy)

    def _after_refusal(self, error: Exception) -> Remedy | None:
        """A scan that BlueZ says is in progress, twice in a row, is one that nobody can end by asking."""
        self._refused = self._refused + 1 if "InProgress" in str(error) else 0
        return self._health.failed(time.monotonic()) if self._refused > 1 else None

    async def _apply(self, remedy: Remedy) -> None:
        if remedy == "mode":
            self._mode = "passive" if self._mode == "active" else "active"
            return
        with suppress(*Failures):
            bus = await BluezBus.open()
            if remedy == "power":
                await AdapterWatch(bus, self._adapter).power_cycle()
            elif remedy == "adapter":
                self._adapter = await another_adapter(bus, self._adapter, self._others) or self._adapter

    async def _scan(self, listener: Listener) -> Remedy | None:
        """Scan until a remedy is needed, or, with none, anew in the other mode. Raises what bleak and D-Bus raise."""
        bus = await BluezBus.open()
        watch = AdapterWatch(bus, self._adapter, discovering=self._mode == "active")
        if self._test is not None:
            await self._listen_actively(self._test, watch, listener)
        with self._listening(bus.gate, listener):
            return await self._scan_until_remedy(bus, watch, listener)

    async def _scan_until_remedy(self, bus: BluezBus, watch: AdapterWatch, listener: Listener) -> Remedy | None:
        async with self._scanning(self._callback(listener), self._mode):
            self._refused = 0
            listener.found(self.scanner)
            listener.scans(self._told())
            test_until = time.monotonic() + TEST_PASSIVELY_S
            while True:
                await self._wait_for_check(bus, watch, listener)
                await watch.check()
                if self._test is not None and (self._test.complete or time.monotonic() >= test_until):
                    if not self._judge(self._test):
                        return None
                    listener.scans(self._told())
                remedy = self._health.remedy(time.monotonic())
                if remedy is not None:
                    return remedy

    async def _wait_for_check(self, bus: BluezBus, watch: AdapterWatch, listener: Listener) -> None:
        """The time to the next check, with an eye on floods."""
        check_at = time.monotonic() + CHECK_EVERY_S
        while (rest := check_at - time.monotonic()) > 0:
            await asyncio.sleep(min(rest, RELIEF_EVERY_S))
            relief = listener.relief()
            bus.gate.relieve(relief.passes_over)
            if relief.floor != self._floor and self._mode == "active":
                self._floor = relief.floor
                await watch.listen_from(LOWEST_RSSI if relief.floor is None else relief.floor)

    async def _listen_actively(self, test: SelfTest, watch: AdapterWatch, listener: Listener) -> None:
        """What should passive scanning hear? Of this only what it should hear is passed on: the rest would enter, and be gone at once."""
        if not await watch.monitors():
            self._refuse_passive("BlueZ offers none here: it needs 5.56, and before 5.66 bluetoothd --experimental")
            return

        def heard(device: BLEDevice, data: AdvertisementData) -> None:
            advertisement = self._advertisement(device, data)
            if test.hear_actively(advertisement):
                listener.heard(advertisement)

        with suppress(*Failures):  # the scan that follows will say what is wrong
            async with self._scanning(heard, "active"):
                await asyncio.sleep(TEST_ACTIVELY_S)

    def _judge(self, test: SelfTest) -> bool:
        """Whether passive scanning may go on."""
        self._test = None
        self._passive_told = test.told
        if not test.passed:
            self._refuse_passive(test.told)
        return test.passed

    def _refuse_passive(self, reason: str) -> None:
        self._test = None
        self._no_passive = reason
        self._mode = "active"

    def _told(self) -> Scan:
        """How it scans now, for state and log."""
        verdict: ScanVerdict
        if self._mode == "passive":
            verdict = "formats-only"
            told = f"passive scanning hears the formats that edges read, nothing that is known by its address or IRK ({self._passive_told})"
        elif self._no_passive is not None:
            verdict, told = "refused", f"passive scanning is refused ({self._no_passive}): scanning actively instead"
        else:
            verdict, told = "every-kind", "active scanning hears every kind of advert"
        return Scan(scanner=self.scanner, adapter=self._adapter, mode=self._mode, verdict=verdict, told=told)

    @asynccontextmanager
    async def _scanning(self, callback: AdvertisementDataCallback, mode: Mode) -> AsyncIterator[None]:
        scanner = BleakScanner(callback, scanning_mode=mode, bluez=self._arguments(mode))
        self._floor = None
        await scanner.start()
        try:
            yield
        finally:
            # BlueZ may be gone, or have stopped already; neither is news here.
            with suppress(*Failures, AssertionError):
                await scanner.stop()

    def _callback(self, listener: Listener) -> AdvertisementDataCallback:
        def heard(device: BLEDevice, data: AdvertisementData) -> None:
            empty = not (data.manufacturer_data or data.service_data or data.service_uuids)
            self._take(self._advertisement(device, data), listener, empty=empty)

        return heard

    @contextmanager
    def _listening(self, gate: DeviceGate, listener: Listener) -> Iterator[None]:
        """Hear the devices that bleak does not remember, too. A signal of one that holds only an RSSI is whole."""

        def heard(packet: Packet) -> None:
            advertisement = Advertisement(
                time.time(),
                self.scanner,
                packet.address,
                packet.rssi if packet.rssi in _RSSI_RANGE else None,
                packet.manufacturer_data,
                packet.service_data,
                packet.service_uuids,
                packet.tx_power,
            )
            self._take(advertisement, listener, empty=False)

        adapter = self._adapter
        gate.hear(adapter, heard)
        try:
            yield
        finally:
            gate.hear(adapter, None)

    def _take(self, advertisement: Advertisement, listener: Listener, *, empty: bool) -> None:
        self._health.hear(advertisement.address, time.monotonic(), empty=empty)
        if self._test is not None:
            self._test.hear_passively(advertisement)
        listener.heard(advertisement)

    def _advertisement(self, device: BLEDevice, data: AdvertisementData) -> Advertisement:
        return Advertisement(
            time.time(),
            self.scanner,
            device.address,
            data.rssi if data.rssi in _RSSI_RANGE else None,
            data.manufacturer_data,
            data.service_data,
            tuple(data.service_uuids),
            data.tx_power,
        )

    def _arguments(self, mode: Mode) -> BlueZScannerArgs:
        if mode == "passive":
            return {"adapter": self._adapter, "or_patterns": list(_PASSIVE_PATTERNS)}
        return {"adapter": self._adapter, "filters": {"DuplicateData": True, "RSSI": LOWEST_RSSI}}
