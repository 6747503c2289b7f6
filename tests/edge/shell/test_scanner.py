"""The unmodified bleak BlueZ backend on a virtual BlueZ: what is on air is heard, and what breaks is mended and said."""

import asyncio
import itertools
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from bleak.backends.bluezdbus.manager import get_global_bluez_manager
from dbus_fast import Message
from dbus_fast.aio.message_bus import MessageBus

from nearcart_contract.advertisement import Advertisement, full_uuid
from nearcart_contract.capture import read_lines
from nearcart_contract.edge_state import Scan
from nearcart_edge.core import radio_health
from nearcart_edge.shell import adapter_watch, device_gate
from nearcart_edge.shell import scanner as scanner_module
from nearcart_edge.shell.scanner import BluezScanner, Relief
from nearcart_sim.shell.bluez.adapter import Fault
from nearcart_sim.shell.bluez.names import DBUS, DBUS_PATH
from nearcart_sim.shell.bluez.virtual_bluez import VirtualBluez

IBEACON = {0x004C: bytes.fromhex("0215fda50693a4e24fb1afcfc6eb07647825000a0007c5")}
TLM = {full_uuid("feaa"): bytes.fromhex("20000bb815800000006400000258")}
ADDRESS, OTHER = "C4:64:E3:00:00:01", "C4:64:E3:00:00:02"
UID = {full_uuid("feaa"): bytes.fromhex("00f6000102030405060708090a0b0c0d0e0f")}


class Log:
    """A listener that writes everything down."""

    def __init__(self) -> None:
        self.adverts: list[Advertisement] = []
        self.radio: list[tuple[str, str]] = []
        self.told: list[Scan] = []
        self.wanted = Relief()

    def heard(self, advertisement: Advertisement) -> None:
        self.adverts.append(advertisement)

    def found(self, scanner: str) -> None:
        self.radio.append(("found", scanner))

    def lost(self, scanner: str, problem: str) -> None:
        self.radio.append(("lost", problem))

    def scans(self, scan: Scan) -> None:
        self.told.append(scan)

    def relief(self) -> Relief:
        return self.wanted

    async def until(self, condition) -> None:
        async with asyncio.timeout(15):
            while not condition():
                await asyncio.sleep(0.01)


