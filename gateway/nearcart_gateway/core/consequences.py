"""What follows from a decision: what it counts and holds, the message that leaves, and which channels could take over."""

from datetime import UTC, datetime
from decimal import Decimal

from nearcart_contract.offer_file import Offer
from nearcart_contract.offer_message import OfferMessage
from nearcart_contract.store_file import Store
from nearcart_gateway.core.offers.compile import CompiledOffers
from nearcart_gateway.core.spending import Use
from nearcart_gateway.core.values import Decision


def use_of(decision: Decision, offer: Offer) -> Use:
    """What an offer that was made, or a ghost, counts and holds."""
    moment, sent = decision.moment, decision.outcome == "sent"
    return Use(
        key=decision.key,
        visitor=moment.visitor,
        offer=offer.offer,
        campaign=decision.campaign,
        at=moment.at,
        expires_at=moment.at if decision.expires_at is None else decision.expires_at,
        state="held" if sent else "ghost",
        money=decision.cost if sent else Decimal(0),
        gives=decision.benefit is not None,
        stacks=offer.stacks,
        stack_group=offer.stack_group,
        code=decision.benefit.code if sent and decision.benefit is not None else None,
        own_code=sent and decision.benefit is not None and decision.benefit.pool is not None,
    )


def offer_message(decision: Decision, store: Store, now: float) -> OfferMessage:
    """What leaves for a decision that was ``sent``. Raises ``ValueError`` for any other."""
    if decision.offer is None or decision.text is None or decision.expires_at is None:
        raise ValueError(f"decision {decision.key} sends nothing")
    channel = store.channels.get(decision.channel or "")
    return OfferMessage(
        key=decision.key,
        store=store.store,
        offer=decision.offer,
        campaign=decision.campaign,
        visitor=None if channel is not None and channel.kind == "screen" else decision.moment.visitor,
        zone=decision.moment.zone,
        text=decision.text,
        language=decision.language or "en",
        benefit=decision.benefit,
        decided_at=datetime.fromtimestamp(now, UTC),
        expires_at=datetime.fromtimestamp(decision.expires_at, UTC),
    )


def channels_after(decision: Decision, offers: CompiledOffers) -> tuple[str, ...]:
    """The channels that the offer likes less than the decision's own: they take over when that one fails."""
    if decision.offer is None or decision.channel is None:
        return ()
    through = offers[decision.offer].offer.through
    return through[through.index(decision.channel) + 1 :]
