"""BigCommerce (https://developer.bigcommerce.com/docs/integrations/webhooks): its webhooks name a thing, which is then fetched.

They are signed as Standard Webhooks with the app's client secret. Fetched are carts (API v3) and orders (API v2).
"""

import base64
from datetime import UTC, datetime
from decimal import Decimal

from pydantic import AwareDatetime, Field

from nearcart_contract.cart import CancelledOrder, Cart, CartItem, Currency, Order, Refund
from nearcart_contract.names import Message
from nearcart_gateway.core.hooks import standard
from nearcart_gateway.core.hooks.event import (
    CartChange,
    Fetch,
    IgnoredError,
    News,
    OrderPlaced,
    OrderRefund,
    OrderUndone,
    UnreadableError,
)
from nearcart_gateway.core.hooks.exact_json import read_exact
from nearcart_gateway.core.hooks.fields import CustomerId, Email, Id, MailDate, OptionalId, Price, Sku, Words
from nearcart_gateway.core.hooks.platform import Envelope, Headers, Payload, Platform

CART, ORDER = "cart", "order"
"""What is fetched."""

_CHANGED = ("store/cart/created", "store/cart/updated", "store/cart/couponApplied", "store/cart/abandoned")
_LINES = ("store/cart/lineItem/created", "store/cart/lineItem/updated", "store/cart/lineItem/deleted")
_ORDERS = ("store/order/created", "store/order/updated", "store/order/statusUpdated", "store/order/refund/created")
_GONE, _CONVERTED = "store/cart/deleted", "store/cart/converted"
SCOPES = (*_CHANGED, *_LINES, _GONE, _CONVERTED, *_ORDERS)

_INCOMPLETE = 0
_UNDONE = (5, 6)
"""Cancelled and declined: ids of order statuses, which a shop may rename but not renumber (API reference, order statuses)."""


class _Thing(Message):
    id: Id
    cart_id: OptionalId = Field(default=None, alias="cartId")
    order_id: OptionalId = Field(default=None, alias="orderId")


class _Callback(Message):
    scope: str = Field(max_length=200)
    data: _Thing
    created_at: int = Field(ge=0, le=10**11)

    def at(self) -> datetime:
        """The end of that second: what it says comes after whatever changed within it."""
        return datetime.fromtimestamp(self.created_at + 0.999, UTC)


class _Line(Message):
    sku: Sku = None
    product_id: OptionalId = None
    name: Words = None
    quantity: int = Field(ge=0, le=100_000)
    list_price: Price = Decimal(0)
    sale_price: Price | None = None

    def item(self) -> CartItem:
        price = self.list_price if self.sale_price is None else self.sale_price
        return CartItem(
            sku=self.sku,
            product=self.product_id,
            title=self.name,
            quantity=self.quantity,
            unit_price=price,
        )


class _Lines(Message):
    physical_items: tuple[_Line, ...] = Field(default=(), max_length=1000)
    digital_items: tuple[_Line, ...] = Field(default=(), max_length=1000)
    custom_items: tuple[_Line, ...] = Field(default=(), max_length=1000)

    def items(self) -> tuple[CartItem, ...]:
        lines = (*self.physical_items, *self.digital_items, *self.custom_items)
        return tuple(line.item() for line in lines[:1000] if line.quantity)


class _Currency(Message):
    code: Currency


class _CartData(Message):
    id: Id
    customer_id: CustomerId = None
    email: Email = None
    currency: _Currency | None = None
    cart_amount: Price
    line_items: _Lines = _Lines()
    created_time: AwareDatetime | None = None
    updated_time: AwareDatetime


class _CartAnswer(Message):
    data: _CartData


class _Address(Message):
    email: Email = None


class _OrderAnswer(Message):
    """Money is in the currency she pays in, ``default_currency_code``; ``currency_code`` is what she was shown."""

    id: Id
    customer_id: CustomerId = None
    billing_address: _Address = _Address()
    cart_id: OptionalId = None
    status_id: int = Field(ge=0, le=1000)
    total_inc_tax: Price
    default_currency_code: Currency | None = None
    currency_code: Currency | None = None
    date_created: MailDate
    date_modified: MailDate | None = None
    refunded_amount: Price = Decimal(0)

    def changed_at(self) -> datetime:
        return self.date_modified or self.date_created


