"""From a history of visits and purchases to days and a warning."""

from dataclasses import replace

import pytest

from nearcart_measure.core.undefined import Undefined
from nearcart_measure.planning.history import DAY_S, Past, Purchase, past
from nearcart_measure.planning.plan import Wanted, plan
from nearcart_measure.planning.words import lines

WINDOW_S = 7 * DAY_S
WANTED = Wanted(held_out=0.2, offered=0.8, of_buyers=True, window_s=WINDOW_S, tau=5000.0)


def steady(per_day: int, days: int = 60, share: int = 8) -> Past:
    """So many new visitors each day, of whom one in ``share`` buys for 20."""
    visits = [(day * per_day + number, day * DAY_S + 60) for day in range(days) for number in range(per_day)]
    visits += [(unit, at + DAY_S) for unit, at in visits]
    bought = [Purchase(unit, at + 300, 2000, order=True) for unit, at in visits if unit % share == 0]
    return past(visits, bought, since=0.0, until=days * DAY_S, window_s=WINDOW_S)


def test_everybody_is_counted_once_from_when_she_first_came():
    visits = [(1, 10.0), (1, 5.0), (2, 20.0), (3, 6 * DAY_S), (4, -5.0)]
    bought = [
        Purchase(1, 4.0, 900, order=True),  # before she came
        Purchase(1, 5.0, 500, order=True),
        Purchase(1, 5.0, 700, order=False),  # another line of it
        Purchase(1, 6.0, -200, order=False),  # paid back
        Purchase(2, 20.0 + WINDOW_S, 800, order=True),  # too late
        Purchase(3, 6 * DAY_S, 800, order=True),  # her window is not over
        Purchase(9, 30.0, 800, order=True),
    ]
    found = past(visits, bought, since=0.0, until=10 * DAY_S, window_s=WINDOW_S)
    assert (found.buyers.visitors, found.buyers.mean) == (2, 0.5)
    assert found.money.mean == 500.0
    assert found.came[0] == 2
    assert found.came[-1] == 3
    assert past(visits, bought, since=0.0, until=10 * DAY_S, window_s=WINDOW_S, cap=600).money.mean == 300.0


def test_days_go_on_as_in_the_last_third():
    found = steady(10, days=30)
    assert (found.came[0], found.came[-1], found.pace) == (10, 300, 10.0)
    assert [found.by(day) for day in (-1, 0.5, 1, 29.5, 30, 40)] == [0, 5, 10, 295, 300, 400]
    assert (found.days_for(10), found.days_for(95), found.days_for(400)) == (1.0, 10.0, 40.0)
    assert Past((5, 5, 5), found.buyers, found.money).days_for(6) is None


def test_a_young_store_is_not_thought_empty_before():
    visits = [(unit, 100 * DAY_S + unit * DAY_S / 10) for unit in range(300)]
    bought = [Purchase(0, 100 * DAY_S, 100, order=True)]
    found = past(visits, bought, since=0.0, until=130 * DAY_S, window_s=WINDOW_S)
    assert len(found.came) == 30
    assert found.pace == pytest.approx(10.0)


def test_a_busy_store_sees_it_in_time():
    found = plan(steady(200), WANTED)
    assert found.in_time
    assert found.once.visitors < found.daily.visitors
    assert found.once.days == 7 + -(-found.once.visitors // 200)
    assert found.smallest_once < 0.2
    assert found.noticeable_loss < 0.2
    told = list(lines(found, "12.5 % bought"))
    assert not told[0].startswith("WARNING")
    assert f"{found.once.visitors:,} visitors, in about {found.once.days:.0f} days" in told[2]


def test_a_quiet_one_is_warned_first():
    found = plan(steady(10), WANTED)
    assert not found.in_time
    assert found.visitors == 830
    assert found.smallest_once > 0.2
    first = next(lines(found, ""))
    assert first.startswith("WARNING: 20 % more can't be seen within 90 days, nor in 90.")


def test_a_campaign_that_ends_too_soon_is_told_how_long_it_takes():
    found = plan(steady(200), replace(WANTED, days=14))
    assert found.visitors == 1400
    assert next(lines(found, "")).startswith(
        f"WARNING: 20 % more can't be seen within 14 days; it takes about {found.once.days:.0f}."
    )


def test_who_takes_no_part_and_whom_no_moment_reaches_need_more_days():
    whole, part = plan(steady(200), WANTED), plan(steady(200), replace(WANTED, held_out=0.1, offered=0.4, reach=0.5))
    assert part.once.visitors == whole.once.visitors
    assert part.once.days - 7 == pytest.approx(4 * (whole.once.days - 7), abs=4)


def test_money_and_a_campaign_without_hold_out():
    assert plan(steady(200), replace(WANTED, of_buyers=False)).baseline == pytest.approx(2 * 2000 / 8)
    with pytest.raises(Undefined, match="hold_out_percent"):
        plan(steady(200), replace(WANTED, held_out=0.0, offered=1.0))


def test_without_a_history():
    with pytest.raises(Undefined, match="only 0 visitors"):
        past([], [], since=0.0, until=DAY_S, window_s=WINDOW_S)
    with pytest.raises(Undefined, match="nobody who came bought"):
        past([(1, 0.0), (2, 0.0)], [], since=0.0, until=30 * DAY_S, window_s=WINDOW_S)


def test_few_visitors_are_told_without_a_number():
    found = plan(steady(1, days=20, share=2), WANTED)
    told = " ".join(lines(found, ""))
    assert "None" not in told
    assert "would not be noticed" in told
