"""A room is found again from a walk through it: its law, how its levels split, and what was measured where."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from nearcart_contract.store_file import Layout
from nearcart_sim.core.air.copy import Beacon, Packet, Place, walk_again
from nearcart_sim.core.rooms.fading import UNIT, nakagami_quantiles, shape_of, variance_of_packets
from nearcart_sim.core.rooms.radio_map import RadioMap
from nearcart_sim.core.rooms.radio_parameters import RadioParameters
from nearcart_sim.core.rooms.recorded_room import RecordedRoom, recorded_room

LAYOUT = Layout.model_validate(
    {
        "scanners": {
            name: {"x": x, "y": y, "z": 2.2, "zone": name} for name, x, y in (("a", 1, 1), ("b", 11, 2), ("c", 6, 9))
        }
    }
)
CORNERS = 2 * (
    (1, 2),
    (10, 2),
    (10, 4),
    (2, 4),
    (2, 6),
    (10, 6),
    (10, 8),
    (1, 8),
    (1, 2),
    (6, 2),
    (6, 8),
    (1, 8),
    (1, 2),
)
LIVELY = RadioParameters(
    exponent=2.2,
    shadowing_db=3.5,
    shadowing_m=1.5,
    drift_db=3.0,
    fading=3.0,
    loss=0.2,
    scanner_db={"a": 2, "b": -3, "c": 0},
)


@cache
def places() -> tuple[Place, ...]:
    """0.5 m/s along the corners, twice: who comes by again tells the place from the time."""
    way, at = [(0.0, 1.0, 2.0)], 0.0
    for (ax, ay), (bx, by) in pairwise(CORNERS):
        steps = int(np.hypot(bx - ax, by - ay) / 0.25)
        for step in range(1, steps + 1):
            at += 0.5
            way.append((at, ax + (bx - ax) * step / steps, ay + (by - ay) * step / steps))
    return tuple(way)


def walked(parameters: RadioParameters, beacon: Beacon | None = None) -> list[Packet]:
    return walk_again(LAYOUT, places(), beacon or Beacon(200), parameters, 3)


@cache
def found() -> RecordedRoom:
    return recorded_room(LAYOUT, places(), walked(LIVELY))


def test_the_law_the_rhythm_and_the_losses() -> None:
    law = found().law
    assert law.exponent == pytest.approx(2.2, abs=0.6)
    assert law.rhythm.interval_ms == pytest.approx(200, abs=4)
    assert law.rhythm.loss == pytest.approx(0.2, abs=0.06)
    assert law.rhythm.silent < 0.05


def test_a_tag_that_nobody_hears_at_times_is_silent_and_not_lost() -> None:
    loud = LIVELY.model_copy(update={"loss": 0.0})
    rhythm = recorded_room(LAYOUT, places(), walked(loud, Beacon(200, silent=0.3))).law.rhythm
    assert rhythm.silent == pytest.approx(0.3, abs=0.05)
    assert rhythm.loss < 0.02


def test_what_is_off_the_law_is_split_as_it_was_made() -> None:
    parameters = found().parameters
    assert parameters.drift_db == pytest.approx(3.0, abs=1.0)
    assert parameters.shadowing_db == pytest.approx(3.5, abs=1.0)
    assert parameters.fading == pytest.approx(3.0, abs=1.5)


def test_a_room_without_drift_or_without_shadows_is_told_from_the_other() -> None:
    by_place = LIVELY.model_copy(update={"drift_db": 0.0, "shadowing_db": 4.0})
    by_time = LIVELY.model_copy(update={"drift_db": 4.0, "shadowing_db": 0.0})
    one, other = (recorded_room(LAYOUT, places(), walked(each)).parameters for each in (by_place, by_time))
    assert one.drift_db < 2 < one.shadowing_db
    assert other.shadowing_db < 2 < other.drift_db


def test_the_room_has_the_shadows_of_the_recorded_one_where_somebody_walked() -> None:
    true = RadioMap(LAYOUT, LIVELY, 3)
    x, y = (np.array(column) for column in list(zip(*places(), strict=True))[1:])

    def off(parameters: RadioParameters, seed: int) -> float:
        copy = RadioMap(LAYOUT, parameters, seed)
        cells = true.cells(x, y)
        return float(np.std([(copy.levels[n][cells] - true.levels[n][cells]) / UNIT for n in range(3)]))

    measured = np.mean([off(found().parameters, seed) for seed in range(3)])
    of_its_kind = np.mean([off(found().parameters.model_copy(update={"measured": {}}), seed) for seed in range(3)])
    assert measured < 0.7 * of_its_kind


def test_a_shape_gives_the_variance_that_it_was_found_for() -> None:
    for shape in (1.0, 1.3, 2.0, 5.0, 20.0):
        assert shape_of(variance_of_packets(shape, 0.0)) == pytest.approx(shape, rel=0.09, abs=0.11)
    levels = nakagami_quantiles(1.3) / UNIT
    assert variance_of_packets(1.3, 2.0) == pytest.approx(levels.var() + 4)
    assert shape_of(1e-3) == 50.0
