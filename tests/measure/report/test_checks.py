"""The sample-ratio checks of a report: what was found on some evening stays found, and a share that is kept is believed."""

from dataclasses import replace

from nearcart_contract.report_tables import HELD_OUT, OFFERED
from nearcart_measure.report.checks import assigned_check, daily_check, exposed_check
from nearcart_measure.report.sums import FirstMoments

from .conftest import DAY, START, TERMS

DAY_ONE = 20_000
ENDED = replace(TERMS, ends=START, now=START + 8 * DAY)


def came(*days: tuple[int, int]) -> list[tuple[int, str, int]]:
    return [
        (DAY_ONE + day, arm, units)
        for day, both in enumerate(days)
        for arm, units in zip((HELD_OUT, OFFERED), both, strict=True)
    ]


def moments(*days: tuple[int, int], slots: tuple[int, int] = (2000, 8000), first: int = 0) -> list[FirstMoments]:
    return [FirstMoments(day + first, *slots, arm, units) for day, arm, units in came(*days)]


def test_shares_that_are_kept_are_told() -> None:
    check = assigned_check(came((20, 80), (19, 81), (22, 78)), TERMS)
    assert check.passed
    assert check.sentence.startswith("Of 300 who came 61 are held out, 60 were to be expected (p 1")


def test_a_tenth_of_the_hold_out_lost_is_found_and_nothing_lost_is_not() -> None:
    daily = [(72, 380)] * 45
    assert not assigned_check(came(*daily), TERMS).passed
    assert not exposed_check(moments(*daily), ended=False).passed
    assert assigned_check(came(*[(90, 362)] * 45), TERMS).passed


def test_what_was_found_on_some_evening_stays_found() -> None:
    broken = (0, 80)
    later = [(40, 160)] * 60
    check = assigned_check(came(broken, *later), TERMS)
    assert not check.passed
    assert "on the evening of 2024-10-04 it was worse" in check.sentence
    assert not exposed_check(moments(broken, *later), ended=False).passed


def test_at_the_planned_end_one_plain_test_is_made_too() -> None:
    days = [(17, 83)] * 20  # p 0.0008: too little for a test that may be looked at every day
    assert assigned_check(came(*days), TERMS).passed
    assert not assigned_check(came(*days), ENDED).passed
    assert exposed_check(moments(*days), ended=False).passed
    assert not exposed_check(moments(*days), ended=True).passed
    assert "(p 0.0008): records are missing" in assigned_check(came(*days), ENDED).sentence


def test_each_of_three_arms_has_its_share() -> None:
    terms = replace(TERMS, arms=((HELD_OUT, 2000), ("long", 4000), ("short", 4000)))
    fair = [(DAY_ONE, HELD_OUT, 200), (DAY_ONE, "long", 410), (DAY_ONE, "short", 390)]
    unfair = [(DAY_ONE, HELD_OUT, 200), (DAY_ONE, "long", 500), (DAY_ONE, "short", 300)]
    assert assigned_check(fair, terms).passed
    assert not assigned_check(unfair, terms).passed


def test_a_share_that_grew_is_judged_by_what_held_at_each_moment() -> None:
    grown = [
        *moments(*[(50, 50)] * 10, slots=(1000, 1000)),
        *moments(*[(20, 180)] * 10, slots=(1000, 9000), first=10),
    ]
    assert exposed_check(grown, ended=True).passed
    assert daily_check(grown).passed
    assert not exposed_check([replace(each, offered=9000) for each in grown], ended=False).passed


def test_one_bad_day_is_named_and_the_last_of_many_is_found_too() -> None:
    good = [(20, 80)] * 60
    assert daily_check(moments(*good)).passed
    for day in (0, 30, 59):
        days = [*good[:day], (0, 100), *good[day + 1 :]]
        check = daily_check(moments(*days))
        assert not check.passed
        assert day == 0 or exposed_check(moments(*days), ended=True).passed
    assert "On 2024-12-02 one arm had far more" in check.sentence


def test_nobody_and_one_arm_only() -> None:
    assert "nobody was assigned yet" in assigned_check([], TERMS).sentence
    assert "one arm only" in exposed_check(moments((0, 30), slots=(0, 10_000)), ended=True).sentence
    assert "one arm only" in assigned_check(came((0, 9)), replace(TERMS, arms=((OFFERED, 10_000),))).sentence
    assert daily_check([]).passed


def test_days_that_took_units_away_are_no_evidence() -> None:
    days = [(20, 80), (-3, 0), (20, 80), (1, -2)]
    assert exposed_check(moments(*days), ended=True).passed
    assert daily_check(moments(*days)).passed
    assert exposed_check(moments((-3, 0)), ended=True).passed
