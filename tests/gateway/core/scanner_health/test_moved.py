"""Whether a scanner's levels changed as they would if it hung elsewhere."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_gateway.core.scanner_health.expectation import decade
from nearcart_gateway.core.scanner_health.moved import NEAREST_MOVE_M, Change, best_move, changes, spread

SQUARES = [(float(x) + 0.5, float(y) + 0.5) for x in range(12) for y in range(8)]
HERE, HEIGHT = (2.5, 2.5), 2.6


def as_if_at(place: tuple[float, float], louder: float = 0.0, part: float = 1.0) -> list[Change]:
    """What each square's level would change by, all squares counting alike."""
    return [
        Change(number, louder + part * 2 * (decade(math.dist(s, place), HEIGHT) - decade(math.dist(s, HERE), HEIGHT)), 1.0)
        for number, s in enumerate(SQUARES)
    ]  # fmt: skip


@given(place=st.sampled_from([s for s in SQUARES if math.dist(s, HERE) >= NEAREST_MOVE_M]), louder=st.floats(-10, 10))
def test_a_move_is_found_at_its_place_however_much_louder_the_tags_are(
    place: tuple[float, float], louder: float
) -> None:
    changed = as_if_at(place, louder)
    move = best_move(changed, SQUARES, HERE, HEIGHT, 2.0)
    assert move is not None
    assert (move.x, move.y) == place
    assert move.explained == pytest.approx(spread(changed) * len(changed))


def test_a_part_of_it_is_enough_as_tags_are_not_where_they_are_believed_to_be() -> None:
    move = best_move(as_if_at((9.5, 5.5), part=0.4), SQUARES, HERE, HEIGHT, 2.0)
    assert move is not None and (move.x, move.y) == (9.5, 5.5)


def test_the_same_everywhere_is_no_move() -> None:
    changed = [Change(number, -10.0, 1.0) for number in range(len(SQUARES))]
    assert spread(changed) == pytest.approx(0)
    move = best_move(changed, SQUARES, HERE, HEIGHT, 2.0)
    assert move is None or move.explained == pytest.approx(0, abs=1e-9)


def test_only_squares_that_were_heard_in_then_and_now_are_compared() -> None:
    (change,) = changes({1: [2.0, 8.0], 2: [1.0, 0.0]}, {1: [4.0, 4.0], 3: [1.0, 0.0]})
    assert (change.square, change.db) == (1, 3.0)
    assert change.weight == pytest.approx(1 / (1 / 2 + 1 / 4))


def test_an_hour_in_one_square_counts_no_more_than_a_few_looks() -> None:
    (few,) = changes({1: [4.0, 0.0]}, {1: [8.0, 0.0]})
    (many,) = changes({1: [400.0, 0.0]}, {1: [800.0, 0.0]})
    assert many.weight == few.weight
