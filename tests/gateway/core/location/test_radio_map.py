import numpy as np
import pytest

from nearcart_contract.radio_file import Radio, ScannerRadio
from nearcart_contract.store_file import Layout
from nearcart_gateway.core.location.floor_grid import grid_of
from nearcart_gateway.core.location.radio_map import calibrated, decades, uncalibrated

LAYOUT = Layout.model_validate(
    {
        "floor": {"width": 10, "height": 6},
        "scanners": {"door": {"x": 1, "y": 3, "zone": "door"}, "till": {"x": 9, "y": 3, "zone": "till"}},
    }
)
GRID = grid_of(LAYOUT)
LAW = ScannerRadio(power=-60.0, exponent=2.0)


def cell(x: float, y: float) -> int:
    return int(((GRID.centres - (x, y)) ** 2).sum(axis=1).argmin())


def test_ten_times_as_far_is_one_decade() -> None:
    flat = LAYOUT.model_copy(
        update={"scanners": {n: s.model_copy(update={"z": 1.2}) for n, s in LAYOUT.scanners.items()}}
    )
    found = decades(flat, np.array([[2.0, 3.0], [11.0, 3.0]]), 1.2)[0]
    assert found == pytest.approx([0.0, -10.0])


def test_in_a_shadow_the_map_follows_the_survey_and_elsewhere_the_law() -> None:
    plain = calibrated(LAYOUT, GRID, Radio(scanners={"door": LAW, "till": LAW}))
    here, unseen = cell(5.25, 3.25), cell(9.75, 5.75)
    surveyed = [cell(x, y) for x in (0.75, 2.25, 3.75, 6.75, 8.25) for y in (1.25, 3.25)]
    points = [(*map(float, GRID.centres[at]), float(plain.mean[0, at]), 20.0) for at in surveyed]
    shadow = (*map(float, GRID.centres[here]), float(plain.mean[0, here]) - 12.0, 20.0)
    shadowed = LAW.model_copy(update={"survey": (*points, shadow)})
    found = calibrated(LAYOUT, GRID, Radio(scanners={"door": shadowed, "till": LAW}))
    assert found.mean[0, here] == pytest.approx(plain.mean[0, here] - 12.0, abs=3.0)
    assert found.mean[0, unseen] == pytest.approx(plain.mean[0, unseen], abs=3.0)
    assert found.variance[0, here] < found.variance[0, unseen] / 4
    assert (found.variance >= 0).all()
    assert found.mean[1] == pytest.approx(plain.mean[1])


def test_a_scanner_that_was_not_calibrated_is_like_the_others() -> None:
    found = calibrated(LAYOUT, GRID, Radio(scanners={"door": ScannerRadio(power=-50.0, exponent=2.0)}))
    assert found.mean[1].max() == pytest.approx(found.mean[0].max(), abs=1.0)


def test_the_usual_law_is_loudest_at_the_scanner() -> None:
    found = uncalibrated(LAYOUT, GRID)
    assert int(found.mean[1].argmax()) in {cell(x, y) for x in (8.75, 9.25) for y in (2.75, 3.25)}
