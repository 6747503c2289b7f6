"""Who comes and where she walks; nobody changes anybody's way."""

import itertools
from datetime import timedelta

import numpy as np
import pytest

from nearcart_sim.core.chance import CounterStream
from nearcart_sim.core.days.floor_plan import floor_plan
from nearcart_sim.core.days.people import arrivals
from nearcart_sim.core.days.play import Play
from nearcart_sim.core.days.scenario_file import Rate, ScenarioFile
from nearcart_sim.core.days.track import Track
from nearcart_sim.core.days.ways import Ways
from nearcart_sim.core.rooms.fading import UNIT
from nearcart_sim.core.route import Waypoint
from nearcart_sim.shell.scenario_files import load_scenario


def shop(**shoppers: object) -> ScenarioFile:
    scenario = load_scenario("corner-shop")
    return scenario.model_copy(update={"shoppers": scenario.shoppers.model_copy(update=shoppers)})


def test_one_more_person_changes_nobody_elses_path_or_device() -> None:
    few, more = (Play(shop(staff=staff), 3, 1800) for staff in (1, 2))
    before = {carrier.name: carrier for carrier in few.carriers}
    after = {carrier.name: carrier for carrier in more.carriers}
    assert set(after) - set(before) == {"staff-2"}
    at = np.arange(0, 1_800_000_000, 1_000_000)
    for name, carrier in before.items():
        assert after[name].specification == carrier.specification
        for one, other in zip(carrier.track.places(at), after[name].track.places(at), strict=True):
            assert np.array_equal(one, other)


def test_a_shorter_run_is_the_beginning_of_a_longer_one() -> None:
    def heard(seconds: float) -> list[tuple[int, int, int]]:
        chunks = Play(shop(inside_at_start=60), 3, seconds).chunks()
        rows = [chunk.heard for chunk in chunks if chunk.begins < 95_000_000]
        return [row for h in rows for row in zip(h.at.tolist(), h.scanner.tolist(), h.rssi.tolist(), strict=True)]

    short = heard(95)  # not whole minutes, in which devices are worked out
    assert short == heard(180)
    assert [at for at, _, _ in short] == sorted(at for at, _, _ in short)


def test_she_is_at_each_stop_for_as_long_as_planned_and_browses_it() -> None:
    play = Play(shop(groups=0), 2, 7200)
    carrier = next(carrier for carrier in play.carriers if carrier.role != "staff" and len(carrier.stops) > 3)
    at = np.arange(carrier.track.begins, carrier.track.ends, 500_000)
    x, y, _, _ = carrier.track.places(at)
    zones = [play.zones.names[zone] for zone in play.zones.zones(x, y)]
    for zone in {stop.zone for stop in carrier.stops}:
        planned = sum(stop.stay_s for stop in carrier.stops if stop.zone == zone)
        assert zones.count(zone) / 2 >= planned - 1
    places = {(round(a, 1), round(b, 1)) for a, b in zip(x.tolist(), y.tolist(), strict=True)}
    assert len(places) > 3 * len(carrier.stops)


def test_people_stand_on_both_sides_of_a_shelf() -> None:
    plan = floor_plan(load_scenario("supermarket"))
    ways = Ways(plan, 0)
    middle = plan.shelves[0].box[0][1] + 0.5
    assert {y < middle for _, y in ways.spots["a1"]} == {True, False}
    for number in range(len(ways.spots["a1"])):
        turns = (ways.gate("a1"), *ways.reach("a1", number))
        assert turns[-1] == ways.spots["a1"][number]
        assert all(ways.clear(one, other) for one, other in itertools.pairwise(turns))


def test_a_way_is_the_same_whoever_asks_first_and_from_whichever_end() -> None:
    plan = floor_plan(load_scenario("supermarket"))
    there, back = Ways(plan, 0), Ways(plan, 0)
    pairs = [("a1", "f10"), ("f1", "a10"), ("c3", "e8"), ("door", "d5"), ("b2", "entrance")]
    for one, other in pairs:
        forward, backward = there.path(one, other), back.path(other, one)
        assert forward == backward[::-1] == there.path(other, one)[::-1]


def test_the_store_knows_the_share_that_is_enrolled() -> None:
    play = Play(shop(inside_at_start=400, arrivals=(Rate(per_hour=0),), enrolled=0.3, staff=2), 1, 30)
    roles = [carrier.role for carrier in play.carriers]
    assert roles.count("shopper") / 400 == pytest.approx(0.3, abs=0.07)
    assert roles.count("staff") == 2
    assert len(play.roster()) == roles.count("shopper") + 2


