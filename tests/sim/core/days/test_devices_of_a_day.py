"""What a scenario says of devices, seen in what its tags send: power, cells that run empty, a firmware that comes for one class."""

import numpy as np
import pytest

from nearcart_sim.core.air.events import Events, joined
from nearcart_sim.core.days.play import Play
from nearcart_sim.core.days.scenario_file import ScenarioFile
from nearcart_sim.core.firmware.devices import device_key

from ...layouts import small_layout

SECOND = 1_000_000


def played(minutes: float, tags: dict[str, object], **more: object) -> Play:
    """Twelve of the staff, who stay."""
    scenario = {
        "title": "t",
        "about": "a",
        "starts_at": "2026-03-02T08:00:00+01:00",
        "lasts": "1h",
        "layout": small_layout().model_dump(mode="json", exclude_none=True),
        "shoppers": {"staff": 12, "arrivals": [{"per_hour": 0}]},
        "tags": tags,
    }
    return Play(ScenarioFile.model_validate({**scenario, **more}), 4, minutes * 60)


def sent(play: Play) -> Events:
    return joined([chunk.events for chunk in play.chunks()])


def test_a_transmitters_power_lifts_what_is_heard_and_what_the_tag_says_of_itself() -> None:
    quiet, loud = (played(2, {"tx_power_dbm": power, "interval_ms": [300, 300]}) for power in (-8, 0))
    levels, says = [], []
    for play in (quiet, loud):
        chunks = list(play.chunks())
        levels.append(
            {
                (int(chunk.events.device[event]), int(chunk.events.number[event]), scanner): rssi
                for chunk in chunks
                for event, scanner, rssi in zip(
                    chunk.heard.event.tolist(), chunk.heard.scanner.tolist(), chunk.heard.rssi.tolist(), strict=True
                )
            }
        )
        says.append({each.payload.manufacturer_data[0x004C][-1] for chunk in chunks for each in chunk.broadcasts})
    both = levels[0].keys() & levels[1].keys()
    assert len(both) > 5000
    assert {levels[1][key] - levels[0][key] for key in both} == {8}
    assert says == [{256 - 67}, {256 - 59}]


def test_a_cell_that_is_nearly_used_up_ends_its_tag_and_no_other() -> None:
    nearly = {"used": [0.999_995, 0.999_995]}
    play = played(10, {"kinds": {"ibeacon": 1, "phone": 1}, "interval_ms": [300, 300], "battery": nearly})
    events = sent(play)
    last = {
        carrier.specification.kind: int(events.at[events.device == np.uint64(device_key(carrier.name, 4))].max())
        for carrier in play.carriers
    }
    assert 60 * SECOND < last["ibeacon"] < 150 * SECOND
    assert last["phone"] > 599 * SECOND


def test_a_firmware_brings_its_class_another_interval_within_ten_minutes_each_in_its_own_time() -> None:
    update = {"kind": "ibeacon", "at": "2m", "interval_ms": 1000}
    play = played(14, {"kinds": {"ibeacon": 1, "altbeacon": 1}, "interval_ms": [200, 200]}, updates=[update])
    events = sent(play)
    changed = []
    for carrier in play.carriers:
        at = events.at[events.device == np.uint64(device_key(carrier.name, 4))]
        before, after = (np.median(np.diff(at[part])) for part in (at < 120 * SECOND, at > 13 * 60 * SECOND))
        assert before == pytest.approx(205_000, abs=2000)
        if carrier.specification.kind == "altbeacon":
            assert after == pytest.approx(205_000, abs=2000)
        else:
            assert after == pytest.approx(1_005_000, abs=3000)
            changed.append(int(at[np.flatnonzero(np.diff(at) > 900_000)[0]]))
    assert len(changed) >= 3
    assert all(120 * SECOND <= at <= 721 * SECOND for at in changed)
    assert max(changed) - min(changed) > 60 * SECOND
