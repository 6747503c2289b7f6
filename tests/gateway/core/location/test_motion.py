import numpy as np
import pytest

from nearcart_contract.store_file import Layout
from nearcart_gateway.core.location.floor_grid import grid_of
from nearcart_gateway.core.location.motion import LONGEST_S, MODES, WALK_M_S, Motion


@pytest.fixture(scope="module")
def motion() -> Motion:
    layout = Layout.model_validate(
        {"floor": {"width": 6, "height": 4}, "scanners": {"door": {"x": 1, "y": 1, "zone": "door"}}}
    )
    return Motion(grid_of(layout))


def somebody_at(motion: Motion, column: int, row: int, mode: int = 0) -> np.ndarray:
    belief = np.zeros_like(motion.start(1))
    belief[0, mode, column, row] = 1
    return belief


@pytest.mark.parametrize("seconds", [0.25, 0.5, 1.0, 4.0])
def test_nobody_is_lost(motion: Motion, seconds: float) -> None:
    rng = np.random.default_rng(1)
    belief = rng.random(motion.start(3).shape, dtype=np.float32)
    assert motion.predict(belief, seconds).sum() == pytest.approx(belief.sum(), rel=1e-4)


def test_without_time_nothing_moves(motion: Motion) -> None:
    belief = somebody_at(motion, 3, 3)
    assert (motion.predict(belief, 0.0) == belief).all()


def test_a_long_silence_spreads_as_far_as_the_longest_gap(motion: Motion) -> None:
    belief = somebody_at(motion, 3, 3)
    assert np.array_equal(motion.predict(belief, 3600.0), motion.predict(belief, LONGEST_S))


def test_a_walker_goes_on_in_her_direction(motion: Motion) -> None:
    """Mode 1 walks to the right, along x."""
    columns = np.arange(motion.start(1).shape[2])
    after = motion.predict(somebody_at(motion, 3, 3, mode=1), 2.0)[0].sum(axis=(0, 2))
    still = motion.predict(somebody_at(motion, 3, 3), 2.0)[0].sum(axis=(0, 2))
    assert after @ columns > 3 + 1.2
    assert abs(still @ columns - 3) < 0.3


@pytest.mark.parametrize("seconds", [0.25, 0.5])
def test_a_walker_is_as_fast_on_a_large_floor_in_short_steps(seconds: float) -> None:
    """Its cells are larger than what she walks in a step."""
    layout = Layout.model_validate(
        {"floor": {"width": 60, "height": 40}, "scanners": {"door": {"x": 1, "y": 1, "zone": "door"}}}
    )
    grid = grid_of(layout)
    motion = Motion(grid)
    belief = np.zeros_like(motion.start(1))
    belief[0, 1, grid.columns // 2, grid.rows // 2] = 1
    alone = motion.predict(belief, seconds)[0, 1].sum(axis=1)
    walked = (alone @ np.arange(grid.columns) / alone.sum() - grid.columns // 2) * grid.cell
    assert walked == pytest.approx(WALK_M_S * seconds, rel=0.1)


def test_reverse_is_the_transpose(motion: Motion) -> None:
    rng = np.random.default_rng(2)
    one, other = (rng.random((1, MODES, *motion.start(1).shape[2:])).astype(np.float32) for _ in range(2))
    forwards = float((motion.predict(one, 0.5) * other).sum())
    backwards = float((one * motion.reverse(other, 0.5)).sum())
    assert forwards == pytest.approx(backwards, rel=1e-4)