@pytest.fixture
async def bluez(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[VirtualBluez]:
    async with VirtualBluez(adapters=("hci0",)) as virtual:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", virtual.bus_address)
        yield virtual


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same supervision at a fiftieth of its times."""
    monkeypatch.setattr(scanner_module, "CHECK_EVERY_S", 0.1)
    monkeypatch.setattr(scanner_module, "FIRST_PAUSE_S", 0.02)
    monkeypatch.setattr(scanner_module, "TEST_ACTIVELY_S", 0.3)
    monkeypatch.setattr(scanner_module, "TEST_PASSIVELY_S", 0.5)


@pytest.fixture
async def log(bluez: VirtualBluez, quick: None) -> AsyncIterator[Log]:
    """Listens on hci0 from the start to the end of the test."""
    listener = Log()
    task = asyncio.create_task(BluezScanner("hci0", "till").run(listener))
    await listener.until(lambda: listener.radio == [("found", "till")] and bluez.discovering("hci0"))
    yield listener
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_every_packet_is_heard_repeated_ones_too(bluez: VirtualBluez, log: Log) -> None:
    for number in range(200):
        bluez.advertise("hci0", ADDRESS, -60 - number % 3, manufacturer_data=IBEACON, tx_power=4)
    await log.until(lambda: len(log.adverts) == 200)
    assert [advert.rssi for advert in log.adverts] == [-60 - number % 3 for number in range(200)]
    first = log.adverts[0]
    assert (first.address, first.scanner, first.tx_power) == (ADDRESS, "till", 4)
    assert dict(first.manufacturer_data) == IBEACON


async def test_each_rssi_is_told_by_a_bluetoothd_that_tells_jumps_only(monkeypatch, quick) -> None:
    async with VirtualBluez(adapters=("hci0",), rssi_needs_proximity=True) as bluez:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bluez.bus_address)
        log = Log()
        task = asyncio.create_task(BluezScanner("hci0", "till").run(log))
        await log.until(lambda: bluez.discovering("hci0"))
        for rssi in (-60, -61, -62, -61):
            bluez.advertise("hci0", ADDRESS, rssi, manufacturer_data=IBEACON)
        await log.until(lambda: [advert.rssi for advert in log.adverts] == [-60, -61, -62, -61])
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_service_data_has_full_uuids(bluez: VirtualBluez, log: Log) -> None:
    bluez.advertise("hci0", ADDRESS, -60, service_data=TLM)
    await log.until(lambda: log.adverts)
    assert dict(log.adverts[0].service_data) == TLM


async def test_an_adapter_switched_off_is_said_and_mended(bluez: VirtualBluez, log: Log) -> None:
    bluez.set_powered("hci0", False)
    await log.until(lambda: log.radio[-1][0] == "lost")
    assert "hci0 is switched off: bluetoothctl power on" in log.radio[-1][1]
    bluez.set_powered("hci0", True)
    await log.until(lambda: log.radio[-1] == ("found", "till"))
    bluez.advertise("hci0", ADDRESS, -60, manufacturer_data=IBEACON)
    await log.until(lambda: log.adverts)


async def test_an_adapter_pulled_out_is_said_and_mended(bluez: VirtualBluez, log: Log) -> None:
    bluez.remove_adapter("hci0")
    await log.until(lambda: log.radio[-1][0] == "lost" and "hci0 is not there" in log.radio[-1][1])
    bluez.add_adapter("hci0")
    await log.until(lambda: log.radio[-1] == ("found", "till"))
    bluez.advertise("hci0", ADDRESS, -60, manufacturer_data=IBEACON)
    await log.until(lambda: log.adverts)


async def test_a_restarted_bluetoothd_is_noticed(bluez: VirtualBluez, log: Log) -> None:
    await bluez.restart_bluetoothd()
    await log.until(lambda: len(log.radio) >= 3 and log.radio[-1] == ("found", "till"))
    bluez.advertise("hci0", ADDRESS, -60, manufacturer_data=IBEACON)
    await log.until(lambda: log.adverts)


async def test_a_silent_radio_is_started_anew_without_anybody_leaving(bluez, quick, monkeypatch) -> None:
    """Nothing was on the air before: it may be an empty shop."""
    monkeypatch.setattr(radio_health, "PATIENCE_S", 0.1)
    log = Log()
    task = asyncio.create_task(BluezScanner("hci0", "till").run(log))
    await log.until(lambda: len(log.radio) >= 2)
    await asyncio.sleep(0.5)
    assert log.radio == [("found", "till")] * 2, "once, and then it is left alone"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def brisk(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ladder in tenths of seconds."""
    monkeypatch.setattr(radio_health, "PATIENCE_S", 0.8)
    monkeypatch.setattr(radio_health, "RUNG_S", 0.8)
    monkeypatch.setattr(radio_health, "GAPS", 0)
    monkeypatch.setattr(adapter_watch, "OFF_FOR_S", 0.05)


async def busy(bluez: VirtualBluez, log: Log, adapters: tuple[str, ...] = ("hci0",)) -> None:
    """Five devices on the air, for ever."""
    number = 0
    while True:
        number += 1
        for adapter in adapters:
            rssi = -60 - 15 * (number // 5 % 2)  # a monitor tells jumps only
            bluez.advertise(adapter, f"C4:64:E3:00:00:0{number % 5}", rssi, manufacturer_data=IBEACON)
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("fault", "remedies"),
    [
        (Fault("deaf", "scan"), ["starting its scan again"]),
        (Fault("deaf", "power"), ["starting its scan again", "switching it off and on"]),
        (
            Fault("deaf", "passive"),
            ["starting its scan again", "switching it off and on", "scanning in the other mode"],
        ),
        (Fault("empty", "scan"), ["starting its scan again"]),
        (Fault("empty", "power"), ["starting its scan again", "switching it off and on"]),
    ],
    ids=lambda value: f"{value.kind}-{value.mended_by}" if isinstance(value, Fault) else "",
)
async def test_a_deaf_radio_climbs_the_ladder_until_it_hears(
    bluez: VirtualBluez, brisk: None, fault: Fault, remedies: list[str]
) -> None:
    log = Log()
    air = asyncio.create_task(busy(bluez, log))
    task = asyncio.create_task(BluezScanner("hci0", "till").run(log))
    await log.until(lambda: len(log.adverts) > 50)
    bluez.break_adapter("hci0", fault)
    await log.until(lambda: sum(kind == "lost" for kind, _ in log.radio) >= len(remedies))
    heard = sum(1 for advert in log.adverts if advert.manufacturer_data)
    await log.until(lambda: sum(1 for advert in log.adverts if advert.manufacturer_data) > heard + 50)
    told = [words.partition(": ")[2] for kind, words in log.radio if kind == "lost" and "went deaf" in words]
    assert told == remedies
    assert log.radio[-1] == ("found", "till")
    for running in (task, air):
        running.cancel()
    await asyncio.gather(task, air, return_exceptions=True)


async def test_a_scan_that_stays_in_progress_is_mended_by_a_power_cycle(bluez: VirtualBluez, brisk: None) -> None:
    bluez.break_adapter("hci0", Fault("in_progress", "power"))
    log = Log()
    task = asyncio.create_task(BluezScanner("hci0", "till").run(log))
    await log.until(lambda: log.radio and log.radio[-1] == ("found", "till"))
    assert sum("already in progress" in words for _, words in log.radio) == 2
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_with_a_second_adapter_the_last_remedy_is_to_use_it(monkeypatch: pytest.MonkeyPatch, brisk: None) -> None:
    async with VirtualBluez(adapters=("hci0", "hci1", "hci2")) as bluez:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bluez.bus_address)
        log = Log()
        air = asyncio.create_task(busy(bluez, log, ("hci0", "hci2")))
        task = asyncio.create_task(BluezScanner("hci0", "till", others=("hci0", "hci1")).run(log))
        await log.until(lambda: len(log.adverts) > 50)
        bluez.break_adapter("hci0", Fault("deaf"))
        await log.until(lambda: "looking for another adapter" in log.radio[-1][1] or len(log.radio) > 8)
        heard = len(log.adverts)
        await log.until(lambda: len(log.adverts) > heard + 50)
        assert {advert.scanner for advert in log.adverts} == {"till"}
        for running in (task, air):
            running.cancel()
        await asyncio.gather(task, air, return_exceptions=True)


