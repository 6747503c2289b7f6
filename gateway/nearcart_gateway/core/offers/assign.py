"""Who is held out of a campaign and who gets which variant: by one of 10,000 slots, drawn from her household and a secret.

Whoever has a loyalty number is drawn by it, as everybody of her household is: one offer is talked about at home. A slot is always the
same, on every gateway that knows the secret, and independent of her slot in any other experiment. The hold-out takes slots from 0
up, the variants from the top down, dealt out by weight one after the other: a share that grows takes slots that were nobody's, and
everybody else stays where she was. Any other change is a new experiment, which draws anew.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from nearcart_contract.campaign_file import Campaign
from nearcart_gateway.core.values import Visitor

SLOTS = 10_000

STORE = "*"
"""Stands for the store where a campaign's name would stand: nobody can name a campaign so."""


@dataclass(frozen=True, slots=True)
class Shares:
    """The slots below ``held_out`` are held out, the uppermost ``offered`` have offers, those between belong to nobody yet."""

    held_out: int = 0
    offered: int = SLOTS
    weights: tuple[tuple[str, int], ...] = ()

    def takes_part(self, slot: int) -> bool:
        """Whether this slot is held out or has offers."""
        return slot < self.held_out or slot >= SLOTS - self.offered

    def variant(self, slot: int) -> str | None:
        """The variant of a slot; ``None`` where the campaign has none, and for who has no offer."""
        if not self.weights or slot < SLOTS - self.offered:
            return None
        return self.weights[_dealt(self.weights)[SLOTS - 1 - slot]][0]


NOT_COMPARED = Shares()
"""Without a campaign nobody is held out."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """A campaign (or the store) between two changes that move people. ``id`` also tells which secret its slots are drawn with."""

    id: str
    drawn_by: str
    shares: Shares = NOT_COMPARED

    def slot(self, visitor: Visitor, salt: bytes) -> int:
        """Her slot: the one she had at her first moment where that is kept, else as it is drawn."""
        for experiment, slot in visitor.slots:
            if experiment == self.id:
                return slot
        return slot_of(self.drawn_by, unit_of(visitor), salt)


def experiment_of(name: str, number: int, shares: Shares, salt: bytes) -> Experiment:
    """The ``number``-th experiment of a campaign, or of ``STORE``."""
    mark = hmac.digest(salt, b"which secret", hashlib.sha256).hex()[:4]
    return Experiment(f"{name}#{number}.{mark}", name if number == 1 else f"{name}#{number}", shares)


def unit_of(visitor: Visitor) -> str:
    """Who is assigned: her household by its loyalty number, else she alone."""
    return visitor.id if visitor.loyalty is None else f"household\0{visitor.loyalty}"


def slot_of(drawn_by: str, unit: str, salt: bytes) -> int:
    """A slot from 0 to 9,999. ``salt`` keeps it from being computed outside."""
    text = f"{len(drawn_by)}:{drawn_by}:{unit}".encode()
    return int.from_bytes(hashlib.sha256(salt + text).digest()[:8], "big") % SLOTS


def shares_of(campaign: Campaign | None) -> Shares:
    """The slots of a campaign's hold-out and variants."""
    if campaign is None:
        return NOT_COMPARED
    held_out = int(campaign.hold_out_percent * SLOTS / 100)
    asked = campaign.offered_percent
    offered = SLOTS - held_out if asked is None else int(asked * SLOTS / 100)
    return Shares(held_out, offered, tuple((name, variant.weight) for name, variant in campaign.variants.items()))


def moved_by(before: Campaign, after: Campaign) -> Iterator[tuple[str, str]]:
    """(field, why) for each change that would move somebody within one experiment; nothing for a new one.

    A share may grow by slots that were nobody's. An experiment's number may not go back.
    """
    if after.experiment > before.experiment:
        return
    new = f"; write 'experiment: {before.experiment + 1}' to begin a new one"
    if after.experiment < before.experiment:
        yield "experiment", f"was {before.experiment} already and can't go back to {after.experiment}{new}"
        return
    was, now = shares_of(before), shares_of(after)
    if now.held_out < was.held_out:
        yield "hold_out_percent", f"fell from {before.hold_out_percent}: who was held out would get the offer{new}"
    if now.offered < was.offered:
        field = "hold_out_percent" if after.offered_percent is None else "offered_percent"
        yield field, f"takes {(was.offered - now.offered) / 100:g} % of visitors who had the offer{new}"
    if now.weights != was.weights:
        yield "variants", f"changed, and visitors would move between them{new}"


@lru_cache(maxsize=256)
def _dealt(weights: tuple[tuple[str, int], ...]) -> bytes:
    """Which variant has each slot, from the top down: at every length each has its share, to within one slot."""
    total = sum(weight for _, weight in weights)
    credit = [0] * len(weights)
    dealt = bytearray()
    for _ in range(SLOTS):
        for index, (_, weight) in enumerate(weights):
            credit[index] += weight
        first = credit.index(max(credit))
        credit[first] -= total
        dealt.append(first)
    return bytes(dealt)
