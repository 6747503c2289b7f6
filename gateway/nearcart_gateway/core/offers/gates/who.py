"""Who it is for: how surely she is there, what the shop knows of her, how often she comes, when she last bought."""

from nearcart_contract.duration import format_duration
from nearcart_contract.offer_file import MOST_VISITS
from nearcart_gateway.core.offers.gates.gate import Gate, Situation, Stop, Terms
from nearcart_gateway.core.offers.gates.span import in_span, rough, span_words


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


def not_segments(terms: Terms) -> Gate | None:
    """Segments that it is not for. Those that it is for are the index's to ask."""
    unwanted = frozenset(terms.offer.who.not_segments)
    if not unwanted:
        return None
    required = "none of " + ", ".join(terms.offer.who.not_segments)

    def gate(situation: Situation) -> Stop | None:
        hers = frozenset() if situation.visitor is None else situation.visitor.segments
        found = sorted(hers & unwanted)
        return Stop(f"not for segment {found[0]}", ", ".join(found), required) if found else None

    return gate


def tier(terms: Terms) -> Gate | None:
    """Her tier in the loyalty programme."""
    wanted = terms.offer.who.tier
    if not wanted:
        return None
    required = "tier " + " or ".join(wanted)

    def gate(situation: Situation) -> Stop | None:
        found = None if situation.visitor is None else situation.visitor.tier
        if found in wanted:
            return None
        return Stop(f"only for {required}", f"tier {found}" if found else "no tier", required)

    return gate


def visits(terms: Terms) -> Gate | None:
    """How often she was here in a period, this visit included."""
    rule = terms.offer.who.visits
    if rule is None:
        return None
    least, most = rule.at_least or 0, rule.at_most or MOST_VISITS + 1
    bounds = (("at least", rule.at_least), ("at most", rule.at_most))
    numbers = " and ".join(f"{word} {bound}" for word, bound in bounds if bound is not None)
    period_s, required = rule.period.total_seconds(), f"{numbers} in {format_duration(rule.period)}"

    def gate(situation: Situation) -> Stop | None:
        found = situation.facts.visits(situation.moment.visitor, period_s, situation.counted_at) + 1
        if least <= found <= most:
            return None
        return Stop(
            f"her visit number {found} in {format_duration(rule.period)}, needs {numbers}", str(found), required
        )

    return gate


def since_purchase(terms: Terms) -> Gate | None:
    """How long ago she last bought something. Who is not known to have bought anything is never meant."""
    span = terms.offer.who.since_purchase
    if span is None:
        return None
    required = f"bought {span_words(span)} ago"

    def gate(situation: Situation) -> Stop | None:
        bought_at = None if situation.visitor is None else situation.visitor.last_purchase_at
        if bought_at is None:
            return Stop("is not known to have bought anything", "no purchase", required)
        ago = situation.now - bought_at
        if in_span(ago, span):
            return None
        return Stop(f"bought {rough(ago)} ago, needs {span_words(span)}", f"{rough(ago)} ago", required)

    return gate


def languages(terms: Terms) -> Gate | None:
    """The language she reads; ``de`` also means ``de-AT``, not the other way round."""
    wanted = tuple(language.casefold() for language in terms.offer.who.languages)
    if not wanted:
        return None
    required = " or ".join(terms.offer.who.languages)

    def gate(situation: Situation) -> Stop | None:
        found = "" if situation.visitor is None else situation.visitor.language
        folded = found.casefold()
        if any(folded == language or folded.startswith(f"{language}-") for language in wanted):
            return None
        return Stop(f"only for who reads {required}", found or "unknown", required)

    return gate
