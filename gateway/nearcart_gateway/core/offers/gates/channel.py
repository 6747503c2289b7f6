"""Through which of its channels an offer can leave here: the first in its order of preference that reaches her."""

from nearcart_contract.store_file import Store
from nearcart_gateway.core.offers.gates.gate import Gate, Situation, Stop, Terms
from nearcart_gateway.core.offers.gates.standing import PURPOSE
from nearcart_gateway.core.values import Moment, Visitor


def choose_channel(
    through: tuple[str, ...], store: Store, moment: Moment, visitor: Visitor | None = None
) -> str | None:
    """The channel's name, or ``None`` when none reaches her: a screen needs a zone she stands in, and any her consent."""
    for name in through:
        channel = store.channels.get(name)
        if channel is None or (moment.zone is None and channel.kind == "screen"):
            continue
        if visitor is None or visitor.consents_to(PURPOSE, name):
            return name
    return None


def channel(terms: Terms) -> Gate:
    """Whether any channel of the offer reaches her."""
    through, channels = terms.offer.through, terms.store.channels
    ways = tuple((name, channels[name].kind == "screen") for name in through if name in channels)
    required = " or ".join(through)

    def gate(situation: Situation) -> Stop | None:
        visitor, nowhere = situation.visitor, situation.moment.zone is None
        for name, needs_zone in ways:
            if not (needs_zone and nowhere) and (visitor is None or visitor.consents_to(PURPOSE, name)):
                return None
        if visitor is not None and not any(visitor.consents_to(PURPOSE, name) for name in through):
            return Stop("no consent to its channels", "not consented", required)
        return Stop("no screen where she is", f"zone {situation.moment.zone or 'unknown'}", required)

    return gate
