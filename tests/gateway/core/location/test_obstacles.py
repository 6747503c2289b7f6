"""What stands on the floor, and people who walk around it."""

import math
from random import Random

import numpy as np
import pytest

from nearcart_contract.store_file import Layout
from nearcart_gateway.core.location.floor_grid import FloorGrid, grid_of
from nearcart_gateway.core.location.motion import Motion
from nearcart_gateway.core.location.obstacles import ENTERED, open_floor
from nearcart_gateway.core.locators import grid_locator

FLOOR = {"width": 10, "height": 6}
SCANNERS = {name: {"x": x, "y": y, "zone": name} for name, x, y in (("north", 5, 1), ("south", 5, 5))}
SHELF = {"box": [[1, 2.6], [9, 3.4]]}


def plan(**more: object) -> Layout:
    return Layout.model_validate({"floor": FLOOR, "scanners": SCANNERS, **more})


def chance_at(layout: Layout, x: float, y: float) -> float:
    grid = grid_of(layout)
    entered = open_floor(layout, grid)
    assert entered is not None
    return float(entered.ravel()[cell(grid, x, y)])


def cell(grid: FloorGrid, x: float, y: float) -> int:
    return int(((grid.centres - (x, y)) ** 2).sum(axis=1).argmin())


def test_an_empty_floor_has_nothing_in_the_way() -> None:
    assert open_floor(plan(), grid_of(plan())) is None


@pytest.mark.parametrize(
    ("what", "there", "beside"),
    [
        ({"shelves": [SHELF]}, (5, 3), (5, 1.9)),
        (
            {"shelves": [{"box": [[9, 3.1], [1, 3.05]]}]},
            (5, 3.1),
            (5, 4),
        ),  # narrower than a cell, corners the other way
        ({"walls": [{"line": [[4, 0], [4, 4]]}]}, (4.1, 2), (4.1, 5)),
        ({"walls": [{"line": [[0, 0], [10, 6]]}]}, (5, 3), (5, 1.5)),
    ],
)
def test_cells_of_shelves_and_walls_are_hardly_entered(
    what: dict[str, object], there: tuple[float, float], beside: tuple[float, float]
) -> None:
    assert chance_at(plan(**what), *there) == pytest.approx(ENTERED)
    assert chance_at(plan(**what), *beside) == 1.0


def test_a_wall_past_the_floor_is_cut_at_its_edge() -> None:
    assert chance_at(plan(walls=[{"line": [[4, -9], [4, 20]]}]), 4.1, 5.9) == pytest.approx(ENTERED)


@pytest.mark.parametrize("seconds", [0.25, 0.75, 4.0])
def test_nobody_is_lost_between_shelves_and_reverse_is_the_transpose(seconds: float) -> None:
    layout = plan(shelves=[SHELF], walls=[{"line": [[4, 0], [4, 2]]}])
    motion = Motion(grid_of(layout), open_floor(layout, grid_of(layout)))
    rng = np.random.default_rng(3)
    one, other = (rng.random(motion.start(1).shape).astype(np.float32) for _ in range(2))
    assert motion.predict(one, seconds).sum() == pytest.approx(one.sum(), rel=1e-4)
    forwards = float((motion.predict(one, seconds) * other).sum())
    assert forwards == pytest.approx(float((one * motion.reverse(other, seconds)).sum()), rel=1e-4)


def test_a_shelf_is_walked_around_and_not_through() -> None:
    """Two metres towards the other side in four seconds: through an empty floor, but not through a shelf."""
    shares = []
    for layout in (plan(), plan(shelves=[SHELF])):
        grid = grid_of(layout)
        motion = Motion(grid, open_floor(layout, grid))
        belief = np.zeros_like(motion.start(1)).reshape(1, -1, grid.cells)
        belief[0, 3, cell(grid, 5, 2.3)] = 1.0  # mode 3 walks along y
        after = motion.predict(belief.reshape(motion.start(1).shape), 4.0)[0].sum(axis=0)
        shares.append(float(after[:, grid.rows // 2 + 1 :].sum()))
    empty, shelved = shares
    assert empty > 0.4
    assert shelved < 0.02


def right_side(layout: Layout, seed: int) -> float:
    """The share of half seconds in which somebody who walks to and fro along a long shelf is believed on her side of it."""
    random, locator, right, said = Random(seed), grid_locator(layout, None), 0, 0
    for step in range(240):
        now = step / 2
        x, y = 5 + 4 * math.sin(now / 8), 2.3
        for name, scanner in plan().scanners.items():
            distance = math.dist((x, y, 1.2), (scanner.x, scanner.y, scanner.z))
            locator.hear("anna", name, now, round(-60 - 20 * math.log10(distance) + random.gauss(0, 8)))
        for position in locator.locate(now):
            if step > 10:
                said += 1
                right += position.zone == "north"
    return right / said


def test_with_its_shelves_on_the_plan_a_store_is_located_better() -> None:
    """One long shelf between two aisles, and packets of 8 dB spread."""
    plain, shelved = (
        sum(right_side(layout, seed) for seed in range(4)) / 4
        for layout in (plan(), plan(shelves=[{"box": [[0, 2.6], [9, 3.4]]}]))
    )
    assert shelved > plain + 0.05
