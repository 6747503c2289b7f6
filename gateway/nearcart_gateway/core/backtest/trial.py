"""The offer that is tried, among the offers of each revision that was in force."""

from collections.abc import Mapping
from dataclasses import dataclass

from nearcart_contract.campaign_file import Campaign
from nearcart_contract.offer_file import Offer
from nearcart_contract.store_file import Store
from nearcart_gateway.core.offers.check import CheckedOffers
from nearcart_gateway.core.offers.compile import CompiledOffers, compile_offers
from nearcart_gateway.core.offers.index import Trigger, triggers_of


@dataclass(frozen=True, slots=True)
class Trial:
    """One revision with the tried offer in it. ``same``: it was in force just as it is tried.

    ``alone`` is nothing but it, to ask cheaply whether its own gates stop it. ``triggers`` are what the offer waits for there; ``unheard`` are those dwells that no offer waited for then, so that
    no such moment was ever told. ``defers``: quiet hours may let it wait.
    """

    offers: CompiledOffers
    alone: CompiledOffers
    same: bool
    triggers: frozenset[Trigger]
    unheard: Mapping[str, float]
    defers: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """What is tried: an offer, with the campaign that it names."""

    offer: Offer
    campaign: Campaign | None

    def among(self, store: Store, checked: CheckedOffers, salt: bytes) -> Trial:
        """In a revision of this store, in place of the offer of its name."""
        campaigns = dict(checked.campaigns)
        if self.campaign is not None:
            campaigns[self.campaign.campaign] = self.campaign
        then = next((offer for offer in checked.offers if offer.offer == self.offer.offer), None)
        same = then == self.offer and campaigns == dict(checked.campaigns)
        others = [offer for offer in checked.offers if offer.offer != self.offer.offer]
        offers = compile_offers(store, campaigns, [*others, self.offer], checked.revision, salt)
        alone = compile_offers(store, campaigns, [self.offer], checked.revision, salt)
        triggers = frozenset(triggers_of(self.offer.when, store))
        quiet = (store.quiet_hours, self.offer.limits.quiet_hours)
        defers = any(hours is not None and hours.then == "defer" for hours in quiet)
        return Trial(offers, alone, same, triggers, _unheard(self.offer, triggers, checked, store), defers)


def _unheard(offer: Offer, triggers: frozenset[Trigger], checked: CheckedOffers, store: Store) -> dict[str, float]:
    """Zone to seconds of the dwells that nobody waited for."""
    if offer.when.dwell is None:
        return {}
    heard = {trigger for then in checked.offers for trigger in triggers_of(then.when, store) if trigger[0] == "dwell"}
    return {zone: dwell for _, zone, dwell in triggers - heard if zone is not None and dwell is not None}
