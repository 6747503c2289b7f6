"""What an unmodified BleakScanner hears of the virtual BlueZ."""

from collections import Counter

import pytest
from bleak.args.bluez import OrPattern
from bleak.assigned_numbers import AdvertisementDataType
from bleak.exc import BleakBluetoothNotAvailableError, BleakError

from nearcart_contract.advertisement import full_uuid
from nearcart_sim.shell.bluez import VirtualBluez

from ..conftest import Ear, until

TAG, OTHER = "C4:64:E3:00:00:01", "C4:64:E3:00:00:02"
APPLE = 0x004C
IBEACON = {APPLE: bytes.fromhex("0215fda50693a4e24fb1afcfc6eb07647825000a0007c5")}
EDDYSTONE = full_uuid("feaa")


async def test_every_advert_is_heard_even_of_a_burst_that_nobody_waits_for(bluez: VirtualBluez) -> None:
    ear = Ear()
    async with ear.scanner:
        for number in range(5000):
            bluez.advertise("hci0", f"C4:64:E3:00:00:{number % 50:02X}", -40 - number % 50, manufacturer_data=IBEACON)
        await until(lambda: len(ear.heard) >= 5000)
    assert bluez.counts("hci0").adverts_sent == len(ear.heard) == 5000
    assert ear.rssi == [-40 - number % 50 for number in range(5000)]
    assert ear.addresses == Counter({f"C4:64:E3:00:00:{number:02X}": 100 for number in range(50)})


async def test_it_hears_what_was_sent(bluez: VirtualBluez) -> None:
    ear = Ear()
    async with ear.scanner:
        bluez.advertise(
            "hci0", TAG, -61, manufacturer_data=IBEACON, service_data={EDDYSTONE: b"\x00\xf6"}, tx_power=-4, name="Tag"
        )
        bluez.advertise("hci0", OTHER, -70, service_uuids=[full_uuid("180d")])
        await until(lambda: len(ear.heard) == 2)
    (address, tag), (_, other) = ear.heard
    assert (address, tag.rssi, tag.tx_power, tag.local_name) == (TAG, -61, -4, "Tag")
    assert tag.manufacturer_data == IBEACON
    assert tag.service_data == {EDDYSTONE: b"\x00\xf6"}
    assert other.service_uuids == [full_uuid("180d")]


async def test_interleaved_frames_of_one_tag_arrive_one_by_one(bluez: VirtualBluez) -> None:
    ear = Ear()
    frames = [b"\x00\xf6uid", b"\x20\x00tlm", b"\x00\xf6uid", b"\x00\xf6uid"]
    async with ear.scanner:
        for frame in frames:
            bluez.advertise("hci0", TAG, -60, service_data={EDDYSTONE: frame})
        await until(lambda: len(ear.heard) == len(frames))
    assert [data.service_data[EDDYSTONE] for _, data in ear.heard] == frames


async def test_two_adapters_are_two_radios(bluez: VirtualBluez) -> None:
    first, second = Ear("hci0"), Ear("hci1")
    async with first.scanner, second.scanner:
        for number in range(200):
            bluez.advertise("hci0", TAG, -50, manufacturer_data=IBEACON)
            if number % 2:
                bluez.advertise("hci1", TAG, -80, manufacturer_data=IBEACON)
        await until(lambda: len(first.heard) == 200 and len(second.heard) == 100)
    assert set(first.rssi) == {-50}
    assert set(second.rssi) == {-80}
    assert bluez.adverts_sent == 300


async def test_nothing_is_heard_before_and_after_the_scan(bluez: VirtualBluez) -> None:
    ear = Ear()
    bluez.advertise("hci0", TAG, -50, manufacturer_data=IBEACON)
    async with ear.scanner:
        bluez.advertise("hci0", TAG, -60, manufacturer_data=IBEACON)
        await until(lambda: ear.heard)
    bluez.advertise("hci0", TAG, -70, manufacturer_data=IBEACON)
    await bluez.drain()
    assert ear.rssi == [-60]
    assert (bluez.counts("hci0").received, bluez.counts("hci0").adverts_sent) == (3, 1)


async def test_an_rssi_filter_keeps_the_quiet_ones_out(bluez: VirtualBluez) -> None:
    ear = Ear(filters={"DuplicateData": True, "RSSI": -70})
    async with ear.scanner:
        bluez.advertise("hci0", TAG, -90, manufacturer_data=IBEACON)
        bluez.advertise("hci0", OTHER, -60, manufacturer_data=IBEACON)
        await until(lambda: ear.heard)
    assert ear.addresses == {OTHER: 1}


async def test_a_uuid_filter_asks_for_a_service(bluez: VirtualBluez) -> None:
    ear = Ear(filters={"DuplicateData": True, "UUIDs": [EDDYSTONE]})
    async with ear.scanner:
        bluez.advertise("hci0", TAG, -60, manufacturer_data=IBEACON)
        bluez.advertise("hci0", OTHER, -60, service_data={EDDYSTONE: b"\x00\xf6"})
        await until(lambda: ear.heard)
    assert ear.addresses == {OTHER: 1}