@asynccontextmanager
async def passively(bluez: VirtualBluez, fault: Fault | None = None) -> AsyncIterator[Log]:
    """A passive scanner among five tags and a device that is known by its address alone."""
    log = Log()
    bluez.break_adapter("hci0", fault)
    air = asyncio.create_task(busy(bluez, log))
    other = asyncio.create_task(nameless(bluez))
    task = asyncio.create_task(BluezScanner("hci0", "till", "passive").run(log))
    try:
        yield log
    finally:
        for running in (task, air, other):
            running.cancel()
        await asyncio.gather(task, air, other, return_exceptions=True)


async def nameless(bluez: VirtualBluez) -> None:
    """Adverts of a format that no edge reads."""
    for number in itertools.count():
        bluez.advertise("hci0", OTHER, -60 - 15 * (number % 2), manufacturer_data={0x004C: b"\x10\x05"})
        await asyncio.sleep(0.02)


async def test_passive_scanning_is_tested_and_hears_the_formats_that_are_decoded(bluez, quick: None) -> None:
    async with passively(bluez) as log:
        await log.until(lambda: len(log.told) == 2 and len(log.adverts) > 100)
    assert OTHER not in {advert.address for advert in log.adverts if dict(advert.manufacturer_data) != IBEACON}
    assert log.radio == [("found", "till")]
    assert [(scan.mode, scan.verdict) for scan in log.told] == [("passive", "formats-only")] * 2
    assert "not tested yet" in log.told[0].told
    assert "it heard 5 of 5 devices that it should hear; 1 others it never will" in log.told[1].told


@pytest.mark.parametrize("kind", ["deaf_monitors", "no_monitors"])
async def test_passive_scanning_that_hears_nothing_is_refused(bluez, quick: None, kind) -> None:
    async with passively(bluez, Fault(kind)) as log:
        await log.until(lambda: log.told and log.told[-1].verdict == "refused")
        assert log.told[-1].mode == "active"
        heard = len(log.adverts)
        await log.until(lambda: len(log.adverts) > heard + 50)
    reason = {"deaf_monitors": "it heard 0 of 5 devices", "no_monitors": "BlueZ offers none here"}[kind]
    assert reason in log.told[-1].told


async def test_active_scanning_says_that_it_hears_everything(bluez: VirtualBluez, log: Log) -> None:
    assert [(scan.mode, scan.verdict) for scan in log.told] == [("active", "every-kind")]


async def test_a_restarted_bluetoothd_is_noticed_in_passive_mode_too(bluez, quick: None) -> None:
    """It is there again and powered, and knows nothing of the monitor."""
    async with passively(bluez) as log:
        await log.until(lambda: len(log.told) == 2)
        await bluez.restart_bluetoothd()
        await log.until(lambda: any("started again" in told for _, told in log.radio))
        await log.until(lambda: log.radio[-1] == ("found", "till"))
        heard = len(log.adverts)
        await log.until(lambda: len(log.adverts) > heard + 50)


