"""Offers as gates and indexes, so that a moment costs what the offers cost that could follow it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from nearcart_contract.campaign_file import Campaign
from nearcart_contract.offer_file import CartRule, Give, Offer
from nearcart_contract.store_file import Store
from nearcart_gateway.core.offers.assign import SLOTS, STORE, Experiment, Shares, experiment_of, shares_of, slot_of
from nearcart_gateway.core.offers.gates.gate import Gate, Terms
from nearcart_gateway.core.offers.gates.limits import periods_of
from nearcart_gateway.core.offers.gates.registry import GATES, SHARED_GATES
from nearcart_gateway.core.offers.index import OfferIndex, zones_of
from nearcart_gateway.core.say import Say, compile_say
from nearcart_gateway.core.spending import Ceiling
from nearcart_gateway.core.values import Visitor

__all__ = ["SLOTS", "CompiledOffer", "CompiledOffers", "CompiledVariant", "compile_offers", "zones_of"]


@dataclass(frozen=True, slots=True)
class CompiledVariant:
    """What is said and given to who has this variant, or none."""

    say: Say
    give: Give | None


@dataclass(frozen=True, slots=True)
class CompiledOffer:
    """One offer, its gates in the order they are asked, and its texts. ``rank`` is its place in the order of winning.

    ``hangs_on_cart``: it asks for an online cart, or speaks of one. ``own_gates`` are those that other offers don't share: asking the shared ones once is enough when they let her pass.
    """

    offer: Offer
    gates: tuple[tuple[str, Gate], ...]
    own_gates: tuple[tuple[str, Gate], ...]
    plain: CompiledVariant
    variants: Mapping[str, CompiledVariant]
    experiment: Experiment | None
    ceiling: Ceiling
    longest_period: timedelta
    rank: int
    hangs_on_cart: bool

    @property
    def name(self) -> str:
        return self.offer.offer

    def as_variant(self, name: str | None) -> CompiledVariant:
        """What a variant of the campaign makes of this offer."""
        return self.variants.get(name or "", self.plain)


class CompiledOffers:
    """All offers of one revision. ``salt`` keys the hold-outs, so that nobody outside can compute them.

    ``store_hold_out`` is who gets no offer at all. ``awaits`` and ``for_moment`` are the index's: whether any offer waits for a
    moment, and which of them this moment of hers could trigger, the one that would win first.
    """

    def __init__(
        self,
        store: Store,
        offers: Iterable[CompiledOffer],
        revision: str,
        salt: bytes = b"",
        ceilings: Mapping[str, Ceiling] | None = None,
    ) -> None:
        self.store_hold_out = _store_hold_out(store, salt)
        self.store = store
        self.revision = revision
        self.zone: ZoneInfo = store.zone_info
        self._salt = salt
        self._ceilings = dict(ceilings or {})
        self._named = {compiled.name: compiled for compiled in offers}
        self._index = OfferIndex(store, sorted(self._named.values(), key=lambda compiled: compiled.rank))
        self._dwells = _dwells(self._index)
        self.awaits = self._index.awaits
        self.for_moment = self._index.find

    def __len__(self) -> int:
        return len(self._named)

    def __getitem__(self, name: str) -> CompiledOffer:
        """An offer by its name. Raises ``KeyError``."""
        return self._named[name]

    def dwells(self, zone: str) -> tuple[float, ...]:
        """The times in this zone, in seconds, at which some offer waits; shortest first."""
        return self._dwells.get(zone, ())

    def longest_period(self) -> timedelta:
        """How far back any limit looks: what is older may be pruned from the ledger."""
        return max((compiled.longest_period for compiled in self._named.values()), default=timedelta(0))

    def hangs_on_cart(self, name: str) -> bool:
        """Whether an offer is made because of her online cart: it asks for one, or speaks of it."""
        compiled = self._named.get(name)
        return compiled is not None and compiled.hangs_on_cart

    def slot(self, campaign: str, unit: str) -> int:
        """The slot in a campaign's first experiment, from 0 to 9,999: always the same, and unlike any other campaign's."""
        return slot_of(campaign, unit, self._salt)

    def slot_in(self, experiment: Experiment, visitor: Visitor) -> int:
        """Her slot in an experiment."""
        return experiment.slot(visitor, self._salt)

    def ceiling(self, campaign: str | None) -> Ceiling:
        """What a campaign may spend; without end for one that is not in force any more."""
        return self._ceilings.get(campaign or "", Ceiling())


def compile_offers(
    store: Store, campaigns: Mapping[str, Campaign], offers: Iterable[Offer], revision: str, salt: bytes = b""
) -> CompiledOffers:
    """Compile offers that were checked. Raises ``SayError`` for a text that never was."""
    zone = store.zone_info
    ranked = sorted(offers, key=lambda offer: (-offer.priority, offer.offer))
    compiled = [
        _compile(Terms(store, offer, campaigns.get(offer.campaign or ""), zone), rank, salt)
        for rank, offer in enumerate(ranked)
    ]
    ceilings = {name: _ceiling(campaign) for name, campaign in campaigns.items()}
    return CompiledOffers(store, compiled, revision, salt, ceilings)


def _compile(terms: Terms, rank: int, salt: bytes) -> CompiledOffer:
    offer = terms.offer
    gates = tuple((name, gate) for name, build in GATES if (gate := build(terms)) is not None)
    shared = {name for name, _ in SHARED_GATES}
    plain = CompiledVariant(compile_say(offer.say), offer.give)
    variants = {
        name: CompiledVariant(
            plain.say if changed.say is None else compile_say(changed.say),
            plain.give if changed.give is None else changed.give,
        )
        for name, changed in offer.variants.items()
    }
    asks = offer.cart != CartRule() and offer.cart.state != "none"
    return CompiledOffer(
        offer=offer,
        gates=gates,
        own_gates=tuple((name, gate) for name, gate in gates if name not in shared),
        plain=plain,
        variants=variants,
        experiment=_experiment(terms, salt),
        ceiling=_ceiling(terms.campaign),
        longest_period=max(periods_of(terms), default=timedelta(0)),
        rank=rank,
        hangs_on_cart=asks or any("cart" in variant.say.uses for variant in (plain, *variants.values())),
    )


def _experiment(terms: Terms, salt: bytes) -> Experiment | None:
    """Of an offer whose campaign's file is not there: as if that held nobody out."""
    name, campaign = terms.offer.campaign, terms.campaign
    if name is None:
        return None
    return experiment_of(name, campaign.experiment if campaign else 1, shares_of(campaign), salt)


def _store_hold_out(store: Store, salt: bytes) -> Experiment | None:
    rule = store.hold_out
    if rule is None:
        return None
    return experiment_of(STORE, rule.experiment, Shares(int(rule.percent * SLOTS / 100)), salt)


def _ceiling(campaign: Campaign | None) -> Ceiling:
    if campaign is None:
        return Ceiling()
    money = campaign.budget.money
    return Ceiling(campaign.budget.redemptions, None if money is None else money.amount)


def _dwells(index: OfferIndex[CompiledOffer]) -> dict[str, tuple[float, ...]]:
    found: dict[str, set[float]] = {}
    for _, zone, dwell in index.triggers():
        if zone is not None and dwell is not None:
            found.setdefault(zone, set()).add(dwell)
    return {zone: tuple(sorted(dwells)) for zone, dwells in found.items()}
