"""Carts and purchases as shops tell of them: the events of the generic webhook, as the gateway reads them."""

from datetime import UTC, datetime
from decimal import Decimal

from nearcart_contract.cart import CartItem, CartTold, CartUpdated, OrderCreated, OrderTold
from nearcart_contract.report_tables import minor_digits
from nearcart_sim.core.economy.life import LeftCart, Purchase


def customer_of(shopper: str) -> str:
    """Her id in the shop."""
    return f"c-{shopper}"


def cart_event(shopper: str, cart: LeftCart, currency: str, source: str) -> CartUpdated:
    """The cart that she left."""
    at = datetime.fromtimestamp(cart.at, UTC)
    told = CartTold(
        id=f"{shopper}-cart-{cart.number}",
        source=source,
        customer=customer_of(shopper),
        currency=currency,
        items=(_item(cart.amount, currency),),
        created_at=at,
        updated_at=at,
    )
    return CartUpdated(type="cart.updated", timestamp=at, data=told)


def order_event(shopper: str, number: int, purchase: Purchase, currency: str, source: str) -> OrderCreated:
    """A purchase, the ``number``-th of hers."""
    at = datetime.fromtimestamp(purchase.at, UTC)
    told = OrderTold(
        id=f"{shopper}-{number}",
        source=source,
        customer=customer_of(shopper),
        currency=currency,
        total=_major(purchase.amount, currency),
        items=(_item(purchase.amount, currency),),
        placed_at=at,
    )
    return OrderCreated(type="order.created", timestamp=at, data=told)


def _item(amount: int, currency: str) -> CartItem:
    return CartItem(sku="basket", quantity=1, unit_price=_major(amount, currency))


def _major(amount: int, currency: str) -> Decimal:
    return Decimal(amount).scaleb(-minor_digits(currency))
