"""Rooms of the kind of a furnished flat with six anchors, where a robot carried the tag and stood now and then; RSSI averaged to 3 Hz.

Nothing measured is handed on but the law and the scanners' loudness (``test_copies`` does that): rooms differ in their shadows. Furniture makes deeper ones
than the hall's, over longer distances, and more changes with time: four numbers of the defaults change. One walk says less than three, so that bounds
are wider: shadows alone make the correlations of one room differ by 0.05 to 0.1 (deviation) from the next room's.
"""

from functools import cache

import numpy as np
import pytest

from nearcart_contract.store_file import Locate, Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.locate import MedianLocator
from nearcart_gateway.core.location.calibrate import Walk as GatewayWalk
from nearcart_sim.core.air.copy import Beacon
from nearcart_sim.core.rooms.radio_parameters import RadioParameters

from ....gateway.core.location.recordings import FLAT, Figures, follow, judge, walk
from ...recorded_radio import Radio, Walk, copy_of, largest_gap, radio_of

ROOMS = range(10)
AVERAGE_S = 1 / 3
INTERVAL_MS = 328
MEASURED_POWER = -59


@cache
def flat() -> Store:
    return load_yaml(FLAT / "store.yaml", Store)


@cache
def recorded() -> Walk:
    robot = walk(FLAT, "robot")
    return Walk([*robot.truth], [*robot.packets])


@cache
def recorded_radio() -> Radio:
    return radio_of(flat(), [recorded()], AVERAGE_S)


@cache
def simulated() -> list[Walk]:
    loudness = {name: level - MEASURED_POWER for name, level in recorded_radio().at_1m.items()}
    furnished = RadioParameters(
        exponent=recorded_radio().exponent,
        scanner_db=loudness,
        shadowing_db=4.6,
        shadowing_m=2.2,
        drift_db=3.3,
        fading=1.8,
        loss=0.0,
    )
    return [copy_of(flat(), [recorded()], Beacon(INTERVAL_MS, silent=0.28), furnished, seed)[0] for seed in ROOMS]


@cache
def simulated_radio() -> list[Radio]:
    return [radio_of(flat(), [walked], AVERAGE_S) for walked in simulated()]


def test_the_spread_and_the_levels() -> None:
    assert np.mean([room.spread_db for room in simulated_radio()]) == pytest.approx(recorded_radio().spread_db, abs=0.4)
    gaps = [largest_gap(room.levels, recorded_radio().levels) for room in simulated_radio()]
    assert np.mean(gaps) < 0.09
    assert max(gaps) < 0.15
    assert max(largest_gap(room.off, recorded_radio().off) for room in simulated_radio()) < 0.07


def fits(recorded: object, rooms: object, at_least: float) -> None:
    """The recording is within ``at_least`` of the rooms' mean, or within two and a half of their own deviations."""
    found, wanted = np.array(rooms), np.array(recorded)
    assert (np.abs(found.mean(axis=0) - wanted) < np.maximum(at_least, 2.5 * found.std(axis=0))).all()


def test_the_correlation_over_distance_and_over_time() -> None:
    fits(recorded_radio().by_distance, [room.by_distance for room in simulated_radio()], 0.1)
    fits(recorded_radio().by_time, [room.by_time for room in simulated_radio()], 0.1)


def figures(locate: Locate, walked: Walk) -> Figures:
    same = GatewayWalk(tuple(walked.packets), tuple(walked.places))
    return judge(flat(), follow(MedianLocator(flat(), locate), same), same)


@pytest.mark.parametrize(
    "locate",
    [Locate(window_s=0.5, hysteresis_db=0), Locate(window_s=3, hysteresis_db=3)],
    ids=["loudest", "median of 3 s"],
)
def test_the_recording_is_no_outlier_for_peers(locate: Locate) -> None:
    """One walk with long stands: what peers reach hangs on the shadows of few places (0.3 to 0.8 of the steps from room to room)."""
    fits([figures(locate, recorded()).zone], [[figures(locate, walked).zone] for walked in simulated()], 0.09)