def test_arrivals_follow_their_rates() -> None:
    rates = (Rate(after=timedelta(0), per_hour=100), Rate(after=timedelta(hours=10), per_hour=400))
    times = np.array(list(arrivals(rates, CounterStream(1), 20 * 3600)))
    assert (np.diff(times) > 0).all()
    assert (times < 36_000).sum() == pytest.approx(1000, rel=0.1)
    assert (times >= 36_000).sum() == pytest.approx(4000, rel=0.05)


def test_nobody_walks_through_a_shelf() -> None:
    play = Play(load_scenario("corner-shop"), 5, 3600)
    at = np.arange(0, 3_600_000_000, 250_000)
    for carrier in play.carriers:
        x, y, _, _ = carrier.track.places(at[(at > carrier.track.begins) & (at < carrier.track.ends)])
        for shelf in play.plan.shelves:
            (ax, ay), (bx, by) = shelf.box
            assert not ((x > ax) & (x < bx) & (y > ay) & (y < by)).any(), carrier.name


def test_a_way_goes_around_a_wall() -> None:
    walled = load_scenario("corner-shop").model_copy(update={"shelves": ()})
    plan = floor_plan(
        walled.model_validate({**walled.model_dump(mode="json", exclude={"lasts", "shoppers", "economy", "faults"}), "lasts": "1h",
                               "walls": [{"line": [[6, 0], [6, 6]]}]})
    )  # fmt: skip
    ways = Ways(plan, 0)
    assert not ways.clear(ways.gate("wine"), ways.gate("cheese"))
    path = ways.path("wine", "cheese")
    assert max(y for _, y in path) > 6
    assert all(ways.clear(one, other) for one, other in itertools.pairwise(path))


def test_everybody_stays_about_as_long_as_her_stops_and_leaves_by_the_door() -> None:
    play = Play(shop(), 1, 7200)
    for carrier in play.carriers:
        stay = (carrier.track.ends - carrier.track.begins) / 1e6
        assert stay > sum(stop.stay_s for stop in carrier.stops)
        x, y, _, _ = carrier.track.places(np.array([carrier.track.begins, carrier.track.ends]))
        assert set(zip(x.tolist(), y.tolist(), strict=True)) == {play.ways.floor.door}


def test_a_group_walks_together_with_a_device_each() -> None:
    play = Play(shop(groups=1.0), 1, 3600)
    parties: dict[str, list[str]] = {}
    for carrier in play.carriers:
        if carrier.role != "staff":
            parties.setdefault(carrier.party, []).append(carrier.specification.name)
    assert all(2 <= len(members) <= 4 for members in parties.values())


def test_devices_of_one_kind_differ_in_loudness() -> None:
    play = Play(shop(inside_at_start=120, arrivals=(Rate(per_hour=0),)), 1, 30)
    chunk = next(play.chunks())
    devices, first = np.unique(chunk.events.device, return_index=True)
    assert len(devices) > 100
    assert np.std(chunk.events.louder[first] / UNIT) == pytest.approx(play.scenario.radio.device_spread_db, rel=0.25)


def test_who_was_inside_at_the_start_leaves_as_others_come() -> None:
    play = Play(shop(inside_at_start=200, arrivals=(Rate(per_hour=0),)), 1, 600)
    inside = [sum(c.track.begins <= at < c.track.ends for c in play.carriers) for at in (0, 60_000_000, 300_000_000)]
    assert inside[0] == 202
    assert inside[0] > inside[1] > inside[2]


def test_a_track_is_where_its_waypoints_are_and_faces_where_it_goes() -> None:
    track = Track([Waypoint(0, (0, 0)), Waypoint(2, (2, 0)), Waypoint(5, (2, 0)), Waypoint(6, (2, 1))])
    x, y, facing_x, facing_y = track.places(np.array([-1, 1, 3, 5.5, 9]) * 1e6)
    assert x.tolist() == [0, 1, 2, 2, 2]
    assert y.tolist() == [0, 0, 0, 0.5, 1]
    assert facing_x.tolist() == [1, 1, 1, 0, 0]
    assert facing_y.tolist() == [0, 0, 0, 1, 1]
    assert track.walked(5_500_000) == 2.5
