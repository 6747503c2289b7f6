"""Arrivals for ever."""

from nearcart_contract.store_file import Store
from nearcart_sim.core.crowd import Crowd
from nearcart_sim.core.demo_shop import demo_people
from nearcart_sim.core.floor import Floor
from nearcart_sim.core.shopper import Visit
from nearcart_sim.shell.streams import seeded

from ..layouts import small_layout, small_store


def arrivals(count: int, seed: int = 1, store: Store | None = None) -> list[Visit]:
    streams = seeded(seed)
    store = store or small_store()
    crowd = Crowd(Floor(store), demo_people(store, streams), streams)
    return [crowd.next_visit() for _ in range(count)]


def test_the_opening_comes_first_and_the_first_shopper_at_once() -> None:
    assert [visit.shopper.id for visit in arrivals(4)] == ["anna", "otto", "ben", "dora"]
    assert arrivals(1)[0].route.entered_at == 0.0


def test_people_come_in_order_and_never_more_than_fit() -> None:
    visits = arrivals(300)
    entered = [visit.route.entered_at for visit in visits]
    assert entered == sorted(entered)
    for visit in visits:
        at = visit.route.entered_at
        inside = [other for other in visits if other.route.entered_at <= at < other.route.left_at]
        assert len(inside) <= 8


def test_nobody_is_in_twice_and_somebody_comes_back() -> None:
    left: dict[str, float] = {}
    for visit in arrivals(200):
        assert visit.route.entered_at >= left.get(visit.shopper.id, 0.0)
        left[visit.shopper.id] = visit.route.left_at
    assert {visit.number for visit in arrivals(200) if visit.shopper.id == "anna"} >= {1, 2, 3}


def test_the_first_minute_is_busy() -> None:
    first_minute = [visit for visit in arrivals(60) if visit.route.entered_at < 60]
    assert len(first_minute) >= 8


def test_strangers_come_too_each_with_a_tag_of_its_own() -> None:
    strangers = [visit.shopper for visit in arrivals(200) if visit.shopper.kind == "stranger"]
    assert len(strangers) > 20
    assert len({stranger.tag.address for stranger in strangers}) == len(strangers)
    assert {stranger.tag.identity.kind for stranger in strangers} == {"ibeacon", "address"}


def test_staff_stay_for_more_than_an_hour() -> None:
    otto = next(visit for visit in arrivals(4) if visit.shopper.kind == "staff")
    assert otto.route.left_at > 3600


def test_the_same_seed_brings_the_same_people() -> None:
    def names(seed: int) -> list[tuple[str, float]]:
        return [(visit.name, visit.route.entered_at) for visit in arrivals(80, seed)]

    assert names(3) == names(3)
    assert names(3) != names(4)


def test_tags_of_the_demo_advertise_every_200_to_500_ms() -> None:
    assert all(0.2 <= visit.shopper.tag.interval_s <= 0.5 for visit in arrivals(100))


def test_any_layout_has_a_door_to_come_in_by() -> None:
    assert {visit.route.waypoints[0].spot for visit in arrivals(20)} == {Floor(small_layout()).door}
