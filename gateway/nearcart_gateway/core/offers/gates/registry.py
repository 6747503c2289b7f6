"""Every gate, in the order they are asked: the first that stops an offer is the one a decision names."""

from nearcart_gateway.core.offers.gates import calendar, cart, channel, limits, standing, who
from nearcart_gateway.core.offers.gates.gate import Build

GATES: tuple[tuple[str, Build], ...] = (
    ("active", standing.active),
    ("consent", standing.consent),
    ("staff", standing.staff),
    ("too_old", standing.too_old),
    ("clock_unknown", calendar.clock_unknown),
    ("campaign_dates", calendar.campaign_dates),
    ("offer_dates", calendar.offer_dates),
    ("days", calendar.days),
    ("hours", calendar.hours),
    ("quiet_hours", calendar.quiet_hours),
    ("probability", who.probability),
    ("customer", who.customer),
    ("cart_state", cart.state),
    ("currency", cart.currency),
    ("cart_value", cart.value),
    ("cart_items", cart.items),
    ("cart_category", cart.category),
    ("cart_sku", cart.sku),
    ("channel", channel.channel),
    ("per_visitor_limit", limits.per_visitor),
    ("quiet_after_any", limits.quiet_after_any),
)

LAST_GATES = ("template", "outranked", "hold_out")
"""Asked by the decision itself: they look at the text, at the other offers, and at the campaign's hold-out."""
