"""Taps to a truth that `nearcart calibrate` reads."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nearcart_contract.truth import read_truth
from nearcart_gateway.core.survey_walk import EVERY_S, SurveyWalk, Tap

METRES = st.floats(0, 50, allow_nan=False)


def walked(*taps: tuple[float, float, float], address: str | None = None) -> SurveyWalk:
    walk = SurveyWalk(address)
    for at, x, y in taps:
        walk.tap(Tap(at, x, y))
    return walk


def test_between_two_taps_she_walks_evenly() -> None:
    lines = walked((100.0, 1.0, 2.0), (102.0, 5.0, 2.0)).truth()
    assert [(line.at, line.x, line.y) for line in lines] == [
        (100.0, 1.0, 2.0),
        (100.5, 2.0, 2.0),
        (101.0, 3.0, 2.0),
        (101.5, 4.0, 2.0),
        (102.0, 5.0, 2.0),
    ]


def test_no_tap_no_truth_and_one_tap_one_place() -> None:
    assert walked().truth() == []
    assert len(walked((1.0, 2.0, 3.0)).truth()) == 1


def test_a_double_tap_counts_once_and_a_mistake_is_taken_back() -> None:
    walk = walked((1.0, 2.0, 2.0))
    assert not walk.tap(Tap(1.0, 2.1, 2.0))
    walk.tap(Tap(4.0, 9.0, 9.0))
    walk.undo()
    assert len(walk.taps) == 1 and walk.metres() == 0
    walk.undo()
    walk.undo()
    assert walk.taps == []


def test_a_tap_keeps_its_place_to_the_millimetre() -> None:
    """Halfway between two millimetres, a step counted from the tap before lands on the other side."""
    places = [(x, 0.0) for x in (0.1235, 32.0095, 0.0005, 41.3335, 7.1115)]
    walk = walked(*((1000.0 + 0.7 * number, *place) for number, place in enumerate(places)))
    kept = {(line.x, line.y) for line in walk.truth()}
    assert {(round(x, 3), round(y, 3)) for x, y in places} <= kept


@given(st.lists(st.tuples(st.floats(0.6, 60), METRES, METRES), min_size=1, max_size=12))
def test_whatever_is_tapped_can_be_read_and_goes_through_every_tap(steps: list[tuple[float, float, float]]) -> None:
    walk, at = SurveyWalk("AA:BB:CC:DD:EE:FF"), 1000.0
    for wait, x, y in steps:
        at += wait
        walk.tap(Tap(at, x, y))
    lines = list(read_truth(line.model_dump_json() for line in walk.truth()))
    times = [line.at for line in lines]
    assert times == sorted(times)
    assert all(later - before <= EVERY_S + 0.002 for before, later in pairwise(times))
    places = {(line.at, line.x, line.y) for line in lines}
    assert all((round(tap.at, 3), round(tap.x, 3), round(tap.y, 3)) in places for tap in walk.taps)
    assert {line.address for line in lines} == {"AA:BB:CC:DD:EE:FF"}
