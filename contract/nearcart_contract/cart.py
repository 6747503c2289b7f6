"""A cart and an order, normalised from any platform. Money is exact: ``Decimal`` with the currency beside it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field

from nearcart_contract.names import Message

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217")]
CartState = Literal["open", "abandoned", "ordered", "empty"]
"""``open`` becomes ``abandoned`` after a while without change (store.yaml says how long); a platform may say so itself."""


class CartItem(Message):
    """One line of a cart. Platforms often leave the SKU empty; then ``product`` names the article."""

    sku: str | None = Field(default=None, max_length=200)
    product: str | None = Field(default=None, max_length=200, description="the platform's own product or variant id")
    title: str | None = Field(default=None, max_length=500)
    categories: tuple[str, ...] = Field(default=(), max_length=50)
    brand: str | None = Field(default=None, max_length=200)
    quantity: int = Field(ge=1, le=100_000)
    unit_price: Decimal = Field(ge=0, allow_inf_nan=False, max_digits=18, decimal_places=6)


class Cart(Message):
    """An online cart. ``customer`` is the platform's customer id, ``token`` what joins a nameless cart to a checkout."""

    id: str = Field(min_length=1, max_length=200)
    source: str = Field(default="", max_length=64, description="the source in store.yaml; filled in by the gateway")
    customer: str | None = Field(default=None, max_length=200)
    token: str | None = Field(default=None, max_length=200)
    currency: Currency | None = Field(default=None, description="none where the platform does not say: the store's own")
    items: tuple[CartItem, ...] = Field(default=(), max_length=1000)
    value: Decimal | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="the platform's total; else the sum of the items"
    )
    state: CartState = "open"
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime

    @cached_property
    def total(self) -> Decimal:
        """The platform's total, or else the sum of quantity times unit price, in major units of ``currency``."""
        if self.value is not None:
            return self.value
        return sum((item.unit_price * item.quantity for item in self.items), Decimal(0))

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> "Cart":
        """A copy adds up for itself: what changed may be what it is worth."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("total", None)
        return copied


class UsedCoupon(Message):
    """A code that an order was made with; ``amount`` is what it took off, in the order's currency, where that is known."""

    code: str = Field(min_length=1, max_length=200)
    amount: Decimal | None = Field(default=None, ge=0, allow_inf_nan=False, max_digits=18, decimal_places=6)


class Order(Message):
    """A purchase, online or in store. ``cart_token`` or ``customer`` joins it to a cart. The newest by ``updated_at`` counts."""

    id: str = Field(min_length=1, max_length=200)
    source: str = Field(default="", max_length=64)
    customer: str | None = Field(default=None, max_length=200)
    cart_token: str | None = Field(default=None, max_length=200)
    currency: Currency | None = None
    total: Decimal = Field(allow_inf_nan=False)
    cost: Decimal | None = Field(
        default=None,
        ge=0,
        allow_inf_nan=False,
        max_digits=18,
        decimal_places=6,
        description="what its goods cost the store, where the shop or the till says so: reports then tell the margin",
    )
    items: tuple[CartItem, ...] = Field(default=(), max_length=1000)
    coupons: tuple[UsedCoupon, ...] = Field(default=(), max_length=50)
    placed_at: AwareDatetime
    updated_at: AwareDatetime | None = Field(default=None, description="none: as it was placed")

    @property
    def changed_at(self) -> datetime:
        """When it became what it is here."""
        return self.updated_at or self.placed_at


class CancelledOrder(Message):
    """An order that is not to be. ``customer`` helps where the order itself never arrived."""

    id: str = Field(min_length=1, max_length=200)
    source: str = Field(default="", max_length=64)
    customer: str | None = Field(default=None, max_length=200)
    cancelled_at: AwareDatetime


class Refund(Message):
    """Money given back for an order, in whole or in part. The order stays a purchase."""

    id: str = Field(min_length=1, max_length=200)
    source: str = Field(default="", max_length=64)
    order: str = Field(min_length=1, max_length=200)
    amount: Decimal = Field(ge=0, allow_inf_nan=False, max_digits=18, decimal_places=6)
    currency: Currency | None = None
    refunded_at: AwareDatetime


def _fields(value: object) -> object:
    """A cart or an order that is known already can be told of as it is."""
    return value.model_dump() if isinstance(value, Cart | Order) else value


class CartTold(Cart):
    """A cart as a shop tells of it."""

    email: str | None = Field(
        default=None, max_length=320, repr=False, description="hers; nothing but a keyed hash of it is compared or kept"
    )


class OrderTold(Order):
    """A purchase as a shop tells of it."""

    email: str | None = Field(
        default=None, max_length=320, repr=False, description="hers; nothing but a keyed hash of it is compared or kept"
    )


class CartUpdated(Message):
    """Generic webhook, ``POST /hooks/{source}`` with Standard Webhooks headers."""

    type: Literal["cart.updated"]
    timestamp: AwareDatetime
    data: Annotated[CartTold, BeforeValidator(_fields)]


class OrderCreated(Message):
    type: Literal["order.created"]
    timestamp: AwareDatetime
    data: Annotated[OrderTold, BeforeValidator(_fields)]


class OrderCancelled(Message):
    type: Literal["order.cancelled"]
    timestamp: AwareDatetime
    data: CancelledOrder


class OrderRefunded(Message):
    type: Literal["order.refunded"]
    timestamp: AwareDatetime
    data: Refund


ShopEvent = CartUpdated | OrderCreated | OrderCancelled | OrderRefunded
GenericEvent = Annotated[ShopEvent, Field(discriminator="type")]
