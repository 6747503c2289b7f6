"""Offers that can never win: whenever one could be made, another that goes first could be made as well.

Said only where it is sure: the one that goes first has no limit, budget or pool that could run out, and asks for nothing that
the other does not ask for at least as strictly.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from nearcart_contract.campaign_file import Budget, Campaign, CampaignLimits
from nearcart_contract.offer_file import CartRule, Limits, Offer, Span, Who
from nearcart_contract.store_file import Store
from nearcart_gateway.core.offers.doubts import needs_cart
from nearcart_gateway.core.offers.index import Trigger, triggers_of
from nearcart_gateway.core.say import SayError, check_text


@dataclass(frozen=True, slots=True)
class _Ranked:
    offer: Offer
    campaign: Campaign | None
    triggers: frozenset[Trigger]


def shadowed(
    offers: Iterable[Offer], campaigns: Mapping[str, Campaign], store: Store, today: date
) -> Iterator[tuple[Offer, Offer]]:
    """(offer, the first that always wins over it) of the offers that are switched on."""
    ranked = sorted((offer for offer in offers if offer.active), key=lambda offer: (-offer.priority, offer.offer))
    sure: dict[str, list[_Ranked]] = {}
    for offer in ranked:
        entry = _Ranked(offer, campaigns.get(offer.campaign or ""), frozenset(triggers_of(offer.when, store)))
        earlier = sure.setdefault(offer.when.moment, [])
        by = next((first for first in earlier if _always_wins(first, entry, today)), None)
        if by is not None:
            yield offer, by.offer
        elif _never_runs_out(entry):
            earlier.append(entry)


def _never_runs_out(entry: _Ranked) -> bool:
    offer, campaign = entry.offer, entry.campaign
    gives = [offer.give, *(variant.give for variant in offer.variants.values())]
    if offer.limits != Limits() or any(give is not None and give.pool is not None for give in gives):
        return False
    if offer.campaign is not None and campaign is None:
        return False
    return campaign is None or (campaign.limits == CampaignLimits() and campaign.budget == Budget())


def _always_wins(first: _Ranked, other: _Ranked, today: date) -> bool:
    a, b = first.offer, other.offer
    return (
        bool(other.triggers)
        and other.triggers <= first.triggers
        and a.where in (None, b.where)
        and _when(first, other, today)
        and _who(a.who, b.who)
        and _cart(a.cart, b.cart)
        and _stacks(a, b)
        and a.through == b.through
        and _has_words(a, b)
    )


def _when(first: _Ranked, other: _Ranked, today: date) -> bool:
    a, b = first.offer.when, other.offer.when
    return (
        a.probability <= b.probability
        and _one_of(a.from_zones, b.from_zones)
        and _one_of(a.press, b.press)
        and _span(a.away, b.away)
        and (a.hours is None or a.hours == b.hours)
        and (not a.days or (a.hours == b.hours and _one_of(a.days, b.days)))
        and _starts(first, other, today)
        and _ends(first, other)
    )


def _starts(first: _Ranked, other: _Ranked, today: date) -> bool:
    known = [start for start in (first.offer.when.starts, first.campaign and first.campaign.starts) if start]
    theirs = [start for start in (other.offer.when.starts, other.campaign and other.campaign.starts) if start]
    return all(start <= max(theirs, default=today) for start in known)


def _ends(first: _Ranked, other: _Ranked) -> bool:
    known = [end for end in (first.offer.when.ends, first.campaign and first.campaign.ends) if end]
    theirs = [end for end in (other.offer.when.ends, other.campaign and other.campaign.ends) if end]
    return not known or (bool(theirs) and min(theirs) <= min(known))


def _who(a: Who, b: Who) -> bool:
    return (
        a.customer in ("any", b.customer)
        and _one_of(a.segments, b.segments)
        and set(a.not_segments) <= set(b.not_segments)
        and _one_of(a.tier, b.tier)
        and _one_of(a.languages, b.languages)
        and a.visits in (None, b.visits)
        and _span(a.since_purchase, b.since_purchase)
    )


def _cart(a: CartRule, b: CartRule) -> bool:
    same_items = (a.skus, a.brands, a.categories) == (b.skus, b.brands, b.categories)
    return (
        a.state in ("any", b.state)
        and (a.value_at_least is None or (b.value_at_least is not None and b.value_at_least >= a.value_at_least))
        and (a.value_at_most is None or (b.value_at_most is not None and b.value_at_most <= a.value_at_most))
        and (a.items_at_least or 0) <= (b.items_at_least or 0)
        and (a.items_at_most is None or (b.items_at_most is not None and b.items_at_most <= a.items_at_most))
        and _one_of(a.categories, b.categories)
        and _one_of(a.brands, b.brands)
        and _one_of(a.skus, b.skus)
        and (not a.in_stock or (b.in_stock and same_items))
        and (a.price_dropped_percent is None or (same_items and a.price_dropped_percent == b.price_dropped_percent))
        and _span(a.abandoned_for, b.abandoned_for)
        and (a.known_within is None or (b.known_within is not None and b.known_within <= a.known_within))
    )


def _stacks(a: Offer, b: Offer) -> bool:
    """What she holds never stops the first and lets the other pass."""
    if a.give is None and not any(variant.give for variant in a.variants.values()):
        return True
    return a.stacks and b.give is not None and a.stack_group in (None, b.stack_group)


def _has_words(a: Offer, b: Offer) -> bool:
    """Its text can always be made where the other could be."""
    says = [a.say, *(variant.say for variant in a.variants.values() if variant.say is not None)]
    texts = [text for say in says for text in ((say,) if isinstance(say, str) else say.values())]
    try:
        uses = frozenset(name for text in texts for name in check_text(text))
    except SayError:
        return False
    named = b.when.zones or b.when.zone_tags
    return ("cart" not in uses or needs_cart(b)) and ("zone" not in uses or bool(named and b.when.moment != "exit"))


def _one_of(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whatever is one of ``b`` is one of ``a``; none means all."""
    return not a or (bool(b) and set(b) <= set(a))


def _span(a: Span | None, b: Span | None) -> bool:
    if a is None:
        return True
    if b is None:
        return False
    least = a.at_least is None or (b.at_least is not None and b.at_least >= a.at_least)
    return least and (a.at_most is None or (b.at_most is not None and b.at_most <= a.at_most))
