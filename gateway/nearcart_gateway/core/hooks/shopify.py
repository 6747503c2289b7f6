"""Shopify's webhooks (https://shopify.dev/docs/api/webhooks): carts, checkouts and orders.

A Shopify cart names neither its customer nor a currency; the checkout made of it names both, and the cart by its token.
Unknown fields of a payload are ignored; personal data (names, addresses, e-mail) is never taken over.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field, ValidationError

from nearcart_contract.cart import Cart, CartItem, CartState, Currency, Order
from nearcart_contract.names import Message
from nearcart_gateway.core.hooks.event import (
    CartChange,
    CartLink,
    Change,
    IgnoredError,
    OrderPlaced,
    UnreadableError,
    unreadable,
)
from nearcart_gateway.core.hooks.platform import Envelope, Headers, Payload, Platform, verify_body_hmac


def _text(value: object) -> object:
    """Shopify's ids are numbers in one payload and text in the next."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _text_or_none(value: object) -> object:
    return _text(value) if value not in ("", None) else None


def _within(value: object, length: int) -> object:
    """A SKU cut short would be another SKU: one that is too long counts as none."""
    return None if isinstance(value, str) and len(value) > length else value


def _cut(value: object, length: int) -> object:
    return value[:length] if isinstance(value, str) else value


Id = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=200)]
OptionalId = Annotated[Annotated[str, Field(max_length=200)] | None, BeforeValidator(_text_or_none)]
Sku = Annotated[str | None, BeforeValidator(lambda value: _within(_text_or_none(value), 200))]
Words = Annotated[str | None, BeforeValidator(lambda value: _cut(_text_or_none(value), 200))]
Price = Annotated[Decimal, Field(ge=0, allow_inf_nan=False, max_digits=18, decimal_places=6)]


class _Line(Message):
    sku: Sku = None
    product_id: OptionalId = None
    variant_id: OptionalId = None
    title: Words = None
    vendor: Words = None
    quantity: int = Field(ge=0, le=100_000)
    price: Price = Decimal(0)

    def item(self) -> CartItem:
        return CartItem(
            sku=self.sku,
            product=self.product_id or self.variant_id,
            title=self.title,
            brand=self.vendor,
            quantity=self.quantity,
            unit_price=self.price,
        )


class _Customer(Message):
    id: OptionalId = None


class _Body(Message):
    line_items: tuple[_Line, ...] = Field(default=(), max_length=1000)

    def items(self) -> tuple[CartItem, ...]:
        return tuple(line.item() for line in self.line_items if line.quantity)


class _Cart(_Body):
    id: Id
    token: OptionalId = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime


class _Checkout(_Body):
    id: Id
    cart_token: OptionalId = None
    currency: Currency | None = None
    customer: _Customer | None = None
    subtotal_price: Price | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime
    completed_at: AwareDatetime | None = None


class _Order(_Body):
    id: Id
    cart_token: OptionalId = None
    currency: Currency | None = None
    customer: _Customer | None = None
    total_price: Price
    created_at: AwareDatetime


def verify(secrets: tuple[str, ...], headers: Headers, body: bytes, _now: float) -> None:
    """Shopify signs no time. Raises ``BadSignatureError``."""
    verify_body_hmac(secrets, "X-Shopify-Hmac-Sha256", headers.get("x-shopify-hmac-sha256"), body)


def open_envelope(headers: Headers, _body: bytes) -> Envelope:
    """Topic and event id stand in the headers. Raises ``IgnoredError`` and ``UnreadableError``."""
    topic = headers.get("x-shopify-topic", "")
    if topic not in _READERS:
        raise IgnoredError(f"topics other than {', '.join(_READERS)} are not read")
    event_id = headers.get("x-shopify-event-id") or headers.get("x-shopify-webhook-id") or headers.get("webhook-id")
    if not event_id:
        raise UnreadableError("neither X-Shopify-Event-Id nor X-Shopify-Webhook-Id is there to know a repeat by")
    return Envelope(f"{event_id}:{topic}", topic)


def read(payload: Payload) -> tuple[Change, ...]:
    """Read one document of a topic. Raises ``UnreadableError`` and ``IgnoredError``."""
    if payload.kind not in _READERS:
        raise IgnoredError(f"topics other than {', '.join(_READERS)} are not read")
    try:
        return _READERS[payload.kind](payload.body, payload.source)
    except ValidationError as error:
        raise unreadable(error) from None


def _cart(body: bytes, source: str) -> tuple[Change, ...]:
    payload = _Cart.model_validate_json(body)
    items = payload.items()
    cart = Cart(
        id=payload.token or payload.id,
        source=source,
        token=payload.token or payload.id,
        items=items,
        state="open" if items else "empty",
        created_at=payload.created_at,
        updated_at=payload.updated_at,
    )
    return (CartChange(cart),)


def _checkout(body: bytes, source: str) -> tuple[Change, ...]:
    payload = _Checkout.model_validate_json(body)
    items = payload.items()
    customer = payload.customer.id if payload.customer else None
    state: CartState = "ordered" if payload.completed_at else "open" if items else "empty"
    cart = Cart(
        id=payload.cart_token or f"checkout-{payload.id}",
        source=source,
        customer=customer,
        token=payload.cart_token,
        currency=payload.currency,
        items=items,
        value=payload.subtotal_price,
        state=state,
        created_at=payload.created_at,
        updated_at=payload.updated_at,
    )
    if payload.cart_token is None or customer is None:
        return (CartChange(cart),)
    return CartChange(cart), CartLink(source, payload.cart_token, customer, payload.updated_at.timestamp())


def _order(body: bytes, source: str) -> tuple[Change, ...]:
    payload = _Order.model_validate_json(body)
    customer = payload.customer.id if payload.customer else None
    order = Order(
        id=payload.id,
        source=source,
        customer=customer,
        cart_token=payload.cart_token,
        currency=payload.currency,
        total=payload.total_price,
        items=payload.items(),
        placed_at=payload.created_at,
    )
    if payload.cart_token is None or customer is None:
        return (OrderPlaced(order),)
    return OrderPlaced(order), CartLink(source, payload.cart_token, customer, payload.created_at.timestamp())


_READERS = {
    "carts/create": _cart,
    "carts/update": _cart,
    "checkouts/create": _checkout,
    "checkouts/update": _checkout,
    "orders/create": _order,
}

PLATFORM = Platform(
    verify,
    open_envelope,
    read,
    frozenset({"x-shopify-topic", "x-shopify-event-id", "x-shopify-webhook-id", "webhook-id"}),
)
