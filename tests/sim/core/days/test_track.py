"""Where many people are at once is where each of them is, and how far she walked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_sim.core.days.track import Track, Tracks
from nearcart_sim.core.route import Waypoint

METRES = st.integers(-2_000, 60_000).map(lambda millimetres: millimetres / 1000)
LEGS = st.lists(st.tuples(st.integers(0, 90_000), METRES, METRES), min_size=1, max_size=6)


def track(begins_s: float, legs: list[tuple[int, float, float]]) -> Track:
    times = begins_s + np.cumsum([takes_ms / 1000 for takes_ms, _, _ in legs])
    return Track([Waypoint(float(at), (x, y)) for at, (_, x, y) in zip(times, legs, strict=True)])


TRACKS = st.lists(st.builds(track, st.integers(-500, 100).map(float), LEGS), min_size=1, max_size=5)


@given(TRACKS, st.lists(st.integers(-600_000_000, 700_000_000), min_size=1, max_size=20))
def test_everybody_is_where_she_is_alone(tracks: list[Track], times: list[int]) -> None:
    who = np.repeat(np.arange(len(tracks)), len(times))
    at = np.tile(np.array(times), len(tracks))
    together = Tracks(tracks).places(who, at)
    for number, one in enumerate(tracks):
        for columns, alone in zip(together, one.places(np.array(times)), strict=True):
            assert np.array_equal(columns[who == number], alone)


def test_of_nobody_there_is_nothing_to_look_up() -> None:
    empty = np.empty(0, dtype=np.int64)
    assert [len(column) for column in Tracks([]).places(empty, empty)] == [0, 0, 0, 0]


def test_metres_walked_grow_with_the_way() -> None:
    walk = track(10, [(0, 0, 0), (2000, 3, 4), (5000, 3, 4), (1000, 3, 5)])
    walked = {second: walk.walked(second * 1_000_000) for second in (0, 10, 11, 12, 15, 17, 18, 99)}
    assert walked == pytest.approx({0: 0, 10: 0, 11: 2.5, 12: 5, 15: 5, 17: 5, 18: 6, 99: 6})


@given(TRACKS, st.integers(-600_000_000, 700_000_000))
def test_what_is_walked_is_what_interpolation_says(tracks: list[Track], at: int) -> None:
    for one in tracks:
        points = np.arange(one.begins, one.ends + 1, max(1, (one.ends - one.begins) // 50))
        assert one.walked(one.begins) == 0
        assert (np.diff([one.walked(int(moment)) for moment in points]) >= 0).all()
        assert 0 <= one.walked(at) <= one.walked(one.ends)
