"""What a report says of little worlds whose truth is known."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from nearcart_contract.report_tables import (
    ASSIGNMENTS,
    COMPLAINTS,
    EXPOSURES,
    HELD_OUT,
    OFFERED,
    OPT_OUTS,
    ORDER_LINES,
    VISITS,
    WITHHELD,
    Source,
)
from nearcart_measure.report.result import Figure, Report
from nearcart_measure.report.sums import Sums
from nearcart_measure.report.tables import load
from nearcart_measure.report.words import lines

from .conftest import DAY, START, TERMS, World, shop


def figure(report: Report, name: str) -> Figure:
    return next(each for each in (*report.figures, *report.guards) if each.name == name)


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for each in value.values():
            yield from numbers(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from numbers(each)
    elif isinstance(value, int | float):
        yield value


def readable(report: Report) -> str:
    """Everything that may be printed; nothing of it is NaN or infinite."""
    assert all(math.isfinite(number) for number in numbers(asdict(report)))
    json.dumps(asdict(report), allow_nan=False)
    text = "\n".join(lines(report))
    assert "nan" not in text.lower().split()
    assert report.sentence.endswith(".")
    return text


def arms_of(held: int, offered: int, world: World) -> World:
    for unit in range(1, held + offered + 1):
        world.moment(unit, held=unit <= held, at=unit)
    return world


def test_what_counts_is_within_the_window_after_the_first_moment_and_once(world: World) -> None:
    arms_of(2, 8, world)
    world.moment(3, held=False, at=5 * DAY)  # a later moment opens no window of its own
    world.buys(3, 100, 1000, 234)
    world.buys(3, 8 * DAY, 5000)  # after the window, within 28 days
    world.buys(3, -100, 700)  # before: her past
    world.buys(3, 60 * DAY, 9000)
    world.buys(4, 100, 100)
    world.buys(1, 100, 500)
    world.buys(2, 100, 100)
    report = world.report(now=START + 70 * DAY)
    revenue, later = figure(report, "revenue"), figure(report, "revenue_28d")
    assert (revenue.held_out, revenue.offered) == (pytest.approx(3.0), pytest.approx((12.34 + 1.0) / 8))
    assert later.offered == pytest.approx((12.34 + 1.0 + 50.0) / 8)
    assert figure(report, "purchase").offered == pytest.approx(2 / 8)
    assert figure(report, "orders").offered == pytest.approx(2 / 8)
    assert {each.arm: each.people for each in report.arms} == {HELD_OUT: 2, OFFERED: 8}


def test_money_is_exact_and_a_refund_is_taken_back_on_its_day(world: World) -> None:
    arms_of(20, 80, world)
    for unit in range(1, 101):
        world.buys(unit, 3600, 1010 + unit)
    world.refund(30, 3600, 9 * DAY, 1040)
    world.refund(31, -DAY, 9 * DAY, 9999)  # of an order from before: nobody's outcome
    before, after = world.report(now=START + 8 * DAY), world.report(now=START + 12 * DAY)
    paid = sum(1010 + unit for unit in range(21, 101))
    assert figure(before, "revenue").offered == pytest.approx(paid / 100 / 80, rel=1e-12)
    assert figure(after, "revenue").offered == pytest.approx((paid - 1040) / 100 / 80, rel=1e-12)
    assert figure(after, "purchase").offered == figure(before, "purchase").offered


def test_the_last_evening_is_the_report(world: World) -> None:
    report = shop(1500, 0.5).report()
    evening, main = report.evenings[-1], figure(report, "purchase")
    assert main.always is not None
    assert (evening.lift, evening.low, evening.high) == pytest.approx((main.lift, main.always.low, main.always.high))
    money = shop(1500, 0.5).report(outcome="revenue")
    main = figure(money, "revenue")
    assert main.always is not None
    assert (money.evenings[-1].lift, money.evenings[-1].low) == pytest.approx((main.lift, main.always.low))
    assert [each.day for each in report.evenings] == sorted(each.day for each in report.evenings)


def test_what_an_evening_said_is_what_it_is_said_to_have_said() -> None:
    """With refunds, a cap and later days: the report of that evening, and that evening in a later report."""
    world = shop(900, 0.4, seed=3)
    for row in list(world.rows[ORDER_LINES.name])[::5]:
        ordered_at = float(row[2]) - START  # type: ignore[arg-type]
        world.refund(int(row[0]), ordered_at, ordered_at + 4 * DAY, 700)  # type: ignore[call-overload]
    changed = {"outcome": "revenue", "cap": 3000}
    midnight = datetime(2026, 10, 12, tzinfo=ZoneInfo("Europe/Vienna")).timestamp()
    then, later = world.report(now=midnight - 1, **changed), world.report(**changed)
    assert then.evenings[-1].day == "2026-10-11"
    [told] = [evening for evening in later.evenings if evening.day == "2026-10-11"]
    assert (told.lift, told.low, told.high) == pytest.approx(
        (then.evenings[-1].lift, then.evenings[-1].low, then.evenings[-1].high)
    )
    main = figure(then, "revenue")
    assert main.always is not None
    assert (told.lift, told.low) == pytest.approx((main.lift, main.always.low))


def test_past_spend_is_of_as_long_a_time_as_the_window_and_as_known_then(world: World) -> None:
    arms_of(1, 1, world)
    for days, amount in ((1, 100), (6, 20), (8, 5000)):
        world.buys(1, -days * DAY, amount)
    world.refund(1, -6 * DAY, -5 * DAY, 7)
    world.refund(1, -6 * DAY, 3 * DAY, 11)
    world.buys(1, 3600, 900)
    [held_out, _] = Sums(load(Source(world.terms, world.rows)), world.terms).arms()
    assert (held_out["before"], held_out["before_squares"], held_out["products"]) == (113, 113**2, 113 * 900)


def test_a_great_effect_is_kept_a_harm_is_stopped_and_nothing_is_too_early() -> None:
    keep, stop, nothing = shop(3000, 0.8).report(), shop(3000, -0.8).report(), shop(600, 0.0).report()
    assert (keep.answer, stop.answer, nothing.answer) == ("keep", "stop", "too early")
    assert keep.sentence.startswith("Keep it: of 1,000 with the offer ")
    assert nothing.more_people is None or nothing.more_people > 0
    for report in (keep, stop, nothing):
        readable(report)


def test_more_people_are_what_it_then_takes() -> None:
    report = shop(1200, 0.3, seed=4).report()
    main = figure(report, "purchase")
    assert report.answer == "too early"
    assert report.more_people is not None
    assert f"about {report.more_people:,}"[:8] in report.sentence or "about" in report.sentence
    assert main.lift is not None


def test_before_the_end_no_fixed_interval_is_shown_and_at_the_end_it_is() -> None:
    running = shop(800, 0.4).report()
    ended = shop(800, 0.4).report(ends=START + 33 * DAY)
    assert all(each.fixed is None and each.delta is None for each in running.figures)
    assert figure(ended, "purchase").fixed is not None
    assert ended.ended
    assert ended.answer in ("keep", "stop", "not told")


@pytest.mark.parametrize(("buyers", "told"), [(29, False), (30, True)])
def test_the_delta_scale_is_told_from_30_buyers_in_each_arm(world: World, buyers: int, told: bool) -> None:
    for unit in range(1, 401):
        world.moment(unit, held=unit <= 200, at=unit)
        if unit <= buyers or unit > 300:
            world.buys(unit, unit + 60, 1000 + unit)
    world.rows[EXPOSURES.name] = [(*row[:9], 5000, 5000) for row in world.rows[EXPOSURES.name]]
    report = world.report(arms=((HELD_OUT, 5000), (OFFERED, 5000)))
    for name in ("purchase", "revenue"):
        found = figure(report, name)
        assert found.always is not None
        assert (found.delta_always is not None) is (found.difference_range is not None) is told
    assert all(("30 buyers" in way.problem) is not told for way in report.beside if way.name == "ghosts")


def test_new_and_existing_customers_apart_and_each_against_its_own(world: World) -> None:
    """All existing ones buy; of the new ones only those with the offer do."""
    for unit in range(1, 401):
        held, existing = unit % 2 == 0, unit % 4 < 2
        world.moment(unit, held=held, at=unit)
        if existing:
            world.buys(unit, unit - 40 * DAY, 500)
        if existing or unit // 4 % (10 if held else 5) == 0:
            world.buys(unit, unit + 60, 1000)
    world.rows[EXPOSURES.name] = [(*row[:9], 5000, 5000) for row in world.rows[EXPOSURES.name]]
    report = world.report(arms=((HELD_OUT, 5000), (OFFERED, 5000)))
    apart = {each.which: each for each in report.segments if each.what == "customers"}
    assert {which: each.people for which, each in apart.items()} == {"new": 200, "existing": 200}
    assert "did the same" in apart["existing"].problem or apart["existing"].lift == pytest.approx(0)
    assert apart["new"].lift == pytest.approx(1.0, abs=1e-9)


def test_no_result_where_records_of_the_hold_out_are_missing() -> None:
    world = shop(6000, 0.5)
    world.rows[EXPOSURES.name] = [row for row in world.rows[EXPOSURES.name] if row[2] != HELD_OUT or row[1] % 3]  # type: ignore[operator]
    report = world.report()
    assert report.answer == "no result"
    assert report.figures == report.segments == report.evenings == report.beside == ()
    assert report.money is None
    assert "exposed" in {check.name for check in report.checks if not check.passed}
    text = readable(report)
    assert text.index("FAILED") < text.index("No result") < text.index("begin anew")
    assert "%" not in report.sentence.partition("(p")[0]


def test_a_day_on_which_the_hold_out_was_forgotten_is_found() -> None:
    world = shop(6000, 0.3)
    day = START + 9 * DAY, START + 10.5 * DAY
    rows = world.rows[EXPOSURES.name]
    world.rows[EXPOSURES.name] = [row for row in rows if row[2] != HELD_OUT or not day[0] <= row[3] < day[1]]  # type: ignore[operator]
    failed = [check.name for check in world.report().checks if not check.passed]
    assert failed == ["daily"]


def test_a_share_that_grew_is_no_mismatch(world: World) -> None:
    """First 10 % held out of 20 % that took part, later 10 % of 100 %."""
    for unit in range(1, 1001):
        world.add(EXPOSURES, TERMS.experiment, unit, HELD_OUT if unit % 2 else OFFERED, START + unit, "o", "phone", unit % 2 == 0, False, False, 1000, 1000)  # fmt: skip
    for unit in range(1001, 3001):
        world.add(EXPOSURES, TERMS.experiment, unit, HELD_OUT if unit % 10 == 0 else OFFERED, START + 9 * DAY + unit, "o", "phone", unit % 10 != 0, False, False, 1000, 9000)  # fmt: skip
    [check] = [check for check in world.report().checks if check.name == "exposed"]
    assert check.passed, check.sentence


def test_two_who_were_one_stay_in_their_first_arm_and_are_told_by_arm(world: World) -> None:
    arms_of(20, 80, world)
    world.moment(1, held=False, at=DAY)
    world.moment(50, held=True, at=DAY)
    world.moment(51, held=True, at=DAY)
    report = world.report()
    assert report.conflicts == {HELD_OUT: 1, OFFERED: 2}
    assert {each.arm: each.people for each in report.arms} == {HELD_OUT: 20, OFFERED: 80}


def test_what_they_spent_before_takes_noise_out() -> None:
    """Those who spend much go on doing so: half of the noise was there before."""
    draw, world = Random(5), World()
    for unit in range(1, 1201):
        held, habit = unit % 5 == 0, draw.expovariate(1 / 3000)
        world.moment(unit, held=held, at=unit)
        world.buys(unit, unit - 3 * DAY, round(habit + draw.random() * 500))
        world.buys(unit, unit + DAY, round(habit * (1.0 if held else 1.2) + draw.random() * 500))
    report = world.report()
    plain, by_past = figure(report, "revenue"), figure(report, "revenue_adjusted")
    assert plain.delta_always is not None
    assert by_past.always is not None
    assert by_past.always.high - by_past.always.low < 0.5 * (plain.delta_always.high - plain.delta_always.low)
    assert by_past.lift == pytest.approx(0.18, abs=0.05)


def test_how_many_are_looked_at_together_changes_nothing() -> None:
    world = shop(600, 0.4)
    connection = load(Source(world.terms, world.rows))
    whole, parts = (Sums(connection, world.terms, at_once) for at_once in (10_000, 37))
    for name in ("arms", "assigned", "evenings", "came", "moments", "conflicts"):
        assert getattr(parts, name)() == getattr(whole, name)(), name
    assert list(parts.segments()) == list(whole.segments())


def test_money_per_visit_counts_the_visit_of_the_moment_and_those_after(world: World) -> None:
    arms_of(20, 80, world)
    for unit in range(1, 101):
        world.buys(unit, 200, 1000 + unit)
        world.add(VISITS, unit, START - 60, 600)  # the one in which she had her moment
        if unit % 2:
            world.add(VISITS, unit, START + DAY, 600)
        world.add(VISITS, unit, START + 9 * DAY, 600)
    report = world.report()
    paid = sum(1000 + unit for unit in range(21, 101)) / 100
    assert figure(report, "revenue_per_visit").offered == pytest.approx(paid / (80 + 40))
    assert figure(report, "return").offered == 0.5


def test_engagement_is_counted_apart(world: World) -> None:
    report = shop(500, 0.2).report()
    assert set(report.engagement) == {"sent", "delivered", "seen", "redeemed", "cost", "complained_of"}
    assert report.engagement["sent"] >= report.engagement["delivered"] > 0
    assert not {each.name for each in report.figures} & {"sent", "delivered", "seen", "redeemed", "return", "dwell"}


def test_delivered_to_some_is_all_decided_then_per_delivered(world: World) -> None:
    world = shop(3000, 0.5)
    rows = world.rows[EXPOSURES.name]
    world.rows[EXPOSURES.name] = [(*row[:7], row[7] and row[1] % 2 == 0, *row[8:]) for row in rows]  # type: ignore[operator]
    ways = {each.name: each for each in world.report().beside}
    decided, delivered = ways["ghosts"].estimate, ways["per_delivered"].estimate
    assert decided is not None
    assert delivered is not None
    assert 1.7 < delivered / decided < 2.3


def test_variants_are_corrected_and_drawn_together() -> None:
    world = shop(3000, 0.5)
    rows = world.rows[EXPOSURES.name]
    world.rows[EXPOSURES.name] = [
        row if row[2] == HELD_OUT else (*row[:2], "long" if row[1] % 2 else "short", *row[3:]) for row in rows  # type: ignore[operator]
    ]  # fmt: skip
    world.rows[ASSIGNMENTS.name] = [
        row if row[2] == HELD_OUT else (*row[:2], "long" if row[1] % 2 else "short", *row[3:])  # type: ignore[operator]
        for row in world.rows[ASSIGNMENTS.name]
    ]
    report = world.report(arms=((HELD_OUT, 2000), ("long", 4000), ("short", 4000)))
    assert {each.which for each in report.variants} == {"long", "short"}
    people = {arm.arm: arm.people for arm in report.arms}
    for each in report.variants:
        assert each.people == people[each.which]
        assert each.shrunk_lift is not None
        assert each.lift is not None
    spread = [
        abs(report.variants[0].lift - report.variants[1].lift),
        abs(report.variants[0].shrunk_lift - report.variants[1].shrunk_lift),
    ]  # type: ignore[operator]
    assert spread[1] <= spread[0]
    assert figure(report, "purchase").offered == pytest.approx(figure(shop(3000, 0.5).report(), "purchase").offered)


def test_who_was_erased_is_still_in_the_number_of_buyers_and_the_money(world: World) -> None:
    arms_of(20, 80, world)
    for unit in range(1, 101, 3):
        world.buys(unit, 100, 1000)
    plain = world.report()
    world.erased(OFFERED, "2026-09-22", "purchase", 1, 1)
    world.erased(OFFERED, "2026-09-22", "revenue", 1, 9900)
    report = world.report()
    assert figure(report, "purchase").offered == pytest.approx((figure(plain, "purchase").offered * 80 + 1) / 81)  # type: ignore[operator]
    assert figure(report, "revenue").offered == pytest.approx((figure(plain, "revenue").offered * 80 + 99) / 81)  # type: ignore[operator]
    assert any("Erased since: 1 with the offer." in note for note in report.notes)
    for name in ("revenue_28d", "orders", "revenue_in_store", "return"):
        assert figure(report, name) == figure(plain, name), "nothing is kept of her there, so she is not in it"


def test_an_evening_knows_of_who_was_erased_what_was_known_then() -> None:
    world = shop(900, 0.4, seed=3)
    for day, total in (("2026-10-02", 3), ("2026-10-09", -1)):
        world.erased(OFFERED, day, "purchase", max(total, 0), total)
        world.erased(OFFERED, day, "revenue", max(total, 0), 1000 * total)
    midnight = datetime(2026, 10, 6, tzinfo=ZoneInfo("Europe/Vienna")).timestamp()
    then, later = world.report(now=midnight - 1), world.report()
    [told] = [evening for evening in later.evenings if evening.day == "2026-10-05"]
    assert (told.lift, told.low) == pytest.approx((then.evenings[-1].lift, then.evenings[-1].low))
    main = figure(later, "purchase")
    assert main.always is not None
    assert (later.evenings[-1].lift, later.evenings[-1].high) == pytest.approx((main.lift, main.always.high))


def test_who_was_erased_hides_no_records_that_are_missing() -> None:
    """Their arms are known, so that the arms' sizes are judged with them."""
    world = shop(3000, 0.0)
    rows = world.rows[EXPOSURES.name]
    gone = [row for row in rows if row[2] == OFFERED and row[1] % 2]  # type: ignore[operator]
    world.rows[EXPOSURES.name] = [row for row in rows if row not in gone]
    assert "exposed" in {check.name for check in world.report().checks if not check.passed}
    vienna = ZoneInfo("Europe/Vienna")
    days = Counter(datetime.fromtimestamp(float(row[3]), vienna).date().isoformat() for row in gone)  # type: ignore[arg-type]
    for day, count in days.items():
        world.erased(OFFERED, day, "purchase", count, 0)
    assert [check.sentence for check in world.report().checks if not check.passed] == []


