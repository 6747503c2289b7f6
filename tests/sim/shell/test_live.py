"""A scenario played live, heard by an unmodified bleak: several adapters, its faults, and clocks that are right now."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from bleak.exc import BleakDBusError

from nearcart_contract.advertisement import full_uuid
from nearcart_contract.roster import EddystoneEidIdentity
from nearcart_sim.core.beacons.eddystone_eid import ephemeral_id
from nearcart_sim.core.days.radio_faults import act_of
from nearcart_sim.core.days.scenario_file import ScenarioFile
from nearcart_sim.shell.live import Excerpt, LiveScenario

from ..layouts import small_layout
from .conftest import Ear, until


def scenario(*faults: dict[str, object], kind: str = "ibeacon") -> ScenarioFile:
    """Eight of the staff, who never leave."""
    return ScenarioFile.model_validate(
        {
            "title": "t",
            "about": "a",
            "starts_at": "2020-03-02T08:00:00+01:00",
            "lasts": "2h",
            "layout": small_layout().model_dump(mode="json", exclude_none=True),
            "shoppers": {"staff": 8, "arrivals": [{"per_hour": 0}]},
            "tags": {"interval_ms": [100, 100], "kinds": {kind: 1}},
            "faults": list(faults),
        }
    )


@asynccontextmanager
async def playing(
    monkeypatch: pytest.MonkeyPatch, wanted: ScenarioFile, excerpt: Excerpt = Excerpt()
) -> AsyncIterator[LiveScenario]:
    live = LiveScenario(wanted, 0, excerpt)
    async with live:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", live.bluez.bus_address)
        air = asyncio.create_task(live.run())
        try:
            yield live
        finally:
            air.cancel()
            with pytest.raises(asyncio.CancelledError):
                await air


async def test_bleak_hears_each_adapter_as_the_scanner_that_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    door, cheese = Ear("hci0"), Ear("hci2")
    async with playing(monkeypatch, scenario()) as live:
        async with door.scanner, cheese.scanner:
            await until(lambda: len(door.heard) > 60 and len(cheese.heard) > 60)
            assert live.scanned() == ["door", "cheese"]
        told = {scanner: live.bluez.counts(adapter) for scanner, adapter in live.adapters.items()}
        assert told["wine"].adverts_sent == 0 < told["wine"].received
    assert len(door.heard) <= told["door"].adverts_sent
    assert {len(ear.addresses) for ear in (door, cheese)} == {8}
    means = [{address: sum(rssi) / len(rssi) for address, rssi in _by_address(ear).items()} for ear in (door, cheese)]
    assert max(abs(means[0][address] - means[1][address]) for address in means[0]) > 6


def _by_address(ear: Ear) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for address, data in ear.heard:
        found.setdefault(address, []).append(data.rssi)
    return found


async def test_an_excerpt_ends_and_its_places_are_told_in_the_time_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    live = LiveScenario(scenario(), 0, Excerpt(begins=3600, lasts=20, speed=10))
    places: Counter[str] = Counter()
    began = time.time()
    async with live:
        await live.run(
            lambda chunk: places.update(
                "now" if abs(live.play.starts_at_us / 1e6 + at / 1e6 - began) < 30 else "another time"
                for at in (chunk.places.at.tolist() if chunk.places else [])
            ),
            places=True,
        )
    assert places["now"] >= 8 * 40
    assert not places["another time"]
    assert live.now_us / 1e6 == pytest.approx(3620, abs=30)


async def test_rolling_identifiers_are_those_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the scenario begins in 2020, and is played from its second hour on."""
    ear = Ear("hci0")
    async with playing(monkeypatch, scenario(kind="eddystone-eid"), Excerpt(begins=3600)) as live:
        async with ear.scanner:
            await until(lambda: len(ear.addresses) == 8)
        tags = [each for each in live.play.roster() if isinstance(each, EddystoneEidIdentity)]
    right = {ephemeral_id(tag, int(time.time()) - tag.clock_offset_s - back) for tag in tags for back in (0, 60)}
    said = {data.service_data[full_uuid("feaa")][2:10] for _, data in ear.heard}
    assert len(said) >= 8
    assert said <= right


async def test_a_lost_adapter_is_gone_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the scenario's file: it is out from the first second on, for two."""
    lost = {"kind": "adapter-loss", "scanner": "door", "at": "1s", "lasts": "2s"}
    async with playing(monkeypatch, scenario(lost)) as live:
        before, after = Ear("hci0"), Ear("hci0")
        with pytest.raises(BleakDBusError, match="hci0 is not there"):
            async with before.scanner:
                await until(lambda: before.heard)
                await until(lambda: not live.scanned())
        await until(lambda: live.now_us > 3_200_000)
        async with after.scanner:
            await until(lambda: after.heard)


async def test_a_stalled_scan_hears_again_when_it_is_started_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    async with playing(monkeypatch, scenario()) as live:
        stalled = Ear("hci0")
        async with stalled.scanner:
            await until(lambda: stalled.heard)
            await live.do(act_of("stall door", live.now_us, live.play.scanners))
            await live.bluez.drain()
            received, told = (getattr(live.bluez.counts("hci0"), field) for field in ("received", "adverts_sent"))
            await until(lambda: live.bluez.counts("hci0").received > received + 30)
            assert live.bluez.counts("hci0").adverts_sent == told
        anew = Ear("hci0")
        async with anew.scanner:
            await until(lambda: anew.heard)


async def test_a_restarted_bluetoothd_scans_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    async with playing(monkeypatch, scenario()) as live:
        ear = Ear("hci1")
        with pytest.raises(BleakDBusError, match="No discovery started"):
            async with ear.scanner:
                await until(lambda: ear.heard)
                await live.do(act_of("restart 0.1", live.now_us, live.play.scanners))
                assert live.scanned() == []
        again = Ear("hci1")
        async with again.scanner:
            await until(lambda: again.heard)


def test_nothing_is_played_after_the_end() -> None:
    with pytest.raises(ValueError, match="lasts 7200 s: there is nothing to play from 7200 s on"):
        LiveScenario(scenario(), 0, Excerpt(begins=7200))
