"""What scanners hear: channels and windows, fading, bodies, collisions, and the floor below which nothing is heard."""

import numpy as np
import pytest
from numpy.typing import NDArray

from nearcart_contract.store_file import Layout
from nearcart_sim.core.air.events import Events, joined
from nearcart_sim.core.air.hearing import Heard, Hearing
from nearcart_sim.core.rooms.drift import correlation
from nearcart_sim.core.rooms.radio_map import RadioMap
from nearcart_sim.core.rooms.radio_parameters import RadioParameters, Scanning

LAYOUT = Layout.model_validate(
    {
        "floor": {"width": 30, "height": 10},
        "scanners": {n: {"x": x, "y": 5, "zone": n} for n, x in (("a", 5), ("b", 25))},
    }
)
CALM = RadioParameters(
    scanner_spread_db=0,
    shadowing_db=0,
    fading=50,
    drift_db=0,
    noise_db=0,
    body_db=0,
    loss=0,
    soft_db=0,
    sensitivity_dbm=-99,
)


def events(
    count: int, *, x: float = 6.0, facing: float = 0.0, device: int = 5, louder: int = 0, seconds: float = 60
) -> Events:
    still = np.zeros(count)
    return Events(
        np.linspace(0, seconds * 1e6, count, endpoint=False).astype(np.int64) + device % 1000,
        np.full(count, device, dtype=np.uint64), np.arange(count), still + x, still + 5.0, still + facing, still,
        np.full(count, louder, dtype=np.int32), np.zeros(count, dtype=np.int32),
    )  # fmt: skip


def hear(
    sent: Events, parameters: RadioParameters = CALM, scanning: Scanning | None = None, seconds: float = 60
) -> Heard:
    radio_map = RadioMap(LAYOUT, parameters, 0)
    return Hearing(LAYOUT, radio_map, parameters, scanning or Scanning(), 0).hear(sent, seconds)


def levels(heard: Heard, scanner: int = 0) -> list[int]:
    return heard.rssi[heard.scanner == scanner].tolist()


def test_every_scanner_in_reach_hears_every_packet_on_a_quiet_day() -> None:
    heard = hear(events(200))
    assert (len(levels(heard, 0)), len(levels(heard, 1))) == (200, 200)
    assert np.mean(levels(heard, 0)) > np.mean(levels(heard, 1)) + 15
    assert (np.diff(heard.at) >= 0).all()


def test_half_a_window_hears_half() -> None:
    heard = hear(events(4000), scanning=Scanning(interval_ms=60, window_ms=30))
    assert len(levels(heard)) / 4000 == pytest.approx(0.5, abs=0.05)


def test_a_body_takes_its_loss_behind_her_back() -> None:
    turned = CALM.model_copy(update={"body_db": 10.0})
    towards, away = (np.mean(levels(hear(events(300, facing=facing), turned))) for facing in (-1.0, 1.0))
    assert towards - away == pytest.approx(10, abs=0.7)


def test_a_still_tag_fades_by_channel_and_a_place_further_on_otherwise() -> None:
    fading = CALM.model_copy(update={"fading": 1.0, "fading_s": 3600.0})
    here = set(levels(hear(events(600), fading)))
    assert 1 < len(here) <= 6  # three channels, and the end of a while
    moved = {level for step in range(40) for level in levels(hear(events(30, x=6.0 + step * 0.1), fading))}
    assert len(moved) > 12


def test_below_the_floor_nothing_is_heard_and_just_above_it_half() -> None:
    faint = hear(events(2000, x=6.0, louder=-40 * 128), CALM.model_copy(update={"sensitivity_dbm": -90.0}))
    assert len(faint) == 0
    level = round(np.mean(levels(hear(events(2000)))))
    soft = CALM.model_copy(update={"sensitivity_dbm": max(-110.0, level - 5.0), "soft_db": 5.0})
    assert len(levels(hear(events(2000), soft))) / 2000 == pytest.approx(0.5, abs=0.1)


def test_what_moves_about_lifts_and_lowers_a_link_slowly_and_each_by_itself() -> None:
    """Alike within a second, forgotten after ten, the same wherever she walks; each scanner and device has its own."""
    lively = CALM.model_copy(update={"drift_db": 4.0})

    def off(device: int) -> NDArray[np.float64]:
        heard = hear(events(6000, seconds=6000, device=device), lively)
        levels = np.full(6000, np.nan)
        levels[heard.event[heard.scanner == 0]] = heard.rssi[heard.scanner == 0]
        return levels - np.nanmean(levels)

    one, other = off(5), off(6)
    assert np.nanstd(one) == pytest.approx(4, rel=0.1)
    alike = [float(np.nanmean(one[:-lag] * one[lag:]) / np.nanvar(one)) for lag in (1, 5, 12)]
    assert alike[0] > 0.8
    assert 0.1 < alike[1] < 0.5
    assert abs(alike[2]) < 0.15
    assert alike[1] == pytest.approx(float(correlation(np.array(1.0))), abs=0.12)
    assert abs(float(np.nanmean(one * other))) < 2


def test_a_crowd_collides_and_a_louder_packet_survives() -> None:
    def crowd_of(count: int) -> Events:
        return joined([events(120, louder=20 * 128), *(events(600, device=9 + n, x=6.5) for n in range(count))])

    def share(sent: Events, first: int, last: int) -> float:
        heard = hear(sent)
        chosen = (heard.event >= first) & (heard.event < last) & (heard.scanner == 0)
        return int(chosen.sum()) / (last - first)

    assert share(crowd_of(1), 120, 720) > 0.97
    crowded = crowd_of(100)
    rate = 100 * 600 / 60
    assert share(crowded, 120, len(crowded)) == pytest.approx(np.exp(-2 * rate * 376e-6), abs=0.05)
    assert share(crowded, 0, 120) > 0.95


def test_what_one_device_does_changes_no_other_packet_while_the_air_is_nearly_free() -> None:
    alone = hear(events(300), RadioParameters())
    together = hear(joined([events(300), events(10, device=8)]), RadioParameters())
    mine = together.event < 300
    assert np.isin(alone.at, together.at[mine]).mean() > 0.99


def test_nothing_is_stamped_after_the_end_of_its_seconds() -> None:
    radio_map = RadioMap(LAYOUT, CALM, 0)
    hearing, sent = Hearing(LAYOUT, radio_map, CALM, Scanning(stamp_offset_ms=50), 0), events(600, seconds=1)
    assert hearing.hear(sent, 1.0).at.max() > 1_000_000
    bounded = hearing.hear(sent, 1.0, 1_000_000).at
    assert bounded.max() == 999_999
    assert (np.diff(bounded) >= 0).all()
