"""The gates of a decision in words, so that the page reads as sentences. A gate that is not here is shown by its own name."""

_WORDS = {
    "active": "switched off",
    "consent": "no consent to offers",
    "staff": "staff get no offers",
    "too_old": "news came too late",
    "campaign_dates": "outside the campaign's dates",
    "offer_dates": "outside its dates",
    "days": "not on this day",
    "hours": "not at this hour",
    "quiet_hours": "quiet hours",
    "clock_unknown": "clock unknown",
    "probability": "place not certain enough",
    "customer": "not this kind of customer",
    "cart_state": "cart in another state",
    "cart_value": "cart value",
    "cart_items": "number of items",
    "cart_category": "no item of this category",
    "cart_sku": "no such item in the cart",
    "currency": "cart in another currency",
    "per_visitor_limit": "had it often enough",
    "per_offer_limit": "made often enough",
    "per_campaign_limit": "campaign reached its limit",
    "per_store_limit": "store reached its limit",
    "quiet_after_any": "heard from us just now",
    "stacking": "does not go with what she holds",
    "budget_redemptions": "budget used up",
    "budget_money": "budget used up",
    "segment": "for others",
    "gone": "left before quiet hours ended",
    "channel": "no way to reach her here",
    "template": "its text could not be filled in",
    "outranked": "another offer went first",
    "hold_out": "held out to compare",
}


def gate_words(gate: str) -> str:
    """What stopped an offer, for people."""
    return _WORDS.get(gate, gate.replace("_", " "))
