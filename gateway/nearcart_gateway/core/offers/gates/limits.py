"""How often: what was offered already, to her and to everybody, counted in periods that slide with the clock.

Counting is by the time of moments, which decisions keep: no window of a period, wherever it begins, ever holds more.
"""

from collections.abc import Iterator
from datetime import timedelta

from nearcart_contract.duration import format_duration
from nearcart_contract.limit import Limit
from nearcart_gateway.core.ledger import Count, Scope
from nearcart_gateway.core.offers.gates.gate import Gate, Situation, Stop, Terms

_UNITS = {"w": "week", "d": "day", "h": "hour", "m": "minute", "s": "second"}

_Asked = tuple[Count, int, str, str]
"""A question, the answer it must stay below, and how to say so: before the period, and what was required."""


def per_visitor(terms: Terms) -> Gate | None:
    """At most so many to one visitor: of this offer, of its campaign's, of any."""
    campaign, offer = terms.campaign, terms.offer
    asked = [
        *_asked(offer.limits.per_visitor, "offer", offer.offer, "", hers=True),
        *_asked(terms.store.limits.per_visitor, "store", terms.store.store, " offers of the store", hers=True),
    ]
    if campaign is not None:
        of_campaign = f" of campaign {campaign.campaign}"
        asked += _asked(campaign.limits.per_visitor, "campaign", campaign.campaign, of_campaign, hers=True)
    return _gate(tuple(asked), "had")


def per_offer(terms: Terms) -> Gate | None:
    """At most so many of this offer, to everybody together."""
    return _gate(tuple(_asked(terms.offer.limits.per_offer, "offer", terms.offer.offer, "")), "made to everybody")


def per_campaign(terms: Terms) -> Gate | None:
    """At most so many of the campaign, to everybody together: as the offer says, and as the campaign does."""
    campaign = terms.campaign
    if campaign is None:
        return None
    what = f" of campaign {campaign.campaign}"
    limits = (terms.offer.limits.per_campaign, campaign.limits.per_campaign)
    asked = tuple(question for limit in limits for question in _asked(limit, "campaign", campaign.campaign, what))
    return _gate(asked, "made to everybody")


def per_store(terms: Terms) -> Gate | None:
    """At most so many in the store, to everybody together: as the offer says, and as store.yaml does."""
    store = terms.store
    limits = (terms.offer.limits.per_store, store.limits.per_store)
    asked = tuple(question for limit in limits for question in _asked(limit, "store", store.store, " in the store"))
    return _gate(asked, "made to everybody")


def quiet_after_any(terms: Terms) -> Gate | None:
    """Silence after any offer to the same visitor: the offer's or the store's, whichever is longer."""
    wanted = (terms.offer.limits.quiet_after_any, terms.store.limits.quiet_after_any)
    silence = max((quiet for quiet in wanted if quiet is not None), default=None)
    if silence is None:
        return None
    seconds, required = silence.total_seconds(), f"{format_duration(silence)} after any offer"

    def gate(situation: Situation) -> Stop | None:
        last = situation.ledger.last(situation.moment.visitor)
        if last is None or situation.counted_at - last >= seconds:
            return None
        ago = max(0, int(situation.now - last))
        return Stop(
            f"had an offer {ago // 60} min ago" if ago >= 60 else f"had an offer {ago} s ago", f"{ago} s", required
        )

    return gate


def stacking(terms: Terms) -> Gate | None:
    """What she holds and may still use: beside an offer that comes alone nothing else, of one group at most one."""
    offer = terms.offer
    if offer.give is None and not any(variant.give for variant in offer.variants.values()):
        return None
    group = offer.stack_group
    required = "no other offer that she may still use" if not offer.stacks else "none that comes alone"
    required = f"{required}, none of group {group}" if group else required

    def gate(situation: Situation) -> Stop | None:
        for use in situation.ledger.holds(situation.moment.visitor, situation.now):
            if not (use.stacks and offer.stacks) or (group is not None and use.stack_group == group):
                return Stop(f"still holds {use.offer}, which does not go with it", f"holds {use.offer}", required)
        return None

    return gate


def periods_of(terms: Terms) -> Iterator[timedelta]:
    """Every period that the offer's limits look back for."""
    offer, store, campaign = terms.offer.limits, terms.store.limits, terms.campaign
    limits = [
        offer.per_visitor,
        offer.per_offer,
        offer.per_campaign,
        offer.per_store,
        store.per_visitor,
        store.per_store,
    ]
    if campaign is not None:
        limits += [campaign.limits.per_visitor, campaign.limits.per_campaign]
    yield from (limit.period for limit in limits if limit is not None)
    yield from (quiet for quiet in (offer.quiet_after_any, store.quiet_after_any) if quiet is not None)


def _asked(limit: Limit | None, scope: Scope, name: str, what: str, *, hers: bool = False) -> Iterator[_Asked]:
    if limit is not None:
        question = Count.of(scope, name, limit.period.total_seconds(), hers=hers)
        required = f"fewer than {limit.times}{what} in {format_duration(limit.period)}"
        yield question, limit.times, f"of {limit.times}{what} {_in_period(limit.period)}", required


def _gate(asked: tuple[_Asked, ...], verb: str) -> Gate | None:
    if not asked:
        return None

    def gate(situation: Situation) -> Stop | None:
        visitor, at, ledger = situation.moment.visitor, situation.counted_at, situation.ledger
        for question, times, told, required in asked:
            found = ledger.count(question, visitor, at)
            if found >= times:
                return Stop(f"{verb} {found} {told}", str(found), required)
        return None

    return gate


def _in_period(period: timedelta) -> str:
    text = format_duration(period)
    if text == "1w":
        return "this week"
    number, unit = int(text[:-1]), _UNITS[text[-1]]
    return f"in {number} {unit}s" if number != 1 else f"in the last {unit}"
