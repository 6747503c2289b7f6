"""Simulated walks beside recorded ones, in the same room, on the same ways: levels, spread, correlations, losses, and what peers make of them.

The bounds are for the mean of six simulated rooms that differ in their shadows only, or for each of them where it says so.
"""

from functools import cache

import numpy as np
import pytest

from nearcart_contract.store_file import Locate
from nearcart_gateway.core.locate import MedianLocator
from nearcart_gateway.core.location.calibrate import Walk as GatewayWalk
from nearcart_sim.core.air.copy import Beacon
from nearcart_sim.core.rooms.radio_parameters import RadioParameters

from ....gateway.core.location.recordings import HALL, HALL_WALKS, Figures, follow, hall, judge, mean, walk
from ...recorded_radio import Radio, Walk, copy_of, largest_gap, radio_of

ROOMS = range(6)
INTERVAL_S = 0.45
MEASURED_POWER = -59


@cache
def recorded() -> list[Walk]:
    return [Walk([*each.truth], [*each.packets]) for each in (walk(HALL, name) for name in HALL_WALKS)]


@cache
def recorded_radio() -> Radio:
    return radio_of(hall(), recorded(), INTERVAL_S)


@cache
def simulated() -> list[list[Walk]]:
    """The hall's scanners are as loud as they were measured to be; the rest are the defaults."""
    loudness = {name: level - MEASURED_POWER for name, level in recorded_radio().at_1m.items()}
    parameters = RadioParameters(exponent=recorded_radio().exponent, scanner_db=loudness)
    return [copy_of(hall(), recorded(), Beacon(INTERVAL_S * 1000), parameters, seed) for seed in ROOMS]


@cache
def simulated_radio() -> list[Radio]:
    return [radio_of(hall(), walks, INTERVAL_S) for walks in simulated()]


def test_the_spread_off_the_law_of_distance() -> None:
    assert np.mean([room.spread_db for room in simulated_radio()]) == pytest.approx(recorded_radio().spread_db, abs=0.3)
    assert np.mean([room.exponent for room in simulated_radio()]) == pytest.approx(recorded_radio().exponent, abs=0.15)


def test_the_levels_as_two_samples() -> None:
    """Kolmogorov and Smirnov's distance of 5,400 recorded and 5,400 simulated levels, of each room; and of what is off the law."""
    for room in simulated_radio():
        assert largest_gap(room.levels, recorded_radio().levels) < 0.05
        assert largest_gap(room.off, recorded_radio().off) < 0.045


def test_the_correlation_over_distance_and_over_time() -> None:
    over_distance = np.mean([room.by_distance for room in simulated_radio()], axis=0)
    over_time = np.mean([room.by_time for room in simulated_radio()], axis=0)
    assert over_distance == pytest.approx(recorded_radio().by_distance, abs=0.06)
    assert over_time == pytest.approx(recorded_radio().by_time, abs=0.06)


def test_the_share_of_packets_that_is_heard() -> None:
    assert np.mean([room.heard for room in simulated_radio()]) == pytest.approx(recorded_radio().heard, abs=0.015)


def figures(locate: Locate, walks: list[Walk]) -> Figures:
    """How well the peers' way finds the zone."""
    layout, found = hall(), []
    for each in walks:
        same = GatewayWalk(tuple(each.packets), tuple(each.places))
        found.append(judge(layout, follow(MedianLocator(layout, locate), same), same))
    return mean(found)


@pytest.mark.parametrize(
    "locate",
    [Locate(window_s=0.5, hysteresis_db=0), Locate(window_s=3, hysteresis_db=3)],
    ids=["loudest", "median of 3 s"],
)
def test_peers_score_about_as_well(locate: Locate) -> None:
    """On average within 0.09 of the recording (0.38 and 0.41), with as many switches; the recording is no outlier among the rooms."""
    real = figures(locate, recorded())
    rooms = [figures(locate, walks) for walks in simulated()]
    zones = [room.zone for room in rooms]
    assert np.mean(zones) == pytest.approx(real.zone, abs=0.09)
    assert min(zones) - 0.03 < real.zone < max(zones) + 0.03
    assert 0.75 < np.mean([room.switches for room in rooms]) / real.switches < 1.35