class TestGuards:
    """Complaints and consents taken back, by arm, with an interval."""

    def test_complaints_count_within_the_window_and_each_visitor_once(self, world: World) -> None:
        arms_of(20, 80, world)
        for unit, at in ((1, 100), (30, 100), (30, 200), (31, 6 * DAY), (32, -100), (33, 8 * DAY)):
            world.add(COMPLAINTS, unit, START + unit + at, "phone", "autumn" if unit == 30 else "", "")
        told = figure(world.report(), "complaint")
        assert (told.held_out, told.offered) == (1 / 20, 2 / 80)
        assert told.difference_range is not None
        assert told.difference_range.low < told.difference < told.difference_range.high  # type: ignore[operator]
        assert "2 complaints of it." in readable(world.report())

    def test_none_at_all_has_an_interval_too(self, world: World) -> None:
        text = readable(arms_of(20, 80, world).report())
        assert "Visitors who complained: 0.0 % → 0.0 %, +0.0 points (−" in text
        assert "Visitors who took back their consent: 0.0 % → 0.0 %" in text

    def test_who_took_back_her_consent_is_counted_where_she_did_that_and_complained(self, world: World) -> None:
        arms_of(20, 80, world)
        world.add(COMPLAINTS, 30, START + 40, "", "", "")
        world.add(OPT_OUTS, TERMS.experiment, OFFERED, 5, 4, 3, 2)
        report = world.report()
        assert figure(report, "opt_out").offered == pytest.approx(4 / 83)
        assert figure(report, "complaint").offered == pytest.approx(3 / 83)
        assert figure(report, "return").offered == 0
        assert {arm.arm: arm.people for arm in report.arms} == {HELD_OUT: 20, OFFERED: 80}

    def test_whoever_was_erased_after_that_is_counted_there_too(self, world: World) -> None:
        arms_of(20, 80, world)
        world.erased(HELD_OUT, "2026-09-23", "purchase", 2, 0)
        world.erased(HELD_OUT, "2026-09-23", "complaint", 2, 1)
        world.erased(OFFERED, "2026-09-23", "opt_out", 3, 3)
        report = world.report()
        assert figure(report, "complaint").held_out == pytest.approx(1 / 22)
        assert figure(report, "opt_out").offered == pytest.approx(3 / 83)

    def test_a_harm_is_told_at_every_look_and_more_closely_at_the_end(self, world: World) -> None:
        arms_of(500, 500, world)
        for unit in range(501, 560):
            world.add(COMPLAINTS, unit, START + unit + 10, "", "", "")
        arms = ((HELD_OUT, 5000), (OFFERED, 5000))
        world.rows[EXPOSURES.name] = [(*row[:9], 5000, 5000) for row in world.rows[EXPOSURES.name]]
        running, ended = (world.report(arms=arms, ends=ends) for ends in (None, START + DAY))
        looks, end = (figure(report, "complaint").difference_range for report in (running, ended))
        assert looks is not None
        assert end is not None
        assert 0 < looks.low < end.low < 59 / 500 < end.high < looks.high
        assert looks.p_value < 0.05


