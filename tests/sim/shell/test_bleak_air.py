"""bleak's own BleakScanner over simulated air: every packet of its scanner, no other, and only while it scans."""

import pytest
from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from nearcart_contract.advertisement import full_uuid
from nearcart_sim.core.days.adverts import advertisements
from nearcart_sim.core.days.play import Play
from nearcart_sim.shell.bleak_air import SimulatedAir
from nearcart_sim.shell.scenario_files import load_scenario

Heard = tuple[str, int, dict[int, bytes], dict[str, bytes]]


def play() -> Play:
    return Play(load_scenario("corner-shop"), 0, 120)


class Ear:
    """Keeps what bleak tells."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []

    def __call__(self, device: BLEDevice, data: AdvertisementData) -> None:
        self.heard.append((device.address, data.rssi, data.manufacturer_data, data.service_data))


async def test_every_packet_of_its_scanner_reaches_the_callback_in_order() -> None:
    ear, air = Ear(), SimulatedAir(play())
    async with BleakScanner(ear, backend=air.backend("wine")) as scanner:
        given = await air.run()
        seen = {device.address for device in scanner.discovered_devices}
    expected = [
        (advert.address, advert.rssi, dict(advert.manufacturer_data), dict(advert.service_data))
        for advert in advertisements(play())
        if advert.scanner == "wine"
    ]
    assert ear.heard == expected
    assert given == len(expected) > 100
    assert seen == {address for address, *_ in expected}


async def test_two_scanners_hear_each_their_own() -> None:
    wine, bakery, air = Ear(), Ear(), SimulatedAir(play())
    async with BleakScanner(wine, backend=air.backend("wine")), BleakScanner(bakery, backend=air.backend("bakery")):
        assert await air.run() == len(wine.heard) + len(bakery.heard)
    assert wine.heard != bakery.heard


async def test_a_filter_by_service_is_bleaks_own() -> None:
    service, ear, air = full_uuid("180d"), Ear(), SimulatedAir(play())
    async with BleakScanner(ear, [service], backend=air.backend("wine")):
        await air.run()
    assert ear.heard
    assert all(service in data for _, _, _, data in ear.heard)


async def test_who_does_not_scan_hears_nothing() -> None:
    ear, air = Ear(), SimulatedAir(play())
    scanner = BleakScanner(ear, backend=air.backend("wine"))
    await scanner.start()
    await scanner.stop()
    assert await air.run() == 0
    assert ear.heard == []


async def test_it_waits_for_its_time_at_the_speed_that_is_asked_for() -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    await SimulatedAir(play(), speed=1e-3, sleep=sleep).run()
    assert waits[-1] == pytest.approx(120_000, rel=0.02)
    assert waits[0] < waits[len(waits) // 2] < waits[-1]


def test_a_scanner_that_is_not_there_is_named() -> None:
    with pytest.raises(KeyError, match="cellar"):
        SimulatedAir(play()).backend("cellar")
