"""Before anything an offer says: is it switched on, may she be spoken to, and is it still news?"""

from nearcart_gateway.core.offers.gates.gate import Gate, Situation, Stop, Terms

PURPOSE = "offers"
"""The consent that every offer needs."""

MAX_AGE_S = 60.0
"""An older moment is history: no offer follows it."""


def active(terms: Terms) -> Gate | None:
    """The file's own switch."""
    if terms.offer.active:
        return None
    stop = Stop("the offer is switched off", "active: false", "active: true")
    return lambda _: stop


def consent(_: Terms) -> Gate:
    """No consent, no offer; and nobody is offered anything whom we do not know."""
    return ask_consent


def staff(_: Terms) -> Gate:
    """Who works here is never offered anything."""
    return ask_staff


def too_old(_: Terms) -> Gate:
    """A moment heard of late (an edge was cut off) triggers nothing any more."""
    return ask_too_old


def ask_consent(situation: Situation) -> Stop | None:
    visitor = situation.visitor
    if visitor is None:
        return Stop("nobody is enrolled by this name", "unknown visitor", f"consent to {PURPOSE}")
    if PURPOSE not in visitor.consents and not visitor.consents_to(PURPOSE):
        given = ", ".join(sorted(visitor.consents)) or "none"
        return Stop("no consent to offers", f"consents: {given}", f"consent to {PURPOSE}")
    return None


def ask_staff(situation: Situation) -> Stop | None:
    if situation.visitor is not None and situation.visitor.kind == "staff":
        return Stop("staff are never offered anything", "staff", "visitor")
    return None


def ask_too_old(situation: Situation) -> Stop | None:
    age = situation.now - situation.moment.at
    if age > MAX_AGE_S:
        return Stop(f"heard of it {age:.0f} s late", f"{age:.0f} s", f"at most {MAX_AGE_S:.0f} s")
    return None
