"""Offers as gates and indexes, so that a moment costs what the offers cost that could follow it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from nearcart_contract.campaign_file import Campaign
from nearcart_contract.offer_file import Offer, When
from nearcart_contract.store_file import Store
from nearcart_gateway.core.offers.gates.gate import Gate, Terms
from nearcart_gateway.core.offers.gates.registry import GATES
from nearcart_gateway.core.say import Say, compile_say
from nearcart_gateway.core.values import Moment

SLOTS = 10_000
"""A hold-out is a share of this many slots; a visitor has one slot in each campaign."""

_Key = tuple[str, str | None, float | None]
"""Moment kind, zone and dwell threshold in seconds."""


@dataclass(frozen=True, slots=True)
class CompiledOffer:
    """One offer, its gates in the order they are asked, and its texts."""

    offer: Offer
    gates: tuple[tuple[str, Gate], ...]
    say: Say
    held_out_slots: int

    @property
    def name(self) -> str:
        return self.offer.offer


class CompiledOffers:
    """All offers of one revision. ``salt`` keys the hold-outs, so that nobody outside can compute them."""

    def __init__(self, store: Store, offers: Iterable[CompiledOffer], revision: str, salt: bytes = b"") -> None:
        self.store = store
        self.revision = revision
        self.zone: ZoneInfo = store.zone_info
        self._salt = salt
        self._all = tuple(sorted(offers, key=lambda compiled: (-compiled.offer.priority, compiled.name)))
        self._by_moment = _index(store, self._all)
        self._dwells = _dwells(self._by_moment)

    def __len__(self) -> int:
        return len(self._all)

    def for_moment(self, moment: Moment) -> tuple[CompiledOffer, ...]:
        """The offers that this moment could trigger, the one that would win first."""
        zone = moment.from_zone if moment.kind == "exit" else moment.zone
        return self._by_moment.get((moment.kind, zone, moment.dwell_s), ())

    def dwells(self, zone: str) -> tuple[float, ...]:
        """The times in this zone, in seconds, at which some offer waits; shortest first."""
        return self._dwells.get(zone, ())

    def longest_period(self) -> timedelta:
        """How far back any limit looks: what is older may be pruned from the ledger."""
        limits = [compiled.offer.limits for compiled in self._all]
        periods = [limit.per_visitor.period for limit in limits if limit.per_visitor]
        return max(
            [*periods, *(limit.quiet_after_any for limit in limits if limit.quiet_after_any)], default=timedelta(0)
        )

    def slot(self, campaign: str, visitor: str) -> int:
        """The visitor's slot in a campaign, from 0 to 9,999: always the same, and unlike her slot in any other campaign."""
        text = f"{len(campaign)}:{campaign}:{visitor}".encode()
        return int.from_bytes(hashlib.sha256(self._salt + text).digest()[:8], "big") % SLOTS


def compile_offers(
    store: Store, campaigns: Mapping[str, Campaign], offers: Iterable[Offer], revision: str, salt: bytes = b""
) -> CompiledOffers:
    """Compile offers that were checked. Raises ``SayError`` for a text that never was."""
    zone = store.zone_info
    compiled = (_compile(Terms(store, offer, campaigns.get(offer.campaign or ""), zone)) for offer in offers)
    return CompiledOffers(store, compiled, revision, salt)


def _compile(terms: Terms) -> CompiledOffer:
    gates = tuple((name, gate) for name, build in GATES if (gate := build(terms)) is not None)
    held_out = int(terms.campaign.hold_out_percent * SLOTS / 100) if terms.campaign else 0
    return CompiledOffer(terms.offer, gates, compile_say(terms.offer.say), held_out)


def zones_of(when: When, store: Store) -> tuple[str, ...]:
    """The zones an offer waits in, by name and by tag; empty where it names neither."""
    tagged = (name for name, zone in store.zones.items() if set(zone.tags) & set(when.zone_tags))
    return tuple(dict.fromkeys([*when.zones, *tagged]))


def _keys(when: When, store: Store) -> list[_Key]:
    dwell = when.dwell.total_seconds() if when.dwell is not None else None
    named = when.zones or when.zone_tags
    if named:
        return [(when.moment, zone, dwell) for zone in zones_of(when, store)]
    if when.moment == "enter":
        return [("enter", None, None)]
    return [(when.moment, zone, dwell) for zone in (*store.zone_names, None)]


def _index(store: Store, offers: tuple[CompiledOffer, ...]) -> dict[_Key, tuple[CompiledOffer, ...]]:
    by_moment: dict[_Key, list[CompiledOffer]] = {}
    for compiled in offers:
        for key in _keys(compiled.offer.when, store):
            by_moment.setdefault(key, []).append(compiled)
    return {key: tuple(found) for key, found in by_moment.items()}


def _dwells(keys: Iterable[_Key]) -> dict[str, tuple[float, ...]]:
    found: dict[str, set[float]] = {}
    for _, zone, dwell in keys:
        if zone is not None and dwell is not None:
            found.setdefault(zone, set()).add(dwell)
    return {zone: tuple(sorted(dwells)) for zone, dwells in found.items()}
