"""Shopify's webhooks (https://shopify.dev/docs/api/webhooks): carts, checkouts and orders.

A Shopify cart names neither its customer nor, often, a currency; the checkout made of it names both, and the cart by its token.
Unknown fields of a payload are ignored; personal data (names, addresses, e-mail) is never taken over.
"""

from decimal import Decimal

from pydantic import AwareDatetime, Field

from nearcart_contract.cart import CancelledOrder, Cart, CartItem, CartState, Currency, Order, Refund, UsedCoupon
from nearcart_contract.names import Message
from nearcart_gateway.core.hooks.event import (
    CartChange,
    CartLink,
    CustomerNamed,
    IgnoredError,
    News,
    OrderPlaced,
    OrderRefund,
    OrderUndone,
    UnreadableError,
)
from nearcart_gateway.core.hooks.exact_json import read_exact
from nearcart_gateway.core.hooks.fields import Email, Id, OptionalId, Price, Sku, Words
from nearcart_gateway.core.hooks.platform import Envelope, Headers, Payload, Platform, verify_body_hmac


class _Amount(Message):
    currency_code: Currency | None = None


class _PriceSet(Message):
    """The currency that the line's prices are in, in those carts that say it."""

    shop_money: _Amount | None = None


class _Line(Message):
    """Shopify writes several prices: ``price`` of one before discounts, in a cart ``discounted_price`` of one after them, and
    ``line_price`` of all of them together; in an order ``total_discount`` of the line. She is offered something on what she
    would pay, so discounted prices are taken where they stand."""

    sku: Sku = None
    product_id: OptionalId = None
    variant_id: OptionalId = None
    title: Words = None
    vendor: Words = None
    quantity: int = Field(ge=0, le=100_000)
    price: Price = Decimal(0)
    discounted_price: Price | None = None
    line_price: Price | None = None
    total_discount: Price = Decimal(0)
    price_set: _PriceSet | None = None

    def total(self) -> Decimal:
        """The line as it would be paid: exact, where a discounted price of one may be rounded."""
        if self.line_price is not None:
            return self.line_price
        if self.discounted_price is not None:
            return self.discounted_price * self.quantity
        return max(self.price * self.quantity - self.total_discount, Decimal(0))

    def item(self) -> CartItem:
        return CartItem(
            sku=self.sku,
            product=self.product_id or self.variant_id,
            title=self.title,
            brand=self.vendor,
            quantity=self.quantity,
            unit_price=self.price if self.discounted_price is None else self.discounted_price,
        )


class _Customer(Message):
    id: OptionalId = None
    email: Email = None


class _Body(Message):
    line_items: tuple[_Line, ...] = Field(default=(), max_length=1000)

    def items(self) -> tuple[CartItem, ...]:
        return tuple(line.item() for line in self.line_items if line.quantity)

    def total(self) -> Decimal:
        return sum((line.total() for line in self.line_items), Decimal(0))

    def currency_of_lines(self) -> str | None:
        said = {
            line.price_set.shop_money.currency_code
            for line in self.line_items
            if line.price_set and line.price_set.shop_money
        }
        return said.pop() if len(said) == 1 else None


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
    email: Email = None
    subtotal_price: Price | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime
    completed_at: AwareDatetime | None = None


class _DiscountCode(Message):
    code: OptionalId = None
    amount: Price | None = None


class _Transaction(Message):
    kind: str = Field(default="", max_length=40)
    status: str = Field(default="", max_length=40)
    amount: Price = Decimal(0)
    currency: Currency | None = None


class _Refund(Message):
    """What was paid back is the sum of its transactions; a refund of a line alone may have none."""

    id: Id
    order_id: Id
    created_at: AwareDatetime
    processed_at: AwareDatetime | None = None
    transactions: tuple[_Transaction, ...] = Field(default=(), max_length=200)

    def paid_back(self) -> tuple[_Transaction, ...]:
        return tuple(paid for paid in self.transactions if paid.kind == "refund" and paid.status == "success")


