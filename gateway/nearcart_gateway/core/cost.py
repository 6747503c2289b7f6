"""What an offer may cost the store when it is used: what is held of a money budget until then."""

from decimal import ROUND_CEILING, Decimal

from nearcart_contract.offer_message import AmountOff, Benefit, PercentOff
from nearcart_gateway.core.values import KnownCart

_STEP = Decimal("0.01")


def cost_of(give: Benefit | None, cart: KnownCart | None) -> Decimal | None:
    """In major units of the store's currency; ``None`` when nobody can say. An offer that gives nothing costs nothing.

    A percentage costs its ``maximum`` where the offer has one, else its part of the cart as it is known now.
    """
    if give is None:
        return Decimal(0)
    if isinstance(give, AmountOff):
        return give.amount
    maximum = getattr(give, "maximum", None)
    if isinstance(maximum, Decimal):
        return maximum
    if isinstance(give, PercentOff) and cart is not None:
        return (cart.cart.total * give.percent / 100).quantize(_STEP, ROUND_CEILING)
    return None