async def test_a_bus_that_dies_is_noticed_and_its_successor_used(monkeypatch: pytest.MonkeyPatch, quick: None) -> None:
    log = Log()
    async with VirtualBluez(adapters=("hci0",)) as first:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", first.bus_address)
        task = asyncio.create_task(BluezScanner("hci0", "till").run(log))
        await log.until(lambda: log.radio == [("found", "till")])
        assert first.daemon_pid is not None
        os.kill(first.daemon_pid, signal.SIGKILL)
        await log.until(lambda: log.radio[-1][0] == "lost")
    async with VirtualBluez(adapters=("hci0",)) as second:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", second.bus_address)
        await log.until(lambda: log.radio[-1] == ("found", "till"))
        second.advertise("hci0", ADDRESS, -60, manufacturer_data=IBEACON)
        await log.until(lambda: log.adverts)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_what_breaks_is_looked_for_often_enough() -> None:
    """A restarted bluetoothd, an unplugged adapter and a dead bus show at the next check; then it is tried again every few seconds."""
    assert scanner_module.CHECK_EVERY_S + scanner_module.FIRST_PAUSE_S <= 10
    assert scanner_module.LONGEST_PAUSE_S <= 10


async def test_an_agent_is_one_client_of_d_bus_whatever_it_mends(monkeypatch: pytest.MonkeyPatch, brisk: None) -> None:
    async with VirtualBluez(adapters=("hci0", "hci1", "hci2")) as bluez:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bluez.bus_address)
        arrived: list[str] = []
        probe = await MessageBus(bus_address=bluez.bus_address).connect()
        rule = "type='signal',member='NameOwnerChanged'"
        call = Message(destination=DBUS, path=DBUS_PATH, interface=DBUS, member="AddMatch", signature="s", body=[rule])
        await probe.call(call)
        probe.add_message_handler(
            lambda message: arrived.append(message.body[2]) if message.member == "NameOwnerChanged" else None
        )
        logs = Log(), Log()
        air = asyncio.create_task(busy(bluez, logs[0], ("hci0", "hci1", "hci2")))
        scanners = [
            asyncio.create_task(BluezScanner(f"hci{number}", f"s{number}", others=("hci0", "hci1")).run(log))
            for number, log in enumerate(logs)
        ]
        await logs[0].until(lambda: all(len(log.adverts) > 50 for log in logs))
        bluez.break_adapter("hci0", Fault("deaf"))
        await logs[0].until(lambda: "looking for another adapter" in logs[0].radio[-1][1] or len(logs[0].radio) > 8)
        assert sum(kind == "lost" for kind, _ in logs[0].radio) == 4, "the whole ladder"
        for running in (*scanners, air):
            running.cancel()
        await asyncio.gather(*scanners, air, return_exceptions=True)
        assert len([name for name in arrived if name.startswith(":")]) == 1
        probe.disconnect()


async def test_past_the_most_devices_each_is_heard_and_none_is_remembered(bluez, monkeypatch, quick) -> None:
    monkeypatch.setattr(device_gate, "MAX_DEVICES", 50)
    log = Log()
    task = asyncio.create_task(BluezScanner("hci0", "till").run(log))
    await log.until(lambda: bluez.discovering("hci0"))
    for turn in range(2):
        for number in range(500):
            bluez.advertise(
                "hci0", f"C4:64:E3:00:{number >> 8:02X}:{number & 255:02X}", -60 - turn, service_data=TLM, tx_power=4
            )
        await bluez.drain()
    await log.until(lambda: len(log.adverts) == 1000)
    assert len({advert.address for advert in log.adverts}) == 500
    assert {advert.rssi for advert in log.adverts[:500]} == {-60}
    assert {advert.rssi for advert in log.adverts[500:]} == {-61}
    assert all(dict(advert.service_data) == TLM and advert.scanner == "till" for advert in log.adverts)
    assert len((await get_global_bluez_manager())._properties) <= 50
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    bluez.advertise("hci0", ADDRESS, -60, manufacturer_data=IBEACON)
    await asyncio.sleep(0.1)
    assert len(log.adverts) == 1000, "nobody hears after the end"


