"""Windows of local time through midnight and clock changes, checked minute by minute against another way of counting."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearcart_gateway.core.decide import decide
from nearcart_gateway.core.offers.gates.calendar import within

times = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))


@settings(deadline=None)
@given(start=times, end=times, moment=times)
def test_a_window_and_its_reverse_share_no_minute_and_miss_none(start: time, end: time, moment: time) -> None:
    if start != end:
        assert within(moment, start, end) != within(moment, end, start)


@settings(deadline=None)
@given(start=times, end=times)
def test_a_window_holds_its_start_and_not_its_end(start: time, end: time) -> None:
    assert within(start, start, end) == (start != end)
    assert not within(end, start, end)


@settings(deadline=None)
@given(start=times, end=times)
def test_a_window_is_as_long_as_the_clock_says(start: time, end: time) -> None:
    minutes = [time(minute // 60, minute % 60) for minute in range(24 * 60)]
    length = (end.hour * 60 + end.minute - start.hour * 60 - start.minute) % (24 * 60)
    assert sum(within(minute, start, end) for minute in minutes) == length


# Days on which clocks change (IANA tz database): a summer that begins at 2:00, one that ends at 3:00, one in the south
# by half an hour, one at midnight, and a zone that never changes.
DAYS = [
    ("Europe/Vienna", date(2026, 3, 29)),
    ("Europe/Vienna", date(2026, 10, 25)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Asia/Kathmandu", date(2026, 7, 1)),
]


@pytest.mark.parametrize(("name", "day"), DAYS)
@pytest.mark.parametrize(("start", "end"), [("21:00", "09:00"), ("01:30", "02:30"), ("02:00", "03:00")])
def test_no_offer_leaves_in_quiet_hours_on_a_day_the_clocks_change(
    shop: Any, name: str, day: date, start: str, end: str
) -> None:
    store = shop.store(time_zone=name, quiet_hours={"start": start, "end": end})
    offers = shop.compile(store=store)
    first = datetime.combine(day, time(), ZoneInfo(name)).astimezone(UTC) - timedelta(hours=3)
    for quarter in range(30 * 4):
        instant = first + timedelta(minutes=15 * quarter)
        wall = instant.astimezone(ZoneInfo(name)).strftime("%H:%M")
        quiet = start <= wall < end if start < end else not end <= wall < start
        at = instant.timestamp()
        decision = decide(shop.moment(at=at), shop.visitor(), None, offers, shop.ledger, now=at)
        assert decision is not None
        assert (decision.gate == "quiet_hours") == quiet, (wall, decision.reason)


def test_the_hour_that_comes_twice_is_quiet_both_times(shop: Any) -> None:
    store = shop.store(quiet_hours={"start": "02:00", "end": "03:00"})
    first, second = (shop.at(2026, 10, 25, 2, 30, fold=fold) for fold in (0, 1))
    assert second - first == 3600
    assert {shop.verdict(store=store, now=at)[0] for at in (first, second)} == {"quiet_hours"}
