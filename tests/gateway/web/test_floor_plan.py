"""From a store file to shapes on the page."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearcart_contract.store_file import Scanner, Store
from nearcart_gateway.shell.web.floor_plan import Rectangle, floor_view, label_room, nearest_region
from nearcart_gateway.shell.web.views import Point

from .fake_store import STORE

FLOOR = Rectangle(0, 0, 10, 10)
METRES = st.floats(0, 10).map(lambda value: round(value, 2))


def scanner(x: float, y: float) -> Scanner:
    return Scanner(x=x, y=y, zone="somewhere")


def area(shape: tuple[Point, ...]) -> float:
    pairs = zip(shape, (*shape[1:], *shape[:1]), strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2


def without_polygons(**more: object) -> Store:
    scanners = {"left": {"x": 2, "y": 5, "zone": "wine"}, "right": {"x": 8, "y": 5, "zone": "cheese"}}
    return Store.model_validate(
        {"store": "s", "name": "S", "time_zone": "UTC", "currency": "EUR", "scanners": scanners, **more}
    )


def test_zones_keep_their_polygons_and_names() -> None:
    floor = floor_view(STORE)
    assert (floor.left, floor.top, floor.width, floor.height) == (0, 0, 18, 12)
    assert floor.zones[1].shapes == (((0, 0), (6, 0), (6, 8), (0, 8)),)
    assert floor.zones[1].name == "Wine"


def test_a_zone_without_a_polygon_is_where_its_scanner_is_the_nearest() -> None:
    wine, cheese = floor_view(without_polygons(floor={"width": 10, "height": 10})).zones
    assert (wine.name, cheese.name) == ("wine", "cheese")
    assert set(wine.shapes[0]) == {(0, 0), (5, 0), (5, 10), (0, 10)}
    assert set(cheese.shapes[0]) == {(5, 0), (10, 0), (10, 10), (5, 10)}


def test_without_a_floor_the_page_draws_around_everything() -> None:
    floor = floor_view(without_polygons())
    assert (floor.left, floor.top, floor.width, floor.height) == (0, 3, 10, 4)


@settings(deadline=None)
@given(st.lists(st.tuples(METRES, METRES), min_size=1, max_size=8, unique=True))
def test_regions_share_the_floor_out(places: list[tuple[float, float]]) -> None:
    scanners = [scanner(x, y) for x, y in places]
    regions = [nearest_region(one, scanners, FLOOR) for one in scanners]
    assert sum(area(region) for region in regions if region) == pytest.approx(100, abs=1e-6)


@pytest.mark.parametrize(
    ("shape", "label", "width"),
    [
        (((0, 0), (6, 0), (6, 8), (0, 8)), (0.3, 0.3), 5.4),
        # An L: the name stands at the top of the upright part, not outside of it.
        (((0, 0), (2, 0), (2, 4), (8, 4), (8, 8), (0, 8)), (0.3, 4.8 - 0.3 - 0.6), 7.4),
    ],
)
def test_a_name_stands_inside_its_zone_where_it_has_room(shape: tuple[Point, ...], label: Point, width: float) -> None:
    (x, y), room = label_room(shape)
    assert (x, y) == (pytest.approx(label[0]), pytest.approx(label[1]))
    assert room == pytest.approx(width)


@settings(deadline=None)
@given(st.lists(st.tuples(METRES, METRES), min_size=3, max_size=6, unique=True))
def test_any_polygon_has_some_place_for_its_name(shape: list[Point]) -> None:
    (x, y), width = label_room(tuple(shape))
    assert 0 <= x <= 10.3
    assert 0 <= y <= 10
    assert width >= 0
