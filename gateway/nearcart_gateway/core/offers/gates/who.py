"""Where she is believed to be, and whether the shop knows her."""

from nearcart_gateway.core.offers.gates.gate import Gate, Situation, Stop, Terms


def probability(terms: Terms) -> Gate | None:
    """How sure the locator must be of the position."""
    needed = terms.offer.when.probability
    if needed == 0:
        return None

    def gate(situation: Situation) -> Stop | None:
        sure = situation.moment.probability
        if sure >= needed:
            return None
        return Stop(f"only {sure:.0%} sure where she is, needs {needed:.0%}", f"{sure:.2f}", f"at least {needed:.2f}")

    return gate


def customer(terms: Terms) -> Gate | None:
    """Whether she is joined to a customer of the online shop."""
    wanted = terms.offer.who.customer
    if wanted == "any":
        return None

    def gate(situation: Situation) -> Stop | None:
        known = situation.visitor is not None and situation.visitor.customer is not None
        found = "known" if known else "unknown"
        if found == wanted:
            return None
        sentence = (
            "the online shop does not know her" if wanted == "known" else "only for those the online shop does not know"
        )
        return Stop(sentence, found, wanted)

    return gate
