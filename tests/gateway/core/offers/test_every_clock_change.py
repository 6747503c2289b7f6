"""Hours, days and dates in every IANA zone, around every change of its clocks in 2026 and 2027.

The wall clock is computed here from the offsets before and after each change, in whole minutes, and not by the code under test.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from nearcart_gateway.core.ledger import Ledger
from nearcart_gateway.core.offers.gates.gate import Situation
from nearcart_gateway.core.offers.gates.quiet_hours import window_ends

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
WINDOWS = [("21:00", "09:00"), ("01:30", "02:30"), ("02:00", "03:00"), ("00:00", "01:00"), ("23:30", "00:15")]
STEP_S, AROUND_S = 900, 26 * 3600


@dataclass(frozen=True)
class Change:
    """At ``at`` (Unix seconds) the clocks of ``zones`` go from one offset to another, in seconds east of UTC."""

    at: int
    before: int
    after: int
    zones: tuple[str, ...]

    def wall(self, instant: float) -> datetime:
        """What a clock on the wall shows, without a zone."""
        offset = self.before if instant < self.at else self.after
        return datetime.fromtimestamp(instant + offset, UTC).replace(tzinfo=None)

    def minute(self, instant: int) -> int:
        """The minute of the day that it shows."""
        return (instant + (self.before if instant < self.at else self.after)) % 86_400 // 60


@cache
def changes() -> tuple[Change, ...]:
    """Every change of every zone; those that change together, from and to the same offset, are one."""
    found: dict[tuple[int, int, int], list[str]] = {}
    for name in sorted(available_timezones()):
        for change in _changes_of(ZoneInfo(name)):
            found.setdefault(change, []).append(name)
    return tuple(Change(*change, tuple(zones)) for change, zones in sorted(found.items()))


def _changes_of(zone: ZoneInfo) -> Iterator[tuple[int, int, int]]:
    day = int(FIRST.timestamp())
    offset = _offset(zone, day)
    while day < LAST.timestamp():
        after = _offset(zone, day + 86_400)
        if after != offset:
            low, high = day, day + 86_400
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(zone, middle) == offset else (low, middle)
            yield high, offset, after
        offset, day = after, day + 86_400


def _offset(zone: ZoneInfo, instant: int) -> int:
    offset = datetime.fromtimestamp(instant, zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def instants(change: Change) -> range:
    return range(change.at - AROUND_S, change.at + AROUND_S, STEP_S)


def situation(shop: Any, zone: ZoneInfo, now: float) -> Situation:
    return Situation(shop.moment(at=now), shop.visitor(), None, "none", now, zone, True, Ledger())


def minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def lies_within(wall: datetime, start: str, end: str) -> bool:
    """In minutes of the day, round the clock."""
    length, since = (minute(end) - minute(start)) % 1440, (wall.hour * 60 + wall.minute - minute(start)) % 1440
    return since < length


def test_there_are_changes_to_look_at() -> None:
    """Summer time of both hemispheres and both directions, by an hour and by half an hour; hundreds of zones."""
    found = changes()
    assert {change.after - change.before for change in found} >= {3600, -3600, 1800, -1800}
    assert len({zone for change in found for zone in change.zones}) > 150
    vienna = [change for change in found if "Europe/Vienna" in change.zones]
    assert [datetime.fromtimestamp(change.at, UTC) for change in vienna] == [
        datetime(2026, 3, 29, 1, tzinfo=UTC),
        datetime(2026, 10, 25, 1, tzinfo=UTC),
        datetime(2027, 3, 28, 1, tzinfo=UTC),
        datetime(2027, 10, 31, 1, tzinfo=UTC),
    ]


@pytest.mark.parametrize(("start", "end"), WINDOWS)
def test_windows_hold_at_every_quarter_of_an_hour(shop: Any, start: str, end: str) -> None:
    quiet = {"start": start, "end": end, "then": "defer"}
    for change in changes():
        zone = ZoneInfo(change.zones[0])
        offer = shop.offer(when={"hours": {"start": start, "end": end}}, limits={"quiet_hours": quiet})
        gates = dict(shop.compile(offer, store=shop.store(time_zone=zone.key))["wine"].gates)
        for now in instants(change):
            seen, inside = situation(shop, zone, now), lies_within(change.wall(now), start, end)
            assert (gates["hours"](seen) is None) == inside, (zone, now)
            stop = gates["quiet_hours"](seen)
            assert (stop is not None) == inside, (zone, now)
            if stop is not None:
                assert stop.again_at is not None and now < stop.again_at <= now + 27 * 3600
                assert gates["quiet_hours"](situation(shop, zone, stop.again_at)) is None, (zone, now)


@pytest.mark.parametrize("end", ["02:30", "00:00", "09:00"])
def test_a_wait_ends_when_the_wall_clock_first_shows_its_end_or_skips_it(end: str) -> None:
    for change in changes():
        zone = ZoneInfo(change.zones[0])
        for now in range(change.at - 7200, change.at + 7200, 1800):
            ends = window_ends(now, time.fromisoformat(end), zone)
            assert not any(change.minute(at) == minute(end) for at in range(now + 60, int(ends), 60)), (zone, now)
            skipped = ends == change.at and change.after > change.before
            assert skipped or f"{change.wall(ends):%H:%M:%S}" == f"{end}:00", (zone, now)


def test_days_and_dates_are_the_stores_own(shop: Any) -> None:
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    for change in changes():
        zone = ZoneInfo(change.zones[0])
        today = change.wall(change.at).date()
        when = {"days": [days[today.weekday()]], "starts": str(today), "ends": str(today)}
        gates = dict(shop.compile(shop.offer(when=when), store=shop.store(time_zone=zone.key))["wine"].gates)
        for now in instants(change):
            seen, day = situation(shop, zone, now), change.wall(now).date()
            assert (gates["days"](seen) is None) == (day == today), (zone, now)
            assert (gates["offer_dates"](seen) is None) == (day == today), (zone, now)


@pytest.mark.parametrize("skipped_day", [date(2026, 3, 29), date(2027, 3, 28)])
def test_an_end_that_the_clocks_skip_is_the_change_itself(skipped_day: date) -> None:
    zone = ZoneInfo("Europe/Vienna")
    now = datetime.combine(skipped_day, time(1, 45), zone).timestamp()
    change = datetime.combine(skipped_day, time(1), UTC).timestamp()
    assert window_ends(now, time(2, 30), zone) == change
    assert window_ends(now, time(3, 30), zone) == change + timedelta(minutes=30).total_seconds()
