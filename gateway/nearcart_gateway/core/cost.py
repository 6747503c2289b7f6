"""What an offer may cost the store when it is used: what is held of a money budget until then."""

from decimal import ROUND_CEILING, Decimal

from nearcart_contract.cart import Cart
from nearcart_contract.offer_message import AmountOff, AppliesTo, Benefit, PercentOff
from nearcart_gateway.core.values import KnownCart

_STEP = Decimal("0.01")


def cost_of(give: Benefit | None, cart: KnownCart | None, currency: str) -> Decimal | None:
    """In major units of ``currency``, the store's; ``None`` when nobody can say. An offer that gives nothing costs nothing.

    A percentage costs its ``maximum`` where the offer has one, else its part of the cart as it is known now: of a cart in
    another currency nobody can say.
    """
    if give is None:
        return Decimal(0)
    if isinstance(give, AmountOff):
        return give.amount
    if not isinstance(give, PercentOff):
        return give.worth
    if give.maximum is not None:
        return give.maximum
    if cart is None or cart.cart.currency not in (None, currency):
        return None
    return (_part(cart.cart, give.applies_to) * give.percent / 100).quantize(_STEP, ROUND_CEILING)


def _part(cart: Cart, applies_to: AppliesTo | None) -> Decimal:
    """What the articles are worth that a benefit is for."""
    if applies_to is None:
        return cart.total
    skus, categories = frozenset(applies_to.skus), frozenset(map(str.casefold, applies_to.categories))
    meant = (
        item
        for item in cart.items
        if item.sku in skus or any(word.casefold() in categories for word in item.categories)
    )
    return sum((item.unit_price * item.quantity for item in meant), Decimal(0))