async def test_a_silent_device_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    async with VirtualBluez(temporary_timeout=0.1) as bluez:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bluez.bus_address)
        ear = Ear()
        async with ear.scanner:
            bluez.advertise("hci0", TAG, -60, manufacturer_data=IBEACON)
            await until(lambda: [device.address for device in ear.scanner.discovered_devices] == [TAG])
            await until(lambda: not ear.scanner.discovered_devices)
            assert bluez.devices("hci0") == ()
            bluez.advertise("hci0", TAG, -60, manufacturer_data=IBEACON)
            await until(lambda: len(ear.heard) == 2)
        assert bluez.counts("hci0").devices_added == 2


class TestBluetoothdSinceJuly2026:
    """It tells each RSSI only to a client that filters by RSSI or path loss (BlueZ e004414a)."""

    @pytest.fixture
    async def bluez(self, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
        async with VirtualBluez(rssi_needs_proximity=True) as bluez:
            monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bluez.bus_address)
            yield bluez

    @staticmethod
    async def hear(bluez: VirtualBluez, ear: Ear) -> list[int]:
        async with ear.scanner:
            for rssi in (-60, -63, -60, -75):
                bluez.advertise("hci0", TAG, rssi, manufacturer_data=IBEACON)
            bluez.advertise("hci0", OTHER, -1, manufacturer_data=IBEACON)
            await until(lambda: ear.rssi[-1:] == [-1])
        return ear.rssi[:-1]

    async def test_without_duplicates_only_great_changes_are_told(self, bluez: VirtualBluez) -> None:
        assert await self.hear(bluez, Ear(filters={"DuplicateData": False})) == [-60, -75]

    async def test_with_duplicates_alone_the_rssi_is_stale(self, bluez: VirtualBluez) -> None:
        assert await self.hear(bluez, Ear(filters={"DuplicateData": True})) == [-60, -60, -60, -75]

    async def test_with_an_rssi_filter_each_is_told(self, bluez: VirtualBluez) -> None:
        ear = Ear(filters={"DuplicateData": True, "RSSI": -127})
        assert await self.hear(bluez, ear) == [-60, -63, -60, -75]


async def test_a_passive_scan_hears_what_its_patterns_want(bluez: VirtualBluez) -> None:
    pattern = OrPattern(0, AdvertisementDataType.MANUFACTURER_SPECIFIC_DATA, b"\x4c\x00\x02\x15")
    ear = Ear(or_patterns=[pattern])
    async with ear.scanner:
        await until(lambda: bluez.monitored("hci0"))
        bluez.advertise("hci0", OTHER, -60, manufacturer_data={APPLE: b"\x10\x05phone"})
        bluez.advertise("hci0", TAG, -60, manufacturer_data=IBEACON)
        await until(lambda: ear.heard)
        assert not bluez.discovering("hci0")
    assert ear.addresses == {TAG: 1}
    assert not bluez.monitored("hci0")


async def test_an_adapter_that_is_off_is_no_default_and_can_not_scan(bluez: VirtualBluez) -> None:
    bluez.set_powered("hci0", False)
    bluez.set_powered("hci1", False)
    with pytest.raises(BleakBluetoothNotAvailableError):
        await Ear(None).scanner.start()  # type: ignore[arg-type]
    with pytest.raises(BleakError, match="NotReady"):
        await Ear("hci0").scanner.start()


async def test_switching_off_ends_the_scan(bluez: VirtualBluez) -> None:
    ear = Ear()
    await ear.scanner.start()
    assert bluez.discovering("hci0")
    bluez.set_powered("hci0", False)
    bluez.advertise("hci0", TAG, -60, manufacturer_data=IBEACON)
    await bluez.drain()
    assert not bluez.discovering("hci0")
    assert ear.heard == []
    await ear.scanner.stop()


async def test_a_restarted_bluetoothd_knows_nobody_until_the_scan_starts_again(bluez: VirtualBluez) -> None:
    ear = Ear()
    await ear.scanner.start()
    bluez.advertise("hci0", TAG, -60, manufacturer_data=IBEACON)
    await until(lambda: ear.heard)
    await bluez.restart_bluetoothd()
    bluez.advertise("hci0", TAG, -61, manufacturer_data=IBEACON)
    await bluez.drain()
    assert not bluez.discovering("hci0")
    with pytest.raises(BleakError):
        await ear.scanner.stop()
    again = Ear()
    async with again.scanner:
        bluez.advertise("hci0", TAG, -62, manufacturer_data=IBEACON)
        await until(lambda: again.heard)
    assert (ear.rssi, again.rssi) == ([-60], [-62])


async def test_an_adapter_can_be_pulled_out_and_put_back(bluez: VirtualBluez) -> None:
    ear = Ear("hci1")
    await ear.scanner.start()
    bluez.remove_adapter("hci1")
    bluez.advertise("hci1", TAG, -60, manufacturer_data=IBEACON)
    await bluez.drain()
    with pytest.raises(BleakError):
        await ear.scanner.stop()
    with pytest.raises(BleakError, match="hci1"):
        await Ear("hci1").scanner.start()
    bluez.add_adapter("hci1")
    await bluez.drain()
    back = Ear("hci1")
    async with back.scanner:
        bluez.advertise("hci1", TAG, -61, manufacturer_data=IBEACON)
        await until(lambda: back.heard)
    assert ear.heard == []
