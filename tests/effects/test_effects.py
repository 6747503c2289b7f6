"""Reports of simulated shops find what is true: the small version of ``make effects``."""

from datetime import timedelta

import pytest

from .day import play_day
from .weeks import ODDS, Told, expected, play_weeks


@pytest.fixture(scope="module")
def worlds() -> dict[float, list[Told]]:
    return {lift: [play_weeks(seed, odds, shoppers=250) for seed in (1, 2)] for lift, odds in ODDS.items()}


def test_the_offer_truly_does_what_its_name_says() -> None:
    found = expected(ODDS[0.2], 4000)
    assert found.lift == pytest.approx(0.2, abs=0.03)
    assert expected(ODDS[0.0], 500).lift == 0


def test_the_gateway_does_with_everybody_what_the_model_expects(worlds: dict[float, list[Told]]) -> None:
    """Every moment at its time, every ghost in the hold-out, every purchase known: one other and the proof would be of something else."""
    for told in (each for found in worlds.values() for each in found):
        assert told.astray == 0
        assert sum(arm.people for arm in told.report.arms) == told.truth.visitors > 80
        assert told.counted_right, (told.report.arms, told.arms)
        assert min(people for people, _ in told.arms.values()) > 30
        assert all(check.passed for check in told.report.checks)


def test_the_reports_interval_holds_the_truth(worlds: dict[float, list[Told]]) -> None:
    """The seeds are fixed, so this is so on every run; how often it is not, among many, ``make effects`` tells."""
    for lift, found in worlds.items():
        for told in found:
            figure = told.report.main_figure
            assert told.report.ended and figure is not None and figure.name == "purchase"
            assert not told.misses(lift)
            assert told.misses(lift + 3)


def test_a_day_through_radio_and_edges_ends_in_the_same_report() -> None:
    straight, radio = (play_day(3, ODDS[0.2], timedelta(hours=1), radio=each) for each in (False, True))
    assert radio.decided == straight.decided and set(straight.decided.values()) == {"sent", "ghost"}
    assert radio.bought == straight.bought != {}
    assert (radio.report.arms, radio.report.figures) == (straight.report.arms, straight.report.figures)
