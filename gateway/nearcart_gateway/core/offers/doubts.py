"""What is no mistake but surely not meant: an offer that can never be made, or would speak of what is not there."""

import re
from collections.abc import Iterator
from datetime import date, time, timedelta

from nearcart_contract.campaign_file import Campaign
from nearcart_contract.limit import LONGEST_PERIOD
from nearcart_contract.names import LANGUAGE_PATTERN
from nearcart_contract.offer_file import Offer
from nearcart_contract.store_file import Store
from nearcart_gateway.core.offers.gates.calendar import WEEKDAYS, within
from nearcart_gateway.core.say import SayError, check_text, give_parts
from nearcart_gateway.core.visits import RETURNS_AFTER_S

Doubt = tuple[tuple[str | int, ...], str]
"""A place in the offer's file and a sentence."""


def doubts(offer: Offer, store: Store, campaign: Campaign | None, today: date) -> Iterator[Doubt]:
    """Every doubt about an offer that is switched on."""
    if not offer.active:
        return
    yield from _dates(offer, campaign, today)
    yield from _hours(offer, store)
    yield from _days(offer)
    yield from _moment(offer)
    yield from _cart(offer)
    yield from _places(offer, store)
    yield from _words(offer)


def _dates(offer: Offer, campaign: Campaign | None, today: date) -> Iterator[Doubt]:
    starts, ends = offer.when.starts, offer.when.ends
    if ends and ends < today:
        yield ("when", "ends"), f"ended on {ends}: it can never fire again"
    if campaign and ends and campaign.starts and ends < campaign.starts:
        yield ("when", "ends"), f"ends before its campaign starts on {campaign.starts}: it can never fire"
    if campaign and starts and campaign.ends and starts > campaign.ends:
        yield ("when", "starts"), f"starts after its campaign ended on {campaign.ends}: it can never fire"


def _hours(offer: Offer, store: Store) -> Iterator[Doubt]:
    hours = offer.when.hours
    if hours is None:
        return
    if hours.start == hours.end:
        yield ("when", "hours"), "start and end are the same, which is no time at all: it can never fire"
        return
    for whose, quiet in (("the store's", store.quiet_hours), ("its own", offer.limits.quiet_hours)):
        if quiet and not any(
            within(minute, hours.start, hours.end) and not within(minute, quiet.start, quiet.end) for minute in _MINUTES
        ):
            told = f"{whose} quiet hours, {quiet.start:%H:%M} to {quiet.end:%H:%M}"
            yield ("when", "hours"), f"all of it lies in {told}: it can never fire"


_MINUTES = tuple(time(minute // 60, minute % 60) for minute in range(24 * 60))


def _days(offer: Offer) -> Iterator[Doubt]:
    """Days of the week that none of the few days of the offer is."""
    starts, ends, days = offer.when.starts, offer.when.ends, offer.when.days
    if not days or starts is None or ends is None or (ends - starts).days >= 6:
        return
    if not any(WEEKDAYS[(starts + timedelta(days=day)).weekday()] in days for day in range((ends - starts).days + 1)):
        yield ("when", "days"), f"none of these days lies between {starts} and {ends}: it can never fire"


def _moment(offer: Offer) -> Iterator[Doubt]:
    away, zones = offer.when.away, offer.when.zones
    if away is not None and away.at_most is not None and away.at_most.total_seconds() < RETURNS_AFTER_S:
        yield ("when", "away", "at_most"), "who was away for less than an hour has not returned: it can never fire"
    if away is not None and away.at_least is not None and away.at_least > LONGEST_PERIOD:
        yield ("when", "away", "at_least"), "visits are remembered for 400 days: it can never fire"
    if zones and not offer.when.zone_tags and set(zones) == set(offer.when.from_zones) and len(zones) == 1:
        yield ("when", "from_zones"), "nobody moves from a zone into the same: it can never fire"


_ASKS = (
    "value_at_least",
    "items_at_least",
    "categories",
    "brands",
    "skus",
    "in_stock",
    "price_dropped_percent",
    "abandoned_for",
    "known_within",
)
"""Conditions that only somebody with a cart can meet."""


def _cart(offer: Offer) -> Iterator[Doubt]:
    rule = offer.cart
    if rule.value_at_least is not None and rule.value_at_most is not None and rule.value_at_least > rule.value_at_most:
        yield ("cart", "value_at_most"), "less than value_at_least: it can never fire"
    if rule.items_at_least is not None and rule.items_at_most is not None and rule.items_at_least > rule.items_at_most:
        yield ("cart", "items_at_most"), "less than items_at_least: it can never fire"
    wanted = next((name for name in _ASKS if getattr(rule, name)), None)
    if rule.state == "none" and wanted:
        yield ("cart", wanted), "asks about a cart, but state is none: it can never fire"
    if rule.state == "open" and rule.abandoned_for:
        yield ("cart", "abandoned_for"), "asks for an abandoned cart, but state is open: it can never fire"
    if offer.who.customer == "unknown" and (rule.state in ("open", "abandoned") or wanted):
        yield ("who", "customer"), "only who is known to the online shop has a cart here: it can never fire"


def _places(offer: Offer, store: Store) -> Iterator[Doubt]:
    named = offer.when.zones or offer.when.zone_tags
    nowhere = offer.when.moment in ("exit", "return") or (offer.when.moment == "enter" and not named)
    if nowhere and all(store.channels[name].kind == "screen" for name in offer.through if name in store.channels):
        yield ("through",), f"a screen needs a zone, and {offer.when.moment} has none here: it can never fire"
    heard = {scanner.zone for scanner in store.scanners.values()}
    for place in ("zones", "from_zones"):
        for index, zone in enumerate(getattr(offer.when, place)):
            if store.place_of(zone) == "outside":
                yield (
                    ("when", place, index),
                    f"'{zone}' is outside, where nobody visits the store: it can never fire there",
                )
            elif zone in store.zones and zone not in heard and store.zones[zone].polygon is None:
                yield (
                    ("when", place, index),
                    f"no scanner stands in '{zone}' and it has no polygon: nobody is ever found there",
                )


_LANGUAGE = re.compile(LANGUAGE_PATTERN)


def needs_cart(offer: Offer) -> bool:
    """Whether only somebody with a cart can get it."""
    return offer.cart.state in ("open", "abandoned") or any(getattr(offer.cart, name) for name in _ASKS)


def _words(offer: Offer) -> Iterator[Doubt]:
    sure = needs_cart(offer)
    named = offer.when.zones or offer.when.zone_tags
    texts = {"": offer.say} if isinstance(offer.say, str) else offer.say
    for language, text in texts.items():
        if language and not _LANGUAGE.fullmatch(language):
            yield ("say", language), f"nobody's language is called '{language}': write one such as de or de-AT"
        loc: tuple[str | int, ...] = ("say", language) if language else ("say",)
        try:
            uses = check_text(text, give_parts(offer.give))
        except SayError:
            continue
        if "cart" in uses and not sure:
            yield loc, "speaks of her cart, which she may not have: ask for cart.state, or write {% if cart %}"
        if "zone" in uses and (
            offer.when.moment == "exit" or (not named and offer.when.moment not in ("dwell", "move"))
        ):
            yield loc, "speaks of a zone, which may be unknown: name zones, or write {% if zone %}"
