"""What is planned comes true: power against experiments thrown with dice, and its inverses against it."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearcart_measure.core.arm import Arm, of_buyers
from nearcart_measure.core.power import (
    Design,
    daily,
    noticeable_loss,
    once,
    power,
    smallest_lift,
    visitors_needed,
)
from nearcart_measure.core.sample_ratio import chi_square
from nearcart_measure.core.sequential import Tuning
from nearcart_measure.core.undefined import Undefined

BUYERS = Design(of_buyers(1000, 120), 0.2, of_buyers=True)
MONEY = Design(Arm(1000, 4.0, 240.0), 0.2, of_buyers=False)


def test_the_planned_number_of_visitors_shows_the_lift_as_often_as_planned():
    visitors = visitors_needed(BUYERS, 0.2, once())
    stream = np.random.default_rng(1)
    held_out, offered = int(visitors * 0.2), int(visitors * 0.8)
    few, many = stream.binomial(held_out, 0.12, 20_000), stream.binomial(offered, 0.12 * 1.2, 20_000)
    error = np.sqrt(1 / few - 1 / held_out + 1 / many - 1 / offered)
    seen = np.mean(np.log((many / offered) / (few / held_out)) > 1.959964 * error)
    assert seen == pytest.approx(0.8, abs=0.03)  # the normal distribution is nearly, not quite, that of few buyers


def test_the_planned_number_for_money():
    visitors = visitors_needed(MONEY, 0.3, once(), wanted=0.9)
    stream = np.random.default_rng(2)
    spread = math.sqrt(math.log(1 + 240 / 16))  # lognormal with the same variance over mean squared
    seen = []
    for _ in range(1500):
        arms = [stream.lognormal(0, spread, int(visitors * share)) for share in (0.2, 0.8)]
        means = arms[0].mean(), arms[1].mean() * 1.3
        variances = arms[0].var(ddof=1), arms[1].var(ddof=1) * 1.69
        error = math.hypot(*(math.sqrt(v / a.size) / m for v, a, m in zip(variances, arms, means, strict=True)))
        seen.append(math.log(means[1] / means[0]) > 1.959964 * error)
    assert np.mean(seen) == pytest.approx(0.9, abs=0.04)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.01, 0.6), st.floats(0.02, 0.5), st.floats(0.03, 0.6), st.booleans())
def test_inverses(share, lift, hold_out, each_day):
    design = Design(of_buyers(10_000, share * 10_000), hold_out, of_buyers=True)
    width = daily(Tuning()) if each_day else once()
    visitors = visitors_needed(design, lift, width)
    assert power(design, visitors, lift, width) >= 0.8 > power(design, visitors - 1, lift, width)
    smallest = smallest_lift(design, visitors, width)
    assert smallest == pytest.approx(lift, rel=0.01)
    assert smallest_lift(design, 4 * visitors, width) < smallest


def test_looking_every_day_needs_more():
    assert visitors_needed(BUYERS, 0.2, daily(Tuning(tau=20_000))) > 1.5 * visitors_needed(BUYERS, 0.2, once())


def test_what_no_number_shows():
    assert visitors_needed(BUYERS, 1e-6, once()) is None
    assert smallest_lift(BUYERS, 10, once()) is None
    assert smallest_lift(BUYERS, 0, once()) is None


def test_a_share_of_buyers_does_not_pass_all_of_them():
    most = Design(of_buyers(100, 80), 0.5, of_buyers=True)
    assert smallest_lift(most, 500, once()) < 0.25
    assert smallest_lift(most, 4, once()) is None


@pytest.mark.parametrize(("hold_out", "visitors", "loss"), [(0.5, 12_600, 0.1), (0.2, 78_900, 0.05), (0.1, 8_800, 0.2)])
def test_losses_that_would_be_noticed(hold_out, visitors, loss):
    found = noticeable_loss(hold_out, visitors)
    assert found == pytest.approx(loss, rel=0.01)
    stream = np.random.default_rng(3)
    flagged = []
    for _ in range(600):
        held_out = stream.binomial(visitors, hold_out)
        flagged.append(
            chi_square((stream.binomial(held_out, 1 - loss), visitors - held_out), (hold_out, 1 - hold_out)).mismatch
        )
    assert np.mean(flagged) > 0.97
    assert noticeable_loss(hold_out, 30) is None


def test_without_a_hold_out_or_a_baseline():
    with pytest.raises(Undefined, match="hold_out_percent"):
        Design(of_buyers(10, 2), 0.0, of_buyers=True)
    with pytest.raises(Undefined, match="baseline"):
        Design(of_buyers(10, 0), 0.2, of_buyers=True)
