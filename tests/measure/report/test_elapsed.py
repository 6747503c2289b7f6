"""The clock of the daily interval goes with what could have been seen of the visitors, not with their heads."""

import math
from dataclasses import replace

import pytest

from nearcart_contract.report_tables import ASSIGNMENTS, HELD_OUT, OFFERED
from nearcart_measure.core.arm import of_buyers
from nearcart_measure.core.log_ratio import log_ratio_of_buyers
from nearcart_measure.core.sequential import Tuning
from nearcart_measure.report.elapsed import by_day, elapsed_share
from nearcart_measure.report.result import Figure

from .conftest import DAY, EXPERIMENT, START, TERMS, World


def test_half_of_the_windows_has_passed() -> None:
    assert elapsed_share({100: 30}, 100, 7.0) == pytest.approx(1 / 7)
    assert elapsed_share({100: 30}, 103, 8.0) == 0.5
    assert elapsed_share({100: 30, 104: 10}, 103, 8.0) == 0.5  # who comes later has not come
    assert elapsed_share({100: 30, 104: 10}, 104, 8.0) == pytest.approx((30 * 5 + 10 * 1) / 8 / 40)
    assert elapsed_share({100: 30, 104: 10}, 111, 8.0) == 1


def test_a_window_of_hours_has_passed_by_the_evening_and_nobody_waits_for_anything() -> None:
    assert elapsed_share({100: 30}, 100, 0.25) == 1
    assert elapsed_share({}, 100, 7.0) == elapsed_share({101: 5}, 100, 7.0) == 1


def test_days_are_summed() -> None:
    assert by_day([(3, 1), (4, 2), (3, 5)]) == {3: 6, 4: 2}


def first_week(world: World) -> World:
    """All come on the first day; some buy at once."""
    for unit in range(1, 1001):
        held = unit % 5 == 0
        world.add(ASSIGNMENTS, EXPERIMENT, unit, HELD_OUT if held else OFFERED, START + unit)
        world.moment(unit, held=held, at=unit)
        if unit % 9 == 0 or unit % 10 == 0:
            world.buys(unit, unit + 60, 900)
    return world


def figure(world: World, name: str, now: float) -> Figure:
    return next(each for each in world.report(now=START + now).figures if each.name == name)


def test_the_reports_interval_is_the_sequence_on_that_clock(world: World) -> None:
    """On the third of seven days: as wide as for three sevenths of the visitors. Of 28 days three have passed."""
    first_week(world)
    for name, clock in (("purchase", 3 / 7), ("purchase_28d", 3 / 28)):
        found = figure(world, name, 2 * DAY)
        assert found.always is not None
        effect = log_ratio_of_buyers(
            *(of_buyers(n, round(share * n)) for n, share in ((200, found.held_out), (800, found.offered)))
        )
        half = effect.standard_error * Tuning(tau=TERMS.tau).half_width(1000 * clock)
        assert math.log1p(found.always.high) == pytest.approx(effect.estimate + half)


def test_when_all_windows_have_passed_it_counts_visitors(world: World) -> None:
    first_week(world)
    found, last = figure(world, "purchase", 9 * DAY), figure(world, "purchase", 90 * DAY)
    assert found.always == last.always
    width = math.log1p(found.always.high) - math.log1p(found.lift)
    effect = log_ratio_of_buyers(
        of_buyers(200, round(200 * found.held_out)), of_buyers(800, round(800 * found.offered))
    )
    assert width == pytest.approx(effect.standard_error * Tuning(tau=TERMS.tau).half_width(1000))


def test_the_last_evening_is_today_while_windows_are_open(world: World) -> None:
    first_week(world)
    open_, over = (world.report(now=START + days * DAY) for days in (4, 60))
    assert [each.day for each in open_.evenings] == ["2026-09-21", "2026-09-25"]
    assert open_.evenings[0].high > open_.evenings[-1].high
    assert open_.evenings[-1].high == pytest.approx(figure(world, "purchase", 4 * DAY).always.high)
    assert [each.day for each in over.evenings] == ["2026-09-21", "2026-11-20"]


def test_the_28_day_figure_has_its_own_end(world: World) -> None:
    """At the planned end of the seven days the 28 have not passed, so that no fixed interval of them may be shown."""
    first_week(world)
    world.terms = replace(TERMS, ends=START + DAY)
    for days, fixed in ((9, False), (28, False), (30, True)):
        found = figure(world, "purchase_28d", days * DAY)
        assert (found.fixed is not None) is fixed
        assert figure(world, "purchase", days * DAY).fixed is not None


def bought_sooner(later_too: bool) -> World:
    """Who has the offer buys twice as often in her first week; unless ``later_too``, the others do so in the weeks after it."""
    world = World()
    for unit in range(1, 2001):
        held = unit % 5 == 0
        world.add(ASSIGNMENTS, EXPERIMENT, unit, HELD_OUT if held else OFFERED, START + unit)
        world.moment(unit, held=held, at=unit)
        number = unit // 5 % 10
        if number < (2 if held else 4):
            world.buys(unit, unit + DAY, 900 + number)
        elif number < 4 and not later_too:
            world.buys(unit, unit + 12 * DAY, 900 + number)
    return world


def test_what_was_only_brought_forward_is_said_once_four_weeks_have_passed() -> None:
    told = "some of it may only have been brought forward."
    for later_too, days, said in ((False, 20, False), (False, 40, True), (True, 40, False)):
        report = bought_sooner(later_too).report(now=START + days * DAY)
        assert report.answer == "keep"
        assert (told in report.sentence) is said, report.sentence
    assert "+0.0 %, between −" in bought_sooner(False).report(now=START + 40 * DAY).sentence
    month = bought_sooner(False).report(now=START + 40 * DAY, window_s=28 * DAY)
    assert told not in month.sentence
