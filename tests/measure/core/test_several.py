"""Several answers at once, against scipy and against what shrinking must do."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from nearcart_measure.core.effect import Effect
from nearcart_measure.core.several import benjamini_hochberg, shrunk

effects = st.lists(
    st.builds(Effect, st.floats(-2, 2), st.floats(0.01, 3), st.just(math.inf), st.just(100)), min_size=2, max_size=8
)


@settings(deadline=None)
@given(p_values=st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_corrected_as_scipy_does(p_values: list[float]) -> None:
    assert benjamini_hochberg(p_values) == pytest.approx(list(false_discovery_control(p_values)), rel=1e-12)


@settings(deadline=None)
@given(found=effects)
def test_each_is_drawn_towards_one_place_and_none_beyond_it_or_surer(found: list[Effect]) -> None:
    drawn = shrunk(found)
    low, high = min(each.estimate for each in found), max(each.estimate for each in found)
    for before, after in zip(found, drawn, strict=True):
        assert low - 1e-9 <= after.estimate <= high + 1e-9
        assert after.standard_error == before.standard_error
    ends = sorted(each.estimate for each in drawn)
    assert ends[-1] - ends[0] <= high - low + 1e-9


def test_groups_that_differ_by_noise_alone_are_one() -> None:
    drawn = shrunk([Effect(0.1, 1.0, math.inf, 9), Effect(0.12, 1.0, math.inf, 9), Effect(0.08, 1.0, math.inf, 9)])
    assert all(abs(one.estimate - other.estimate) < 1e-12 for one, other in pairwise(drawn))
    assert drawn[0].standard_error == 1.0


def test_groups_that_differ_truly_stay_apart_and_the_noisy_one_moves_most() -> None:
    sure, noisy = Effect(1.0, 0.05, math.inf, 9), Effect(-1.0, 0.5, math.inf, 9)
    one, other = shrunk([sure, noisy])
    assert sure.estimate - one.estimate < other.estimate - noisy.estimate
    assert one.estimate > 0.9
    assert shrunk([sure]) == [sure]


@pytest.mark.parametrize("groups", [2, 4, 12])
@pytest.mark.parametrize("between", [0.0, 0.1, 0.3])
def test_drawn_effects_are_nearer_the_truth_and_never_too_sure(groups: int, between: float) -> None:
    stream, raw, near, inside = np.random.default_rng(9), [], [], []
    for _ in range(500):
        truth, errors = stream.normal(0.1, between, groups), stream.uniform(0.05, 0.3, groups)
        seen = stream.normal(truth, errors)
        drawn = shrunk([Effect(float(e), float(s), math.inf, 9) for e, s in zip(seen, errors, strict=True)])
        estimates = np.array([each.estimate for each in drawn])
        raw.append(np.mean((seen - truth) ** 2))
        near.append(np.mean((estimates - truth) ** 2))
        inside.append(np.mean(np.abs(estimates - truth) < 1.96 * errors))
    assert np.mean(near) < np.mean(raw)
    assert np.mean(inside) > 0.93
