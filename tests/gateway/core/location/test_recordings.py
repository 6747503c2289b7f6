"""Real walks. Each is located by a calibration that never saw it."""

from collections.abc import Callable, Sequence

import pytest

from nearcart_contract.radio_file import Radio
from nearcart_contract.store_file import Layout, Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.location.calibrate import Walk, from_survey, from_what_was_heard
from nearcart_gateway.core.locators import grid_locator

from .recordings import FLAT, HALL, HALL_WALKS, Figures, follow, hall, halves, judge, mean, walk

Fit = Callable[[Layout, Sequence[Walk]], Radio]


def leave_one_out(fit: Fit, *, with_truth: bool, lag: float = 0.0) -> Figures:
    layout, figures = hall(), []
    for name in HALL_WALKS:
        others = [walk(HALL, other, with_truth=with_truth) for other in HALL_WALKS if other != name]
        said = follow(grid_locator(layout, fit(layout, others), lag=lag), walk(HALL, name))
        figures.append(judge(layout, said, walk(HALL, name)))
    return mean(figures)


def test_with_a_survey_of_other_walks() -> None:
    """Peers' best on these walks: zone 0.446, clear 0.528, 17 to 231 switches; true switches: 11."""
    figures = leave_one_out(from_survey, with_truth=True)
    assert figures.zone >= 0.70
    assert figures.clear >= 0.83
    assert figures.switches <= 22
    assert figures.error <= 1.15


def test_two_seconds_later_it_knows_better() -> None:
    now, later = leave_one_out(from_survey, with_truth=True), leave_one_out(from_survey, with_truth=True, lag=2.0)
    assert later.zone >= 0.74
    assert later.clear >= 0.87
    assert later.error <= 0.95
    assert later.zone > now.zone and later.error < now.error


def test_from_nothing_but_what_was_heard() -> None:
    """Nobody says where the other walks went."""
    figures = leave_one_out(from_what_was_heard, with_truth=False)
    assert figures.zone >= 0.62
    assert figures.clear >= 0.74
    assert figures.switches <= 22


def in_halves(fit: Fit) -> Figures:
    """Each half of the robot's walk by a calibration of the other."""
    layout, parts = load_yaml(FLAT / "store.yaml", Store), halves(walk(FLAT, "robot"))
    return mean(
        [
            judge(layout, follow(grid_locator(layout, fit(layout, [other])), half), half)
            for half, other in (parts, parts[::-1])
        ]
    )


def test_the_other_half_of_a_walk_through_a_flat_calibrates_this_one() -> None:
    """The tag is 15 dB louder than usual. Peers' way: zone 0.752, clear 0.804."""
    assert in_halves(from_survey).zone >= 0.77
    assert (
        in_halves(lambda layout, walks: from_what_was_heard(layout, [Walk(each.packets) for each in walks])).zone
        >= 0.80
    )


@pytest.mark.parametrize("decibels", [-6, 6])
def test_another_tag_than_the_survey_s(decibels: int) -> None:
    layout, name, *others = hall(), *HALL_WALKS
    surveyed, known = walk(HALL, name), from_survey(layout, [walk(HALL, other) for other in others])
    other_tag = Walk(tuple((at, scanner, rssi + decibels) for at, scanner, rssi in surveyed.packets), surveyed.truth)
    same, other = (judge(layout, follow(grid_locator(layout, known), each), each) for each in (surveyed, other_tag))
    assert other.zone >= same.zone - 0.05


def test_in_a_flat_that_nobody_calibrated() -> None:
    """Peers' best: zone 0.757, clear 0.825; true switches: 10."""
    layout = load_yaml(FLAT / "store.yaml", Store)
    robot = walk(FLAT, "robot")
    figures = judge(layout, follow(grid_locator(layout, None), robot), robot)
    assert figures.zone >= 0.82
    assert figures.clear >= 0.89
    assert figures.switches <= 18
