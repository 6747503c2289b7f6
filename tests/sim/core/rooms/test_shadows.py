"""Shadows agree with what was measured, as far as it is sure, and stay random elsewhere; the same on every machine."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_sim.core.rooms.elimination import solved
from nearcart_sim.core.rooms.raster import Raster
from nearcart_sim.core.rooms.shadows import Shadows

X, Y = np.array([2.0, 2.4, 6.1]), np.array([1.0, 1.3, 4.0])
MEASURED = np.array([7.0, 5.0, -6.0])


def bent(variance: float, seed: int = 0) -> Shadows:
    shadows = Shadows(seed, "wine", 4.0, 1.5)
    shadows.bend(X, Y, MEASURED, np.full(3, variance))
    return shadows


def test_a_sure_measurement_is_met_and_an_unsure_one_hardly_counts() -> None:
    plain = Shadows(0, "wine", 4.0, 1.5).at(X, Y)
    assert bent(1e-6).at(X, Y) == pytest.approx(MEASURED, abs=1e-3)
    assert bent(1e6).at(X, Y) == pytest.approx(plain, abs=1e-3)
    halfway = bent(16.0).at(X, Y)
    assert (np.sign(MEASURED - plain) == np.sign(halfway - plain)).all()
    assert (np.abs(halfway - plain) < np.abs(MEASURED - plain)).all()


def test_what_lies_near_bends_too_and_what_lies_far_stays() -> None:
    near, far = (np.array([2.15]), np.array([1.1])), (np.array([30.0]), np.array([30.0]))
    rooms = [bent(0.01, seed).at(*near)[0] for seed in range(40)]
    assert np.mean(rooms) == pytest.approx(6, abs=1.5)
    assert np.std(rooms) < 2.5
    assert bent(0.01).at(*far) == Shadows(0, "wine", 4.0, 1.5).at(*far)


def test_on_average_the_field_between_is_what_covariances_say() -> None:
    """Kriging's mean, from the covariances alone, against many bent fields."""
    at = np.array([2.9, *X]), np.array([1.9, *Y])
    alike = Shadows(0, "", 4.0, 1.5).covariances(*at)
    expected = alike[0, 1:] @ np.linalg.solve(alike[1:, 1:] + np.eye(3), MEASURED)
    found = [bent(1.0, seed).at(at[0][:1], at[1][:1])[0] for seed in range(400)]
    assert np.mean(found) == pytest.approx(expected, abs=0.5)


@given(st.lists(st.floats(-9, 9), min_size=9, max_size=9), st.lists(st.floats(-9, 9), min_size=3, max_size=3))
def test_elimination_solves_what_a_library_solves(numbers: list[float], right: list[float]) -> None:
    root = np.array(numbers).reshape(3, 3)
    matrix = root @ root.T + np.eye(3)
    assert matrix @ solved(matrix, np.array(right)) == pytest.approx(np.array(right), abs=1e-6)


def test_not_even_another_processors_instructions_bend_otherwise() -> None:
    """numpy with none of the vector instructions that it chooses at run time."""
    program = (
        "import hashlib, numpy as np\n"
        "from nearcart_sim.core.rooms.shadows import Shadows\n"
        "x, y = np.arange(80) % 9 * 0.71, np.arange(80) // 9 * 0.53\n"
        "shadows = Shadows(1, 'wine', 4.0, 1.5)\n"
        "shadows.bend(x, y, np.arange(80.0) % 13 - 6, 1 + np.arange(80.0) % 3)\n"
        "print(hashlib.sha256(shadows.at(x + 0.1, y).tobytes()).hexdigest())\n"
    )
    dispatched = " ".join(np._core._multiarray_umath.__cpu_dispatch__)  # type: ignore[attr-defined]
    said = [
        subprocess.run([sys.executable, "-c", program], env=env, check=True, capture_output=True, timeout=100).stdout
        for env in (dict(os.environ), {**os.environ, "NPY_DISABLE_CPU_FEATURES": dispatched})
    ]
    assert said[0] == said[1] != b""


@pytest.mark.parametrize("seed", range(3))
def test_over_a_raster_they_are_the_same_to_the_last_bit(seed: int) -> None:
    raster = Raster(np.arange(37) * 0.25 - 1.9, np.arange(23) * 0.25 - 2.0)
    for shadows in (bent(0.5, seed), Shadows(seed, "wine", 3.2, 1.1)):
        assert np.array_equal(shadows.over(raster), shadows.at(raster.x, raster.y))