async def test_in_a_flood_bluez_is_asked_for_the_nearer_packets_only(bluez, log: Log, monkeypatch) -> None:
    monkeypatch.setattr(scanner_module, "RELIEF_EVERY_S", 0.02)
    await log.until(lambda: len(log.told) == 1)
    log.wanted = Relief(floor=-70)
    await log.until(lambda: -70 in bluez.floors("hci0"))
    bluez.advertise("hci0", OTHER, -71, manufacturer_data=IBEACON)
    bluez.advertise("hci0", ADDRESS, -70, manufacturer_data=IBEACON)
    await log.until(lambda: log.adverts)
    assert [advert.address for advert in log.adverts] == [ADDRESS]
    log.wanted = Relief()
    await log.until(lambda: bluez.floors("hci0") == (-127,))
    bluez.advertise("hci0", OTHER, -90, manufacturer_data=IBEACON)
    await log.until(lambda: len(log.adverts) == 2)
    assert log.radio == [("found", "till")], "the scan went on"


async def test_packets_that_need_no_look_never_reach_bleak(bluez, log: Log, monkeypatch) -> None:
    monkeypatch.setattr(scanner_module, "RELIEF_EVERY_S", 0.02)
    for address in (ADDRESS, OTHER):
        bluez.advertise("hci0", address, -60, manufacturer_data=IBEACON)
    await log.until(lambda: len(log.adverts) == 2)
    asked: list[str] = []
    log.wanted = Relief(passes_over=lambda address: asked.append(address) or address == OTHER)
    await asyncio.sleep(0.3)
    for address in (OTHER, ADDRESS):
        bluez.advertise("hci0", address, -61, manufacturer_data=IBEACON)
    await log.until(lambda: len(log.adverts) == 3)
    assert (asked, log.adverts[2].address) == ([OTHER, ADDRESS], ADDRESS)


async def test_an_adapter_that_is_not_there(bluez: VirtualBluez, quick: None) -> None:
    log = Log()
    task = asyncio.create_task(BluezScanner("hci7", "till").run(log))
    await log.until(lambda: log.radio)
    assert log.radio[0] == (
        "lost",
        "adapter hci7 is not there: plug it in, or name another in edge.yaml (bluetoothctl list shows them)",
    )
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_no_bus_at_all(monkeypatch: pytest.MonkeyPatch, quick: None, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    log = Log()
    task = asyncio.create_task(BluezScanner("hci0", "till").run(log))
    await log.until(lambda: log.radio)
    assert log.radio[0][1].startswith("no D-Bus system bus")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_the_whole_edge_process_hears_bleak_and_tells_the_gateway(bluez, gateway, tmp_path: Path) -> None:
    (tmp_path / "edge.yaml").write_text(f"store: shop\nedge: till\nbroker: {{port: {gateway.port}}}\n")
    gateway.identities = (gateway.identities[0].model_copy(update={"minor": 7}),)
    edge = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nearcart", "edge", "run", "--config", str(tmp_path / "edge.yaml")
    )
    while not gateway.transitions:
        bluez.advertise("hci0", ADDRESS, -60, manufacturer_data=IBEACON)
        await asyncio.sleep(0.05)
    assert gateway.transitions[0].identity == "tag-1"
    edge.terminate()
    assert await edge.wait() == 0
    assert (tmp_path / "outbox.sqlite").exists(), "paths in edge.yaml are relative to it"


async def test_record_writes_what_it_hears(bluez: VirtualBluez, tmp_path: Path) -> None:
    file = tmp_path / "walk.capture.jsonl"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nearcart", "record", str(file), stderr=asyncio.subprocess.PIPE
    )
    while not bluez.discovering("hci0"):
        await asyncio.sleep(0.02)
    bluez.advertise("hci0", ADDRESS, -60, manufacturer_data=IBEACON)
    bluez.advertise("hci0", ADDRESS, -61, service_data=TLM)
    while not file.exists() or file.read_text().count("\n") < 2:
        await asyncio.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = await process.communicate()
    assert process.returncode == 0
    assert f"2 adverts written to {file}" in errors.decode()
    assert [advert.rssi for advert in read_lines(file.read_text().splitlines())] == [-60, -61]
    assert json.loads(file.read_text().splitlines()[0])["scanner"] == "hci0"


async def test_enrol_prints_the_tag_that_is_held_against_the_scanner(bluez: VirtualBluez) -> None:
    command = [sys.executable, "-m", "nearcart", "edge", "enrol", "--seconds", "40"]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    while not bluez.discovering("hci0"):
        await asyncio.sleep(0.02)
    while process.returncode is None:
        bluez.advertise("hci0", OTHER, -80, manufacturer_data=IBEACON)
        bluez.advertise("hci0", ADDRESS, -38, service_data=UID)
        await asyncio.sleep(0.05)
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    assert output.decode() == "--eddystone 00010203040506070809/0a0b0c0d0e0f\n"
    assert "nearcart visitors add NAME --eddystone" in errors.decode()