def verify(secrets: tuple[str, ...], headers: Headers, body: bytes, now: float) -> None:
    """Standard Webhooks, whose key is the client secret's own bytes. Raises ``BadSignatureError``."""
    keys = tuple(base64.b64encode(secret.encode()).decode() for secret in secrets)
    standard.verify(keys, headers, body, now)


def open_envelope(headers: Headers, body: bytes) -> Envelope:
    """The scope stands in the body. Raises ``IgnoredError`` and ``UnreadableError``."""
    scope = read_exact(_Callback, body).scope
    if scope not in SCOPES:
        raise _not_read()
    if not headers.get("webhook-id"):
        raise UnreadableError("webhook-id is not there to know a repeat by")
    return Envelope(headers["webhook-id"], scope)


def read(payload: Payload) -> tuple[News, ...]:
    """Read a callback, or what was fetched. Raises ``UnreadableError`` and ``IgnoredError``."""
    if payload.kind == CART:
        return _cart(payload.body, payload.source)
    if payload.kind == ORDER:
        return _order(payload.body, payload.source)
    if payload.kind in SCOPES:
        return _callback(read_exact(_Callback, payload.body), payload.kind, payload.source)
    raise _not_read()


def _not_read() -> IgnoredError:
    return IgnoredError(f"scopes other than {', '.join(SCOPES)} are not read")


def _callback(callback: _Callback, scope: str, source: str) -> tuple[News, ...]:
    thing, at = callback.data, callback.at()
    if scope in _CHANGED:
        return (Fetch(source, CART, thing.id, at.timestamp()),)
    if scope in _LINES:
        if thing.cart_id is None:
            raise UnreadableError("data.cartId: a line without its cart")
        return (Fetch(source, CART, thing.cart_id, at.timestamp()),)
    if scope in _ORDERS:
        return (Fetch(source, ORDER, thing.id, at.timestamp()),)
    gone = Cart(
        id=thing.id, source=source, state="empty" if scope == _GONE else "ordered", value=Decimal(0), updated_at=at
    )
    if thing.order_id is None:
        return (CartChange(gone),)
    return CartChange(gone), Fetch(source, ORDER, thing.order_id, at.timestamp())


def _cart(body: bytes, source: str) -> tuple[News, ...]:
    payload = read_exact(_CartAnswer, body).data
    items = payload.line_items.items()
    cart = Cart(
        id=payload.id,
        source=source,
        customer=payload.customer_id,
        currency=payload.currency.code if payload.currency else None,
        items=items,
        value=payload.cart_amount,
        state="open" if items else "empty",
        created_at=payload.created_time,
        updated_at=payload.updated_time,
    )
    return (CartChange(cart, payload.email if payload.customer_id is None else None),)


def _order(body: bytes, source: str) -> tuple[News, ...]:
    payload = read_exact(_OrderAnswer, body)
    if payload.status_id == _INCOMPLETE:
        raise IgnoredError("an order that is incomplete is no purchase")
    if payload.status_id in _UNDONE:
        undone = CancelledOrder(
            id=payload.id, source=source, customer=payload.customer_id, cancelled_at=payload.changed_at()
        )
        return (OrderUndone(undone),)
    order = Order(
        id=payload.id,
        source=source,
        customer=payload.customer_id,
        cart_token=payload.cart_id,
        currency=payload.default_currency_code or payload.currency_code,
        total=payload.total_inc_tax,
        placed_at=payload.date_created,
        updated_at=payload.date_modified,
    )
    placed = OrderPlaced(order, email=payload.billing_address.email if payload.customer_id is None else None)
    if not payload.refunded_amount:
        return (placed,)
    refund = Refund(  # all that was paid back for it so far, as one that grows
        id=f"order-{payload.id}",
        source=source,
        order=payload.id,
        amount=payload.refunded_amount,
        currency=order.currency,
        refunded_at=payload.changed_at(),
    )
    return placed, OrderRefund(refund)


PLATFORM = Platform(
    verify, open_envelope, read, frozenset({"webhook-id", "webhook-timestamp"}), standard.PROOF, unreadable_status=202
)
