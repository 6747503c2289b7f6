from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_sim.core.floor import Floor, centroid, contains

from ..layouts import bare_layout, small_layout

L_SHAPE = ((0.0, 0.0), (4.0, 0.0), (4.0, 1.0), (1.0, 1.0), (1.0, 4.0), (0.0, 4.0))


@pytest.mark.parametrize(
    ("spot", "inside"), [((0.5, 0.5), True), ((3.5, 0.5), True), ((2.0, 2.0), False), ((5.0, 0.5), False)]
)
def test_a_polygon_may_be_hollow(spot: tuple[float, float], inside: bool) -> None:
    assert contains(L_SHAPE, spot) is inside


def test_centroid_of_a_rectangle_is_its_middle_whichever_way_round() -> None:
    rectangle = ((2.0, 1.0), (6.0, 1.0), (6.0, 3.0), (2.0, 3.0))
    assert centroid(rectangle) == pytest.approx((4, 2))
    assert centroid(rectangle[::-1]) == pytest.approx((4, 2))


def test_the_door_is_in_the_wall_nearest_to_the_entrance() -> None:
    assert Floor(small_layout()).door == (0.0, 4.0)


@given(st.sampled_from(["entrance", "wine", "cheese"]), st.integers())
def test_a_spot_in_a_zone_is_in_that_zone(zone: str, seed: int) -> None:
    floor = Floor(small_layout())
    assert floor.zone_at(floor.spot_in(zone, Random(seed))) == zone


def test_between_polygons_there_is_no_zone() -> None:
    assert Floor(small_layout()).zone_at((20, 4)) is None


def test_without_polygons_the_nearest_scanner_names_the_zone() -> None:
    floor = Floor(bare_layout())
    assert (floor.zone_at((4, 0)), floor.zone_at((6, 0))) == ("left", "right")
    assert floor.entrance == "left"


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(KeyError, match="no zone 'cellar'"):
        Floor(small_layout()).middle_of("cellar")
