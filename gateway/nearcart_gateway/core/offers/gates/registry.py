"""Every gate, in the order they are asked: the first that stops an offer is the one a decision names."""

from nearcart_gateway.core.offers.gates import (
    calendar,
    cart,
    channel,
    limits,
    quiet_hours,
    shelf,
    standing,
    trigger,
    who,
)
from nearcart_gateway.core.offers.gates.gate import Build, Gate
from nearcart_gateway.core.offers.where import where_gate

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
    ("quiet_hours", quiet_hours.quiet_hours),
    ("from_zone", trigger.from_zone),
    ("away", trigger.away),
    ("press", trigger.press),
    ("probability", who.probability),
    ("customer", who.customer),
    ("not_segment", who.not_segments),
    ("tier", who.tier),
    ("language", who.languages),
    ("visits", who.visits),
    ("since_purchase", who.since_purchase),
    ("cart_state", cart.state),
    ("abandoned_for", cart.abandoned_for),
    ("known_within", cart.known_within),
    ("currency", cart.currency),
    ("cart_value", cart.value),
    ("cart_items", cart.items),
    ("cart_category", cart.category),
    ("cart_brand", cart.brand),
    ("cart_sku", cart.sku),
    ("in_stock", shelf.in_stock),
    ("price_dropped", shelf.price_dropped),
    ("where", where_gate),
    ("channel", channel.channel),
    ("per_visitor_limit", limits.per_visitor),
    ("per_offer_limit", limits.per_offer),
    ("per_campaign_limit", limits.per_campaign),
    ("per_store_limit", limits.per_store),
    ("quiet_after_any", limits.quiet_after_any),
    ("stacking", limits.stacking),
)

SHARED_GATES: tuple[tuple[str, Gate], ...] = (
    ("consent", standing.ask_consent),
    ("staff", standing.ask_staff),
    ("too_old", standing.ask_too_old),
)
"""Those of ``GATES`` that are the same for every offer: a decision asks them once."""

CART_GATES = frozenset(
    {
        "cart_state",
        "abandoned_for",
        "currency",
        "cart_value",
        "cart_items",
        "cart_category",
        "cart_brand",
        "cart_sku",
        "in_stock",
        "price_dropped",
    }
)
"""Those whose word is as old as what is known of her cart; ``known_within`` says it itself."""

FIRST_GATES = ("moment", "zone", "dwell", "segment")
"""What the index asks: an offer that it skips is not looked at, and one of these says why when somebody asks."""

LAST_GATES = (
    "outranked",
    "no_part",
    "budget_redemptions",
    "budget_money",
    "coupon",
    "template",
    "hold_out",
    "store_hold_out",
    "gone",
)
"""Asked by the decision itself: they look at the other offers, at what her variant costs and says, and at the hold-out;
``gone`` is for who had left when quiet hours ended."""
