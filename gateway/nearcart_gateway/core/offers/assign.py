"""Who is held out of a campaign and who gets which variant: by one of 10,000 slots, drawn from the visitor's name and a secret.

A slot is always the same, and independent of her slot in any other campaign. The hold-out takes slots from 0 up, so that a
growing one keeps those who were in it; the variants share the rest by weight, from the top down in the order of the file.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from nearcart_contract.campaign_file import Campaign

SLOTS = 10_000


@dataclass(frozen=True, slots=True)
class Shares:
    """The slots below ``held_out`` are held out; ``lowest`` is each variant's first slot, from the top down."""

    held_out: int = 0
    lowest: tuple[tuple[str, int], ...] = ()

    def variant(self, slot: int) -> str | None:
        """The variant of a slot; ``None`` where the campaign has none, and for who is held out."""
        if slot < self.held_out:
            return None
        return next((name for name, first in self.lowest if slot >= first), None)


def slot_of(campaign: str, visitor: str, salt: bytes) -> int:
    """The visitor's slot in a campaign, from 0 to 9,999. ``salt`` keeps it from being computed outside."""
    text = f"{len(campaign)}:{campaign}:{visitor}".encode()
    return int.from_bytes(hashlib.sha256(salt + text).digest()[:8], "big") % SLOTS


def shares_of(campaign: Campaign | None) -> Shares:
    """The slots of a campaign's hold-out and variants; every slot belongs to exactly one."""
    if campaign is None:
        return Shares()
    held_out = int(campaign.hold_out_percent * SLOTS / 100)
    return Shares(held_out, _lowest({name: variant.weight for name, variant in campaign.variants.items()}, held_out))


def _lowest(weights: Mapping[str, int], held_out: int) -> tuple[tuple[str, int], ...]:
    total, above = sum(weights.values()), 0
    found: list[tuple[str, int]] = []
    for name, weight in weights.items():
        above += weight
        found.append((name, SLOTS - (SLOTS - held_out) * above // total))
    return tuple(found)
