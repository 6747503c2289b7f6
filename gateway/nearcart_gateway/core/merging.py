"""Two visitors who are one person: what is known of her then. Of two words about consent the narrower counts."""

from collections.abc import Mapping
from dataclasses import replace

from nearcart_gateway.core.values import Visitor


def why_not(visitor: Visitor, target: Visitor) -> str | None:
    """Why these two can't be merged, in a sentence that says what to do first; ``None`` when they can."""
    if visitor.id == target.id:
        return f"'{visitor.id}' is one already"
    if visitor.kind != target.kind:
        return f"'{visitor.id}' is {visitor.kind} and '{target.id}' is {target.kind}: `nearcart visitors change --kind` says what she is"
    for name, link in (("customer", "customer"), ("email_hash", "email"), ("loyalty", "loyalty")):
        if None not in (mine := getattr(visitor, name), theirs := getattr(target, name)) and mine != theirs:
            told = "" if name == "email_hash" else f" ({mine} and {theirs})"
            return f"both are linked by {link}{told}: first `nearcart visitors unlink … --{link}` the one that ends"
    return None


def merged(visitor: Visitor, target: Visitor, slots: Mapping[str, int]) -> Visitor:
    """``target`` with what only ``visitor`` had, the segments of both, the later purchase, and the narrower consents.

    ``slots`` are those of the first moments of both, by experiment: she keeps them.
    """
    bought = [at for at in (visitor.last_purchase_at, target.last_purchase_at) if at is not None]
    return replace(
        target,
        customer=target.customer or visitor.customer,
        tier=target.tier or visitor.tier,
        loyalty=target.loyalty or visitor.loyalty,
        email_hash=target.email_hash or visitor.email_hash,
        segments=target.segments | visitor.segments,
        last_purchase_at=max(bought, default=None),
        consents=narrower(visitor, target),
        refused=visitor.refused | target.refused,
        slots=kept_slots(dict(visitor.slots + target.slots) | dict(slots)),
    )


def kept_slots(slots: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """As a visitor carries them."""
    return tuple(sorted(slots.items()))


def narrower(one: Visitor, other: Visitor) -> frozenset[str]:
    """What both agreed to."""
    return frozenset(name for name in one.consents | other.consents if _covers(one, name) and _covers(other, name))


def _covers(visitor: Visitor, name: str) -> bool:
    purpose, _, channel = name.partition("/")
    return visitor.consents_to(purpose, channel) if channel else purpose in visitor.consents
