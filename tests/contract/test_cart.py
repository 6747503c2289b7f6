"""What a cart is worth."""

from datetime import UTC, datetime
from decimal import Decimal

from nearcart_contract.cart import Cart, CartItem


def test_a_copy_adds_up_for_itself() -> None:
    one = CartItem(sku="a", quantity=2, unit_price=Decimal("1.50"))
    cart = Cart(id="k", items=(one,), updated_at=datetime.now(UTC))
    assert cart.total == 3
    assert cart.model_copy(update={"items": (one, one)}).total == 6
    assert cart.model_copy(update={"value": Decimal(2)}).total == 2
    assert cart == Cart.model_validate(cart.model_dump())
    assert "total" not in cart.model_dump()