class _Order(_Body):
    id: Id
    cart_token: OptionalId = None
    currency: Currency | None = None
    customer: _Customer | None = None
    email: Email = None
    total_price: Price
    discount_codes: tuple[_DiscountCode, ...] = Field(default=(), max_length=50)
    created_at: AwareDatetime
    updated_at: AwareDatetime | None = None
    cancelled_at: AwareDatetime | None = None
    refunds: tuple[_Refund, ...] = Field(default=(), max_length=200)

    def coupons(self) -> tuple[UsedCoupon, ...]:
        return tuple(UsedCoupon(code=used.code, amount=used.amount) for used in self.discount_codes if used.code)


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


def read(payload: Payload) -> tuple[News, ...]:
    """Read one document of a topic. Raises ``UnreadableError`` and ``IgnoredError``."""
    if payload.kind not in _READERS:
        raise IgnoredError(f"topics other than {', '.join(_READERS)} are not read")
    return _READERS[payload.kind](payload.body, payload.source)


def _cart(body: bytes, source: str) -> tuple[News, ...]:
    payload = read_exact(_Cart, body)
    items = payload.items()
    cart = Cart(
        id=payload.token or payload.id,
        source=source,
        token=payload.token or payload.id,
        currency=payload.currency_of_lines(),
        items=items,
        value=payload.total(),
        state="open" if items else "empty",
        created_at=payload.created_at,
        updated_at=payload.updated_at,
    )
    return (CartChange(cart),)


def _checkout(body: bytes, source: str) -> tuple[News, ...]:
    payload = read_exact(_Checkout, body)
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
    news: list[News] = [CartChange(cart, _guest(payload)), *_named(payload, source)]
    if payload.cart_token is not None and customer is not None:
        news.append(CartLink(source, payload.cart_token, customer, payload.updated_at.timestamp()))
    return tuple(news)


def _guest(payload: _Checkout | _Order) -> str | None:
    """The address of somebody without an account."""
    return None if payload.customer and payload.customer.id else payload.email


def _named(payload: _Checkout | _Order, source: str) -> tuple[News, ...]:
    """The address of an account."""
    customer = payload.customer
    if customer is None or customer.id is None or customer.email is None:
        return ()
    return (CustomerNamed(source, customer.id, customer.email),)


def _order(body: bytes, source: str) -> tuple[News, ...]:
    payload = read_exact(_Order, body)
    customer = payload.customer.id if payload.customer else None
    order = Order(
        id=payload.id,
        source=source,
        customer=customer,
        cart_token=payload.cart_token,
        currency=payload.currency,
        total=payload.total_price,
        items=payload.items(),
        coupons=payload.coupons(),
        placed_at=payload.created_at,
        updated_at=payload.updated_at,
    )
    news: list[News] = [OrderPlaced(order, email=_guest(payload)), *_named(payload, source)]
    if payload.cancelled_at is not None:
        cancelled = CancelledOrder(
            id=payload.id, source=source, customer=customer, cancelled_at=max(payload.cancelled_at, order.changed_at)
        )
        news.append(OrderUndone(cancelled))
    if payload.cart_token is not None and customer is not None:
        news.append(CartLink(source, payload.cart_token, customer, payload.created_at.timestamp()))
    return *news, *(_paid_back(refund, source) for refund in payload.refunds)


def _refund(body: bytes, source: str) -> tuple[News, ...]:
    return (_paid_back(read_exact(_Refund, body), source),)


def _paid_back(payload: _Refund, source: str) -> OrderRefund:
    """As its own webhook tells it, and again within its order: one refund by its id."""
    paid = payload.paid_back()
    refund = Refund(
        id=payload.id,
        source=source,
        order=payload.order_id,
        amount=sum((part.amount for part in paid), Decimal(0)),
        currency=paid[0].currency if paid else None,
        refunded_at=payload.processed_at or payload.created_at,
    )
    return OrderRefund(refund)


_READERS = {
    "carts/create": _cart,
    "carts/update": _cart,
    "checkouts/create": _checkout,
    "checkouts/update": _checkout,
    "orders/create": _order,
    "orders/updated": _order,
    "orders/cancelled": _order,
    "refunds/create": _refund,
}

TOPICS = tuple(_READERS)

PLATFORM = Platform(
    verify,
    open_envelope,
    read,
    frozenset({"x-shopify-topic", "x-shopify-event-id", "x-shopify-webhook-id", "webhook-id"}),
    frozenset({"x-shopify-hmac-sha256"}),
    unreadable_status=202,
)
