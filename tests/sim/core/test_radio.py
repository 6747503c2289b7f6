"""From power and distance to RSSI."""

from math import sqrt
from random import Random
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_sim.core.radio import Link, RadioModel

CLEAR = RadioModel(shadowing_db=0, fading_db=0, loss=0, sensitivity_dbm=-200)
SCANNER = (0.0, 0.0, 0.0)


def test_at_one_metre_it_is_the_measured_power() -> None:
    assert Link(CLEAR, SCANNER, Random(1)).receive(-59, (1, 0, 0)) == -59


@given(st.floats(1.5, 4), st.floats(0.2, 40), st.floats(1.01, 5))
def test_mean_rssi_falls_with_distance(exponent: float, near: float, times: float) -> None:
    model = RadioModel(exponent=exponent)
    assert model.mean_rssi(-59, near * times) < model.mean_rssi(-59, near)


def test_ten_times_the_distance_costs_ten_times_the_exponent() -> None:
    model = RadioModel(exponent=2.2)
    assert model.mean_rssi(-59, 1) - model.mean_rssi(-59, 10) == pytest.approx(22)


def test_height_counts() -> None:
    low, high = Link(CLEAR, (0, 0, 1), Random(1)), Link(CLEAR, (0, 0, 9), Random(1))
    tag = (2.0, 0.0, 1.0)
    assert (low.receive(-59, tag) or 0) > (high.receive(-59, tag) or 0)


def test_below_the_sensitivity_nothing_is_heard() -> None:
    deaf = RadioModel(shadowing_db=0, fading_db=0, loss=0, sensitivity_dbm=-70)
    link = Link(deaf, SCANNER, Random(1))
    assert link.receive(-59, (1, 0, 0)) == -59
    assert link.receive(-59, (30, 0, 0)) is None


def test_packets_are_lost_at_the_given_rate() -> None:
    link = Link(RadioModel(shadowing_db=0, fading_db=0, loss=0.3), SCANNER, Random(1))
    heard = [link.receive(-59, (1, 0, 0)) for _ in range(4000)]
    assert heard.count(None) / 4000 == pytest.approx(0.3, abs=0.03)


def test_shadowing_stays_while_she_stands_and_changes_as_she_walks() -> None:
    model = RadioModel(shadowing_db=6, fading_db=0, loss=0, sensitivity_dbm=-200, decorrelation_m=2)
    standing = Link(model, SCANNER, Random(3))
    assert len({standing.receive(-59, (5, 0, 0)) for _ in range(50)}) == 1

    def steps(stride: float) -> list[float]:
        """Change of shadowing from step to step, walking on a circle so that the distance stays."""
        changes = []
        for seed in range(300):
            link = Link(model, SCANNER, Random(seed))
            before = link.receive(-59, (500, 0, 0)) or 0
            after = link.receive(-59, (sqrt(500**2 - stride**2), stride, 0)) or 0
            changes.append(float(after - before))
        return changes

    assert stdev(steps(0.2)) < stdev(steps(20)) / 2
    assert abs(fmean(steps(20))) < 1.5


def test_a_model_with_more_noise_does_not_shift_later_draws() -> None:
    """The same stream must mean the same packets whichever of them are lost."""
    streams = [Random(9), Random(9)]
    for model, stream in zip([RadioModel(loss=0.0), RadioModel(loss=1.0)], streams, strict=True):
        link = Link(model, SCANNER, stream)
        for _ in range(10):
            link.receive(-59, (3, 0, 0))
    assert streams[0].random() == streams[1].random()
