"""Faults of radios: when each happens in a live play, what is typed, and what a capture has of them."""

import numpy as np
import pytest

from nearcart_sim.core.days.play import Play
from nearcart_sim.core.days.radio_faults import Act, act_of, acts, not_played, without_radio_faults
from nearcart_sim.core.days.scenario_file import ScenarioFile
from nearcart_sim.shell.scenario_files import load_scenario

from ...layouts import small_layout

SCANNERS = ("door", "wine", "cheese")


def scenario(*faults: dict[str, object]) -> ScenarioFile:
    return ScenarioFile.model_validate(
        {
            "title": "t",
            "about": "a",
            "starts_at": "2026-03-02T08:00:00+01:00",
            "lasts": "10m",
            "layout": small_layout().model_dump(mode="json", exclude_none=True),
            "shoppers": {"staff": 6, "arrivals": [{"per_hour": 0}]},
            "tags": {"interval_ms": [100, 200]},
            "faults": list(faults),
        }
    )


def happens(*faults: dict[str, object]) -> list[Act]:
    return acts(scenario(*faults), small_layout())


def test_each_fault_has_its_beginning_and_its_end_in_order_of_time() -> None:
    assert happens(
        {"kind": "stalled-scan", "scanner": "wine", "at": "1m", "lasts": "1m", "mended_by": "power"},
        {"kind": "adapter-loss", "scanner": "cheese", "at": "30s", "lasts": "1m"},
        {"kind": "bluetoothd-restart", "at": "10s", "lasts": "4s"},
        {"kind": "dead-scanner", "scanner": "door", "at": "5m"},
    ) == [
        Act(10_000_000, "restart", seconds=4.0),
        Act(30_000_000, "unplug", "cheese"),
        Act(60_000_000, "stall", "wine", mended_by="power"),
        Act(90_000_000, "plug", "cheese"),
        Act(120_000_000, "mend", "wine"),
        Act(300_000_000, "deafen", "door"),
    ]


def test_a_power_cut_takes_the_adapters_of_its_edges() -> None:
    cut = happens({"kind": "power-cut", "edges": ["front"], "at": "10s", "lasts": "5s"})
    assert [(act.doing, act.scanner) for act in cut] == [
        ("unplug", "door"),
        ("unplug", "wine"),
        ("plug", "door"),
        ("plug", "wine"),
    ]
    every = happens({"kind": "power-cut", "at": "10s", "lasts": "5s"})
    assert {act.scanner for act in every} == set(SCANNERS)


def test_what_others_send_stays_in_the_air_and_clocks_and_networks_are_named() -> None:
    spoofed = load_scenario("spoofed-tags")
    assert without_radio_faults(spoofed).faults == spoofed.faults
    assert without_radio_faults(load_scenario("power-cuts")).faults == ()
    assert not_played(load_scenario("network-outage")) == ("network-outage",)
    assert not_played(load_scenario("edges-without-clocks")) == ("no-clock",)


@pytest.mark.parametrize(
    ("line", "act"),
    [
        ("stall wine\n", Act(7, "stall", "wine", mended_by="scan")),
        ("deafen wine", Act(7, "deafen", "wine")),
        ("  mend wine ", Act(7, "mend", "wine")),
        ("unplug door", Act(7, "unplug", "door")),
        ("plug door", Act(7, "plug", "door")),
        ("restart", Act(7, "restart", seconds=2.0)),
        ("restart 0.5", Act(7, "restart", seconds=0.5)),
    ],
)
def test_what_is_typed(line: str, act: Act) -> None:
    assert act_of(line, 7, SCANNERS) == act


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("stal wine", "'stal' is no command; there are: stall SCANNER"),
        ("stall wien", "did you mean 'wine'"),
        ("stall", "there is no scanner ''; allowed: door, wine, cheese"),
        ("restart soon", "from 0 to 3600, found 'soon'"),
        ("restart -1", "found '-1'"),
    ],
)
def test_a_mistyped_line_says_what_is_allowed(line: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        act_of(line, 0, SCANNERS)


@pytest.mark.parametrize(
    ("fault", "deaf"),
    [
        ({"kind": "adapter-loss", "scanner": "cheese"}, {"cheese"}),
        ({"kind": "stalled-scan", "scanner": "door"}, {"door"}),
        ({"kind": "bluetoothd-restart"}, set(SCANNERS)),
    ],
)
def test_a_capture_has_nothing_from_a_broken_radio_for_that_time(fault: dict[str, object], deaf: set[str]) -> None:
    play = Play(scenario({**fault, "at": "20s", "lasts": "20s"}), 0, 60)
    heard = [
        (at / 1e6, play.scanners[scanner])
        for chunk in play.chunks()
        for at, scanner in zip(chunk.heard.at.tolist(), chunk.heard.scanner.tolist(), strict=True)
    ]
    during = {name for at, name in heard if 20 <= at < 40}
    assert during == set(SCANNERS) - deaf
    for before_and_after in ((0, 20), (40, 60)):
        assert {name for at, name in heard if before_and_after[0] <= at < before_and_after[1]} == set(SCANNERS)


def test_a_radio_that_is_broken_sets_no_clock_back() -> None:
    """Only an edge without power forgets the time."""
    wrong = {"kind": "no-clock", "behind": "1h", "synced_after": "5s"}
    lost = {"kind": "bluetoothd-restart", "at": "20s", "lasts": "5s"}
    play = Play(scenario(wrong, lost), 0, 60)
    behind = [
        at / 1e6
        for chunk in play.chunks()
        for at, stamp in zip(chunk.heard.at.tolist(), play.outages.stamped(chunk.heard).tolist(), strict=True)
        if stamp < at
    ]
    assert max(behind) < 5


def test_a_scanner_that_is_not_there_is_told_with_its_line() -> None:
    with pytest.raises(ValueError, match="scanner"):
        ScenarioFile.model_validate(
            {**scenario().model_dump(mode="json"), "faults": [{"kind": "adapter-loss", "at": "1m"}]}
        )


def test_a_play_that_begins_later_is_the_rest_of_the_whole() -> None:
    whole, later = (Play(load_scenario("corner-shop"), 3, 300) for _ in range(2))
    rest = list(later.chunks(places=True, begins_at=190.0))
    expected = [chunk for chunk in whole.chunks(places=True) if chunk.begins >= 180_000_000]
    assert [chunk.begins for chunk in rest] == [chunk.begins for chunk in expected]
    for one, other in zip(rest, expected, strict=True):
        assert np.array_equal(one.heard.at, other.heard.at)
        assert np.array_equal(one.heard.rssi, other.heard.rssi)
        said = [
            [repr(chunk.broadcasts[number]) for number in chunk.events.broadcast[chunk.heard.event].tolist()]
            for chunk in (one, other)
        ]
        assert said[0] == said[1]
