"""The bet on the shares is what its paper says, and a fair game: exact sums, no dice."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nearcart_measure.core.share_evidence import always_valid_p, log_evidence, log_evidence_of_a_day
from nearcart_measure.core.undefined import Undefined


@given(st.lists(st.tuples(st.integers(0, 5_000_000), st.floats(0.01, 1)), min_size=2, max_size=5), st.floats(1, 5000))
def test_a_stake_is_the_likelihood_of_the_bet_over_that_of_the_promise(arms, concentration):
    observed, weights = [count for count, _ in arms], np.array([weight for _, weight in arms])
    shares, total = weights / weights.sum(), sum(observed)
    bet = stats.dirichlet_multinomial.logpmf(observed, concentration * shares, total)
    promise = stats.multinomial.logpmf(observed, total, shares)
    assert log_evidence(observed, list(weights), ((1.0, concentration),)) == pytest.approx(
        bet - promise, rel=1e-6, abs=1e-6
    )


@pytest.mark.parametrize("share", [0.02, 0.2, 0.5])
def test_while_the_promise_is_kept_the_game_is_fair(share):
    """Whatever has come so far, the mean over who comes next is the stake as it stands."""
    for held in range(0, 40, 3):
        for offered in range(0, 40, 3):
            now, with_ghost, with_offer = (
                math.exp(log_evidence(counts, (share, 1 - share)))
                for counts in ((held, offered), (held + 1, offered), (held, offered + 1))
            )
            assert share * with_ghost + (1 - share) * with_offer == pytest.approx(now, rel=1e-9)


def test_the_stake_ever_grows_a_hundredfold_in_at_most_one_of_a_hundred():
    """Every way that 1,500 people can come, one after the other, looked at after each: P(ever) summed exactly."""
    share, limit = 0.3, math.log(100)
    alive, ever = np.array([1.0]), 0.0
    for people in range(1, 1501):
        alive = np.append(alive * (1 - share), 0) + np.append(0, alive * share)
        held = np.arange(people + 1)
        stake = stats.betabinom.logpmf(held, people, 30.0, 70.0) - stats.binom.logpmf(held, people, share)
        if people in (7, 300):
            assert log_evidence((5, people - 5), (0.3, 0.7), ((1.0, 100.0),)) == pytest.approx(stake[5], rel=1e-6)
        ever += alive[stake >= limit].sum()
        alive[stake >= limit] = 0
    assert 0.002 < ever <= 0.01


def test_a_stake_divided_among_days_is_fair_too():
    """Two people on each of three days: the mean over all 27 outcomes is 1, and each day counts by its part."""
    chance = [0.64, 0.32, 0.04]
    each = [log_evidence((held, 2 - held), (0.2, 0.8), ((1.0, 3.0),)) for held in range(3)]
    means = [0.0, 0.0, 0.0]
    for days in np.ndindex(3, 3, 3):
        stakes = log_evidence_of_a_day([each[held] for held in days])
        for day in range(3):
            means[day] += math.prod(chance[held] for held in days) * math.exp(stakes[day])
    assert means == pytest.approx([1, 1, 1])
    assert log_evidence_of_a_day([0.0, 50.0]) == pytest.approx([0.0, 50.0 - math.log(6)])
    assert log_evidence_of_a_day([]) == []


def test_stakes_beyond_a_double_and_those_of_nobody():
    assert log_evidence((0, 0), (1, 4)) == 0
    huge = log_evidence((2_000_000_000, 2_000_000_000), (1, 4))
    assert huge > 1e8
    assert always_valid_p(huge) == 0
    assert always_valid_p(-3.0) == 1
    assert log_evidence_of_a_day([huge, -huge])[1] == pytest.approx(huge)
    with pytest.raises(Undefined):
        log_evidence((1, 2), (1, 0))
