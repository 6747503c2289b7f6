"""Mean levels over a floor: distance, walls, shelves, and shadowing that is alike nearby and not further away."""

import numpy as np
import pytest
from numpy.typing import NDArray

from nearcart_contract.store_file import Layout
from nearcart_sim.core.rooms.fading import UNIT
from nearcart_sim.core.rooms.obstacles import Shelf, Wall
from nearcart_sim.core.rooms.radio_map import RadioMap
from nearcart_sim.core.rooms.radio_parameters import RadioParameters

HALL = Layout.model_validate(
    {"floor": {"width": 40, "height": 40}, "scanners": {"s": {"x": 20, "y": 20, "z": 1.1, "zone": "s"}}}
)
PLAIN = RadioParameters(exponent=2.0, shadowing_db=0, scanner_spread_db=0)
Places = NDArray[np.float64]


def level(radio_map: RadioMap, x: float, y: float) -> float:
    return float(radio_map.levels[0][radio_map.cells(np.array([x]), np.array([y]))[0]]) / UNIT


def test_ten_times_the_distance_costs_ten_times_the_exponent() -> None:
    radio_map = RadioMap(HALL, PLAIN, 0)
    assert level(radio_map, 21.6, 20.1) == pytest.approx(-59 - 20 * np.log10(1.6), abs=0.7)
    assert level(radio_map, 21.6, 20.1) - level(radio_map, 36.1, 20.1) == pytest.approx(20, abs=0.7)


def test_a_wall_takes_its_loss_from_those_behind_it_only() -> None:
    bare, walled = (
        RadioMap(HALL, PLAIN, 0, walls=walls) for walls in ((), (Wall(line=((25, 10), (25, 30)), loss_db=7),))
    )
    assert level(bare, 30, 20) - level(walled, 30, 20) == pytest.approx(7)
    assert level(bare, 24, 20) == level(walled, 24, 20)
    assert level(bare, 26, 39) == level(walled, 26, 39)


def test_a_shelf_takes_its_loss_unless_radio_passes_above_it() -> None:
    high = HALL.model_copy(update={"scanners": {"s": HALL.scanners["s"].model_copy(update={"z": 8.0})}})
    shelf = Shelf(box=((22, 15), (23, 25)), height=1.8, loss_db=5)
    for layout, lost in ((HALL, 5), (high, 0)):
        bare, full = RadioMap(layout, PLAIN, 0), RadioMap(layout, PLAIN, 0, shelves=[shelf])
        assert level(bare, 25, 20) - level(full, 25, 20) == pytest.approx(lost)


def test_shadowing_has_its_deviation_and_is_forgotten_with_distance() -> None:
    shadows = RadioParameters(exponent=2.0, shadowing_db=4, scanner_spread_db=0, shadowing_m=1.0)
    differences = [
        (np.array(RadioMap(HALL, shadows, seed).levels[0], float) - RadioMap(HALL, PLAIN, seed).levels[0]) / UNIT
        for seed in range(4)
    ]
    field = np.stack(differences).reshape(4, 176, 176)
    assert field.std() == pytest.approx(4, rel=0.08)
    correlation = [float((field[:, :, :-k] * field[:, :, k:]).mean() / field.var()) for k in (1, 4, 16)]
    assert correlation[0] > 0.8
    assert 0.2 < correlation[1] < 0.65
    assert abs(correlation[2]) < 0.1


def test_a_measured_place_has_its_level_whatever_stands_in_the_way() -> None:
    """Walls and shelves are in what was measured; they are not taken off once more. Places far from it are as they were."""
    measured = {"s": ((28.1, 20.1, -80.0, 1e6), (12.1, 20.1, -61.0, 1e6))}
    known = RadioParameters(exponent=2.0, scanner_spread_db=0, measured=measured)
    in_the_way = {
        "walls": (Wall(line=((25, 10), (25, 30)), loss_db=7),),
        "shelves": (Shelf(box=((26, 15), (27, 25)), height=1.8, loss_db=5),),
    }
    for more in ({}, in_the_way):
        bare, bent = (RadioMap(HALL, each, 3, **more) for each in (known.model_copy(update={"measured": {}}), known))
        assert level(bent, 28.1, 20.1) == pytest.approx(-80, abs=0.6)
        assert level(bent, 12.1, 20.1) == pytest.approx(-61, abs=0.6)
        assert level(bent, 20.1, 38.1) == level(bare, 20.1, 38.1)
