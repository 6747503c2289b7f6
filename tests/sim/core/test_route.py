from itertools import pairwise
from math import dist
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from nearcart_sim.core.floor import Floor
from nearcart_sim.core.route import Stop, plan_route

from ..layouts import small_layout

FLOOR = Floor(small_layout())
stops = st.lists(st.builds(Stop, st.sampled_from(FLOOR.zones), st.floats(0, 60)), max_size=5)


@given(stops, st.floats(0, 1000), st.integers())
def test_she_comes_and_goes_by_the_door_at_a_walking_pace(plan: list[Stop], entered_at: float, seed: int) -> None:
    route = plan_route(FLOOR, plan, entered_at, Random(seed))
    assert route.entered_at == entered_at
    assert route.waypoints[0].spot == route.waypoints[-1].spot == FLOOR.door
    assert all(before.at < after.at for before, after in pairwise(route.waypoints))
    assert all(speed <= 2.0 for speed in route.speeds())


def test_she_stays_in_the_zone_for_as_long_as_planned() -> None:
    route = plan_route(FLOOR, [Stop("cheese", 30)], 0.0, Random(1))
    in_cheese = [
        at / 10 for at in range(int(route.left_at * 10)) if FLOOR.zone_at(route.spot_at(at / 10) or (0, 0)) == "cheese"
    ]
    assert 30 <= len(in_cheese) / 10 < 40


def test_a_browsing_shopper_moves_a_little() -> None:
    route = plan_route(FLOOR, [Stop("wine", 60)], 0.0, Random(2))
    spots = {route.spot_at(at) for at in range(15, 60)}
    assert len(spots) > 5


def test_outside_the_visit_she_is_nowhere() -> None:
    route = plan_route(FLOOR, [Stop("wine", 5)], 100.0, Random(1))
    assert route.spot_at(99.9) is None
    assert route.spot_at(100.0) == FLOOR.door
    assert route.spot_at(route.left_at) == FLOOR.door
    assert route.spot_at(route.left_at + 0.1) is None


def test_she_does_not_jump() -> None:
    route = plan_route(FLOOR, [Stop("cheese", 20), Stop("wine", 10)], 0.0, Random(5))
    ticks = [route.spot_at(at / 20) for at in range(int(route.left_at * 20))]
    assert all(dist(before, after) < 0.15 for before, after in pairwise(spot for spot in ticks if spot))
