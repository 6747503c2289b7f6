"""A walk is the same where it is looked at, whatever else of it is worked out."""

import numpy as np
import pytest

from nearcart_sim.core.chance import CounterStream, key_of
from nearcart_sim.core.days.floor_plan import floor_plan
from nearcart_sim.core.days.people import Weighted
from nearcart_sim.core.days.track import Track
from nearcart_sim.core.days.walk import Itinerary, StopStream, itinerary, walk
from nearcart_sim.core.days.ways import Ways
from nearcart_sim.core.route import Stop
from nearcart_sim.shell.scenario_files import load_scenario

WAYS = Ways(floor_plan(load_scenario("corner-shop")), 0)
ZONES = WAYS.floor.zones
ENTERED_AT = -300.0


def planned(seed: int) -> tuple[Itinerary, StopStream]:
    stream = CounterStream(key_of(seed, "tour"))
    stops = [Stop(stream.choice(ZONES), stream.uniform(5, 120)) for _ in range(9)]
    return itinerary(WAYS, stops, stream), lambda stop: CounterStream(key_of(seed, "stop", stop))


@pytest.mark.parametrize("seed", range(12))
def test_what_is_left_out_changes_nothing_in_between(seed: int) -> None:
    plan, streams = planned(seed)
    whole = Track(walk(WAYS, plan, ENTERED_AT, streams, (-1e6, 1e6)))
    for begins, ends in ((-3.0, 60.0), (-3.0, 600.0), (-200.0, -100.0), (-400.0, 0.0), (900.0, 9000.0)):
        cut = Track(walk(WAYS, plan, ENTERED_AT, streams, (begins, ends)))
        assert (cut.begins, cut.ends) == (whole.begins, whole.ends)
        at = np.arange(round(begins * 1e6), round(ends * 1e6), 500_000)
        for one, other in zip(cut.places(at), whole.places(at), strict=True):
            assert np.array_equal(one, other)


def test_who_is_looked_at_for_a_minute_has_few_waypoints() -> None:
    plan, streams = planned(1)
    points = walk(WAYS, plan, ENTERED_AT, streams, (0.0, 60.0))
    assert len(points) < 0.5 * len(walk(WAYS, plan, ENTERED_AT, streams, (-1e6, 1e6)))
    assert [points[0].spot, points[-1].spot] == [WAYS.floor.door] * 2


def test_keys_are_drawn_as_often_as_they_weigh() -> None:
    stream, weighted = CounterStream(5), Weighted({"a": 1.0, "b": 0.0, "c": 3.0})
    drawn = [weighted.drawn(stream) for _ in range(4000)]
    assert "b" not in drawn
    assert drawn.count("c") / 4000 == pytest.approx(0.75, abs=0.03)
