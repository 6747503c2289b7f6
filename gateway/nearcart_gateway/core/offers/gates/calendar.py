"""Dates, days and hours on the store's wall clock, through midnight and clock changes."""

from collections.abc import Iterable
from datetime import date, time, timedelta

from nearcart_contract.offer_file import Weekday
from nearcart_gateway.core.offers.gates.gate import Gate, Situation, Stop, Terms
from nearcart_gateway.core.offers.where import asks_the_clock

WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def within(moment: time, start: time, end: time) -> bool:
    """Whether a wall-clock time lies in a window, its end excluded. A start after the end passes midnight."""
    if start <= end:
        return start <= moment < end
    return moment >= start or moment < end


def clock_unknown(terms: Terms) -> Gate | None:
    """While the kernel's clock is unsynchronised nothing leaves that has hours, days or dates, or asks about days gone by.

    It stands before them, so that a wrong clock is never given as a wrong hour.
    """
    when, who, campaign = terms.offer.when, terms.offer.who, terms.campaign
    quiet = terms.store.quiet_hours or terms.offer.limits.quiet_hours
    where = terms.offer.where is not None and asks_the_clock(terms.offer.where)
    dated = any(
        (when.hours, when.days, when.starts, when.ends, when.away, who.visits, who.since_purchase, quiet, where)
    )
    if not dated and not (campaign and (campaign.starts or campaign.ends)):
        return None
    stop = Stop("clock unknown, and the offer depends on it", "clock unsynchronised", "clock synchronised")
    return lambda situation: None if situation.clock_synchronised else stop


def campaign_dates(terms: Terms) -> Gate | None:
    """First and last day of the campaign, both included."""
    if terms.campaign is None:
        return None
    return _between(f"campaign {terms.campaign.campaign}", terms.campaign.starts, terms.campaign.ends)


def offer_dates(terms: Terms) -> Gate | None:
    """First and last day of the offer, both included."""
    return _between("the offer", terms.offer.when.starts, terms.offer.when.ends)


def _between(what: str, starts: date | None, ends: date | None) -> Gate | None:
    if starts is None and ends is None:
        return None

    def gate(situation: Situation) -> Stop | None:
        today = situation.local.date()
        if starts is not None and today < starts:
            return Stop(f"{what} starts on {starts}", str(today), f"from {starts}")
        if ends is not None and today > ends:
            return Stop(f"{what} ended on {ends}", str(today), f"until {ends}")
        return None

    return gate


def days(terms: Terms) -> Gate | None:
    """Days of the week. Past midnight a window of hours still belongs to the day it began on."""
    wanted, hours_of_day = terms.offer.when.days, terms.offer.when.hours
    if not wanted:
        return None
    after_midnight = hours_of_day.end if hours_of_day and hours_of_day.start > hours_of_day.end else time.min

    def gate(situation: Situation) -> Stop | None:
        day = situation.local - timedelta(days=1) if situation.local.time() < after_midnight else situation.local
        today = WEEKDAYS[day.weekday()]
        return None if today in wanted else Stop(f"only on {_listing(wanted)}", today, _listing(wanted))

    return gate


def hours(terms: Terms) -> Gate | None:
    """The offer's own hours, end excluded."""
    window = terms.offer.when.hours
    if window is None:
        return None
    start, end = window.start, window.end
    text = f"{start:%H:%M} to {end:%H:%M}"

    def gate(situation: Situation) -> Stop | None:
        clock = situation.local.time()
        return None if within(clock, start, end) else Stop(f"only from {text}", f"{clock:%H:%M}", text)

    return gate


def _listing(words: Iterable[str]) -> str:
    return ", ".join(words)
