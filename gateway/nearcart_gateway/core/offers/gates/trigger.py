"""What belongs to one kind of moment: where she comes from, how long she was away, how the button was pressed."""

from nearcart_gateway.core.offers.gates.gate import Gate, Situation, Stop, Terms
from nearcart_gateway.core.offers.gates.span import in_span, rough, span_words


def from_zone(terms: Terms) -> Gate | None:
    """The zone that a move comes from."""
    wanted = terms.offer.when.from_zones
    if not wanted:
        return None
    required = "from " + " or ".join(wanted)

    def gate(situation: Situation) -> Stop | None:
        came_from = situation.moment.from_zone
        if came_from in wanted:
            return None
        return Stop(f"only for who comes {required}", f"from {came_from or 'no zone'}", required)

    return gate


def away(terms: Terms) -> Gate | None:
    """How long she had been away before a return."""
    span = terms.offer.when.away
    if span is None:
        return None
    required = f"away for {span_words(span)}"

    def gate(situation: Situation) -> Stop | None:
        seconds = situation.moment.away_s or 0.0
        if in_span(seconds, span):
            return None
        return Stop(f"was away for {rough(seconds)}, needs {span_words(span)}", rough(seconds), required)

    return gate


def press(terms: Terms) -> Gate | None:
    """How the button was pressed; an edge that does not say means a plain press."""
    wanted = terms.offer.when.press
    if not wanted:
        return None
    required = " or ".join(wanted)

    def gate(situation: Situation) -> Stop | None:
        found = situation.moment.button or "press"
        return None if found in wanted else Stop(f"only for {required}", found, required)

    return gate
