"""Mistakes and doubts between campaigns, their offers and the store: variants, budgets, limits."""

from collections.abc import Iterator, Mapping

from nearcart_contract.campaign_file import Campaign
from nearcart_contract.offer_file import Offer, OfferVariant
from nearcart_contract.offer_message import AmountOff
from nearcart_contract.problem import allowed_words
from nearcart_contract.store_file import Store
from nearcart_gateway.core.offers.doubts import Doubt
from nearcart_gateway.core.say import SayError, check_text, give_parts

Mistake = tuple[tuple[str | int, ...], str]
"""A place in a file and a sentence."""


def campaign_mistakes(campaign: Campaign, store: Store) -> Iterator[Mistake]:
    """What is wrong with a campaign in this store."""
    money = campaign.budget.money
    if money is not None and money.currency != store.currency:
        yield (
            ("budget", "money", "currency"),
            f"found '{money.currency}', allowed: {store.currency}, the currency of store.yaml",
        )


def offer_mistakes(offer: Offer, campaigns: Mapping[str, Campaign], store: Store) -> Iterator[Mistake]:
    """What is wrong between an offer and its campaign."""
    if offer.limits.per_campaign is not None and offer.campaign is None:
        yield (
            ("limits", "per_campaign"),
            "the offer names no campaign that this could count; write 'campaign:' or leave it out",
        )
    campaign = campaigns.get(offer.campaign or "")
    for name, variant in offer.variants.items():
        if campaign is None and offer.campaign is None:
            yield ("variants", name), "the offer names no campaign, and variants are a campaign's"
        elif campaign is not None and name not in campaign.variants:
            words = tuple(campaign.variants)
            allowed = allowed_words(name, words) if words else f"but campaign {campaign.campaign} has no variants"
            yield ("variants", name), f"found '{name}', {allowed}"
        yield from _variant_mistakes(offer, name, variant, store)


def offer_doubts(offer: Offer, campaign: Campaign | None) -> Iterator[Doubt]:
    """What is surely not meant between an offer and its campaign."""
    if campaign is None or not offer.active:
        return
    gives = [offer.give, *(variant.give for variant in offer.variants.values())]
    for name in campaign.variants if offer.variants else ():
        if name not in offer.variants:
            yield (
                ("variants",),
                f"says nothing of variant '{name}' of campaign {campaign.campaign}: it stays as the offer has it",
            )
    if campaign.budget.money is None:
        return
    if any(give is not None and give.kind == "percent" and getattr(give, "maximum", None) is None for give in gives):
        yield (
            ("give",),
            "without a maximum, only what her cart is worth now is held of the campaign's budget; without a cart it is withheld",
        )


def _variant_mistakes(offer: Offer, name: str, variant: OfferVariant, store: Store) -> Iterator[Mistake]:
    give = offer.give if variant.give is None else variant.give
    if isinstance(variant.give, AmountOff) and variant.give.currency != store.currency:
        message = f"found '{variant.give.currency}', allowed: {store.currency}, the currency of store.yaml"
        yield ("variants", name, "give", "currency"), message
    say = offer.say if variant.say is None else variant.say
    told = variant.say is not None
    gives = give_parts(give)
    pool = variant.give.pool if variant.give is not None else None
    if pool is not None and pool not in store.coupons:
        words = tuple(store.coupons)
        allowed = allowed_words(pool, words) if words else "but there are no coupons in store.yaml yet"
        yield ("variants", name, "give", "pool"), f"found '{pool}', {allowed}"
    for language, text in {"": say}.items() if isinstance(say, str) else say.items():
        try:
            check_text(text, gives)
        except SayError as error:
            place = (*(("variants", name, "say") if told else ("say",)), *((language,) if language else ()))
            yield place, error.message + ("" if told else f" (as variant '{name}' would say it)")