def test_withheld_is_of_this_experiment_alone(world: World) -> None:
    arms_of(20, 80, world)
    for campaign, moments, experiment in (("autumn", 4, TERMS.experiment), ("autumn", 9, "autumn#2.ab12"), ("spring", 5, "spring#1.ab12"), ("autumn", 2, None)):  # fmt: skip
        world.add(WITHHELD, campaign, "quiet hours", moments, experiment)
    assert world.report().withheld == (("quiet hours", 6),)


class TestBadInput:
    """Each gives a sentence; never a NaN, an infinite lift or a crash."""

    def test_nobody(self, world: World) -> None:
        report = world.report()
        assert (report.answer, report.figures) == ("nothing yet", ())
        assert "there is nothing to compare" in readable(report)

    @pytest.mark.parametrize(("held", "offered", "told"), [(0, 10, "Write hold_out_percent"), (10, 0, "Nobody had the offer yet")])  # fmt: skip
    def test_one_arm_empty(self, world: World, held: int, offered: int, told: str) -> None:
        arms_of(held, offered, world)
        report = world.report(arms=((HELD_OUT, 10_000),) if not offered else ((OFFERED, 10_000),))
        assert report.answer in ("nothing yet", "no result")
        readable(report)
        if report.answer == "nothing yet":
            assert told in report.sentence

    def test_all_zero(self, world: World) -> None:
        report = arms_of(20, 80, world).report()
        assert report.answer == "too early"
        assert "only 0 of one arm have bought" in readable(report)
        assert all(each.problem for each in report.figures)

    def test_everybody_bought_the_same(self, world: World) -> None:
        arms_of(20, 80, world)
        for unit in range(1, 101):
            world.buys(unit, 100, 1000)
        readable(world.report())

    def test_one_order_of_a_million(self, world: World) -> None:
        world = shop(1000, 0.0)
        buyer = next(row[1] for row in world.rows[EXPOSURES.name] if row[2] == OFFERED)
        at = next(row[3] for row in world.rows[EXPOSURES.name] if row[1] == buyer) - START  # type: ignore[operator]
        world.buys(int(buyer), at + 10, 100_000_000)  # type: ignore[call-overload]
        wide, capped = world.report(), world.report(cap=20_000)
        readable(wide)
        one, other = figure(wide, "revenue"), figure(capped, "revenue")
        assert (one.lift, one.always) == (None, None)
        assert "one visitor alone decides this figure" in one.problem
        assert wide.answer == world.report(outcome="revenue").answer == "too early"
        assert other.offered is not None
        assert other.offered < 10
        assert any("as was said at the launch" in note for note in capped.notes)

    def test_orders_below_zero_are_money_and_no_purchase(self, world: World) -> None:
        arms_of(20, 80, world)
        for unit in range(1, 101):
            world.buys(unit, 100, -500 if unit % 2 else 1500)
        report = world.report()
        assert figure(report, "purchase").offered == 0.5
        assert figure(report, "revenue").offered == pytest.approx(5.0)
        for unit in range(1, 101):
            world.buys(unit, 200, -9000)
        readable(world.report())

    def test_one_visitor_in_an_arm(self, world: World) -> None:
        arms_of(1, 9, world)
        world.buys(1, 100, 100)
        world.buys(4, 100, 100)
        readable(world.report(arms=((HELD_OUT, 1000), (OFFERED, 9000))))

    def test_numbers_beyond_what_money_is(self, world: World) -> None:
        arms_of(20, 80, world)
        for unit in range(1, 101):
            world.buys(unit, 100, 4_000_000_000_000_000_000 if unit == 30 else 100)
        readable(world.report())

    def test_a_yen_has_no_cents(self, world: World) -> None:
        arms_of(2, 8, world)
        world.buys(1, 100, 500)
        world.buys(2, 100, 700)
        report = world.report(currency="JPY")
        assert figure(report, "revenue").held_out == 600
        assert figure(replace(report), "revenue").what == "Money per visitor"
