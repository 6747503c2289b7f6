"""Squares of a floor: which are free, how far they are from a gate, and what one sees from one place to another."""

import itertools
from collections import deque
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_contract.store_file import Layout
from nearcart_sim.core.days.floor_plan import FloorPlan
from nearcart_sim.core.days.ground import FAR, Ground
from nearcart_sim.core.days.pulling import pulled_straight
from nearcart_sim.core.floor import Floor, Spot
from nearcart_sim.core.rooms.obstacles import Shelf, Wall

LAYOUT = Layout.model_validate(
    {"floor": {"width": 12, "height": 8}, "scanners": {"s": {"x": 6, "y": 4, "zone": "s"}}, "zones": {}}
)
SHELF, WALL = Shelf(box=((4, 2), (8, 3))), Wall(line=((6, 4.5), (6, 8)))
PLAN = FloorPlan(LAYOUT, (WALL,), (SHELF,))
GROUND = Ground(Floor(LAYOUT), PLAN)
ON_FLOOR = st.tuples(st.integers(0, 48).map(lambda n: n / 4), st.integers(0, 32).map(lambda n: n / 4))


def free(spot: Spot) -> bool:
    """By the squares' middles: a quarter of a metre from shelf, wall and outer wall."""
    x, y = (floor(part / 0.5) * 0.5 + 0.25 for part in spot)
    by_shelf = 3.75 <= x <= 8.25 and 1.75 <= y <= 3.25
    by_wall = abs(x - 6) <= 0.25 and y >= 4.5
    return 0 <= x <= 12 and 0 <= y <= 8 and not by_shelf and not by_wall


def test_squares_are_free_where_nothing_stands() -> None:
    for x in np.arange(0.25, 12, 0.5).tolist():
        for y in np.arange(0.25, 8, 0.5).tolist():
            assert (GROUND.nearest_free((x, y)) == GROUND.square((x, y))) == free((x, y)), (x, y)
    assert GROUND.middle(GROUND.square((3.1, 4.9))) == (3.25, 4.75)
    assert GROUND.nearest_free((-5, -5)) == GROUND.square((0.1, 0.1))


@given(st.lists(st.tuples(ON_FLOOR, ON_FLOOR), min_size=1, max_size=8))
def test_what_one_can_walk_straight_is_free_at_every_step(lines: list[tuple[Spot, Spot]]) -> None:
    for ((ax, ay), (bx, by)), clear in zip(lines, GROUND.clear(lines), strict=True):
        steps = max(1, int(np.ceil(np.sqrt((bx - ax) ** 2 + (by - ay) ** 2) / 0.2)))
        passed = [(ax + (bx - ax) * n / steps, ay + (by - ay) * n / steps) for n in range(steps + 1)]
        assert clear == all(free(spot) for spot in passed)


def test_an_empty_floor_is_clear_everywhere() -> None:
    empty = Ground(Floor(LAYOUT), FloorPlan(LAYOUT, (), ()))
    assert empty.clear([((0.3, 0.3), (11.6, 7.7)), ((-3, 0), (40, 9))]) == [True, True]


def test_steps_are_the_fewest_and_never_across_a_corner() -> None:
    gates = [GROUND.square((1, 1)), GROUND.square((11, 7))]
    steps = GROUND.steps_to(gates)
    for gate, row in zip(gates, steps, strict=True):
        fewest, waiting = {gate: 0}, deque([gate])
        while waiting:
            square = waiting.popleft()
            x, y = GROUND.middle(square)
            for dx, dy in ((a, b) for a in (-0.5, 0, 0.5) for b in (-0.5, 0, 0.5)):
                beside = GROUND.square((x + dx, y + dy))
                if beside not in fewest and free((x + dx, y)) and free((x, y + dy)) and free((x + dx, y + dy)):
                    fewest[beside] = fewest[square] + 1
                    waiting.append(beside)
        assert {square: int(row[square]) for square in np.flatnonzero(row < FAR).tolist()} == fewest


def test_a_way_goes_from_square_to_square_and_is_pulled_straight_around_what_stands() -> None:
    gates = [GROUND.square((1, 7)), GROUND.square((7, 7))]
    starts = np.array([GROUND.square((7, 7)), GROUND.square((6, 1)), GROUND.square((1, 7))])
    rows = np.array([0, 0, 0])
    steps = GROUND.steps_to(gates)
    ways = GROUND.ways(starts, rows, steps)
    for start, way in zip(starts.tolist(), ways, strict=True):
        assert (way[0], way[-1], len(way) - 1) == (start, gates[0], steps[0, start])
    places = [[GROUND.middle(square) for square in way] for way in ways]
    for full, turns in zip(places, pulled_straight(places, GROUND.clear), strict=True):
        assert set(turns) <= set(full)
        assert (turns[0], turns[-1]) == (full[0], full[-1])
        assert all(GROUND.clear(list(itertools.pairwise(turns))))
        assert len(turns) <= 5


def test_where_there_is_no_way_it_is_very_far() -> None:
    walled = Ground(Floor(LAYOUT), FloorPlan(LAYOUT, (Wall(line=((6, 0), (6, 8))),), ()))
    (row,) = walled.steps_to([walled.square((1, 1))])
    assert row[walled.square((11, 1))] == FAR
    assert row[walled.square((5, 7))] == pytest.approx(12)
