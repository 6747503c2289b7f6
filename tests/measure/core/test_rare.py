"""Intervals of shares so small that an arm may have none."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_measure.core.newcombe import newcombe
from nearcart_measure.core.rare import difference_always, difference_fixed, share_always
from nearcart_measure.core.undefined import Undefined


@st.composite
def counts(draw: st.DrawFn) -> tuple[int, int]:
    visitors = draw(st.integers(1, 5_000_000))
    return visitors, draw(st.integers(0, visitors))


@given(counts())
def test_the_share_itself_is_inside_and_the_ends_are_where_the_mixture_says(one: tuple[int, int]) -> None:
    visitors, cases = one
    low, high = share_always(visitors, cases)
    assert 0 <= low <= cases / visitors <= high <= 1
    choose = math.lgamma(visitors + 1) - math.lgamma(cases + 1) - math.lgamma(visitors - cases + 1)
    for end in (low, high):
        if 0 < end < 1:
            mixture = math.log(visitors + 1) + choose + cases * math.log(end) + (visitors - cases) * math.log1p(-end)
            assert mixture == pytest.approx(math.log(0.05), abs=1e-5 * max(1.0, cases))


def test_none_of_a_hundred() -> None:
    """101 (1-p)^100 = 0.05."""
    assert share_always(100, 0) == (0, pytest.approx(1 - (0.05 / 101) ** 0.01))


@given(counts(), counts())
def test_swapped_arms_are_the_negative(one: tuple[int, int], other: tuple[int, int]) -> None:
    there, back = difference_always(one, other), difference_always(other, one)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert -1 <= there.low <= other[1] / other[0] - one[1] / one[0] <= there.high <= 1
    assert (there.p_value < 0.05) == there.excludes_zero() or there.p_value == pytest.approx(0.05, rel=1e-3)


def test_each_arm_has_half_of_the_doubt() -> None:
    found, alone = difference_always((100, 0), (80, 4)), [share_always(n, k, 0.025) for n, k in ((100, 0), (80, 4))]
    assert (found.low, found.high) == (alone[1][0] - alone[0][1], alone[1][1] - alone[0][0])


def test_the_planned_end_is_newcombe_s() -> None:
    found = difference_fixed((500, 1), (500, 14))
    assert (found.low, found.high) == newcombe((500, 1), (500, 14))[1:]
    assert found.p_value < 0.05
    assert difference_fixed((500, 0), (500, 0)).p_value == 1


def test_looked_at_after_every_visitor_it_seldom_misses() -> None:
    """1 % in both arms, 400 stores, 1,000 visitors each: Ville promises at most 5 % that ever miss."""
    draw, missed = Random(4), 0
    for _ in range(400):
        cases = [0, 0]
        for visitors in range(1, 501):
            came = [draw.random() < 0.01 for _ in range(2)]
            cases = [one + more for one, more in zip(cases, came, strict=True)]
            # Only a visitor who complains can push the interval away from the truth upwards; downwards it goes slowly.
            if any(came) or visitors % 50 == 0:
                ends = [share_always(visitors, each, 0.025) for each in cases]
                if ends[1][0] > ends[0][1] or ends[0][0] > ends[1][1]:
                    missed += 1
                    break
    assert missed <= 20


@pytest.mark.parametrize("one", [(0, 0), (3, 4), (3, -1)])
def test_what_is_no_share_is_a_sentence(one: tuple[int, int]) -> None:
    with pytest.raises(Undefined):
        share_always(*one)
