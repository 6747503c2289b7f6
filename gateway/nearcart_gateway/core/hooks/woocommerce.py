"""WooCommerce (https://woocommerce.github.io/woocommerce-rest-api-docs): orders, and carts of its Store API, customers.

Its REST API writes each time twice, in the shop's own zone and as GMT: only GMT is read. Order totals are text, the price of a
line a number. Carts are in no webhook: a snippet in the shop tells whose session began (docs/carts.md), and the cart is fetched.
"""

import hashlib
import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from nearcart_contract.cart import CancelledOrder, Cart, CartItem, Currency, Order, Refund, UsedCoupon
from nearcart_contract.names import Message
from nearcart_gateway.core.hooks.event import (
    CartChange,
    CustomerNamed,
    Fetch,
    IgnoredError,
    News,
    OrderPlaced,
    OrderRefund,
    OrderUndone,
    UnreadableError,
)
from nearcart_gateway.core.hooks.exact_json import read_exact
from nearcart_gateway.core.hooks.fields import CustomerId, Email, GmtTime, Id, OptionalId, Price, Sku, Words, fine, gmt
from nearcart_gateway.core.hooks.platform import Envelope, Headers, Payload, Platform, verify_body_hmac

STORE_CART = "store-cart"
"""A cart of the Store API, in the envelope that ``store_cart`` makes around it."""

SESSION = "action.nearcart_cart_session"

_PING = re.compile(rb"webhook_id=[0-9]{1,20}")
_BOUGHT = ("processing", "on-hold", "completed", "refunded")
_CANCELLED = "cancelled"


class _Line(Message):
    sku: Sku = None
    product_id: OptionalId = None
    name: Words = None
    quantity: int = Field(ge=0, le=100_000)
    price: Price = Decimal(0)

    def item(self) -> CartItem:
        return CartItem(
            sku=self.sku,
            product=self.product_id,
            title=self.name,
            quantity=self.quantity,
            unit_price=self.price,
        )


class _CouponLine(Message):
    code: OptionalId = None
    discount: Price | None = None
    discount_tax: Price = Decimal(0)


class _RefundLine(Message):
    """``total`` is below nought."""

    id: Id
    total: Annotated[Decimal, Field(gt=-(10**12), lt=10**12, allow_inf_nan=False), AfterValidator(fine)]


class _Billing(Message):
    email: Email = None


class _Order(Message):
    id: Id
    status: str = Field(max_length=40)
    currency: Currency | None = None
    customer_id: CustomerId = None
    billing: _Billing = _Billing()
    total: Price
    date_created_gmt: GmtTime
    date_modified_gmt: Annotated[AwareDatetime | None, BeforeValidator(gmt)] = None
    coupon_lines: tuple[_CouponLine, ...] = Field(default=(), max_length=50)
    refunds: tuple[_RefundLine, ...] = Field(default=(), max_length=200)
    line_items: tuple[_Line, ...] = Field(default=(), max_length=1000)

    def changed_at(self) -> datetime:
        return self.date_modified_gmt or self.date_created_gmt

    def coupons(self) -> tuple[UsedCoupon, ...]:
        """What a code took off, with the tax on it: as she sees it."""
        return tuple(
            UsedCoupon(code=line.code, amount=None if line.discount is None else line.discount + line.discount_tax)
            for line in self.coupon_lines
            if line.code
        )


class _Customer(Message):
    id: CustomerId = None
    email: str = Field(default="", max_length=320)


class _Session(Message):
    cart_token: str = Field(min_length=1, max_length=4000)
    customer_id: CustomerId = None


class _SessionBegan(Message):
    arg: _Session


class _Money(Message):
    """Amounts are text in minor units, as many of which as ``currency_minor_unit`` says make a major one: 10 to its power."""

    currency_code: Currency
    currency_minor_unit: int = Field(ge=0, le=6)

    def major(self, minor: Decimal) -> Decimal:
        return minor.scaleb(-self.currency_minor_unit)


class _Prices(_Money):
    price: Price


class _CartTotals(_Money):
    total_items: Price
    total_items_tax: Price = Decimal(0)
    total_discount: Price = Decimal(0)
    total_discount_tax: Price = Decimal(0)

    def value(self) -> Decimal:
        """What the things in it cost with tax, less the coupons; no shipping."""
        whole = self.total_items + self.total_items_tax - self.total_discount - self.total_discount_tax
        return self.major(max(whole, Decimal(0)))


class _CartLine(Message):
    id: OptionalId = None
    sku: Sku = None
    name: Words = None
    quantity: int = Field(ge=0, le=100_000)
    prices: _Prices

    def item(self) -> CartItem:
        return CartItem(
            sku=self.sku,
            product=self.id,
            title=self.name,
            quantity=self.quantity,
            unit_price=fine(self.prices.major(self.prices.price)),
        )


class _StoreCart(Message):
    items: tuple[_CartLine, ...] = Field(default=(), max_length=1000)
    totals: _CartTotals


class _FetchedCart(Message):
    customer: Id
    fetched_at: AwareDatetime
    cart: _StoreCart


def verify(secrets: tuple[str, ...], headers: Headers, body: bytes, _now: float) -> None:
    """WooCommerce signs no time. The ping it sends when a webhook is saved is not signed, and says nothing.

    Raises ``BadSignatureError``, and ``IgnoredError`` for the ping.
    """
    signature = headers.get("x-wc-webhook-signature")
    if signature is None and _PING.fullmatch(body):
        raise IgnoredError("a ping")
    verify_body_hmac(secrets, "X-WC-Webhook-Signature", signature, body)


def open_envelope(headers: Headers, body: bytes) -> Envelope:
    """Topic and delivery id stand in the headers. WooCommerce makes the id of the webhook and the second: two deliveries of one
    second share it, so that a repeat has the same bytes too. Raises ``IgnoredError`` and ``UnreadableError``."""
    topic = headers.get("x-wc-webhook-topic", "")
    if topic not in _READERS:
        raise _not_read()
    delivery = headers.get("x-wc-webhook-delivery-id")
    if not delivery:
        raise UnreadableError("X-WC-Webhook-Delivery-ID is not there to know a repeat by")
    return Envelope(f"{delivery}:{topic}:{hashlib.sha256(body).hexdigest()[:16]}", topic)


def read(payload: Payload) -> tuple[News, ...]:
    """Read one document of a topic. Raises ``UnreadableError`` and ``IgnoredError``."""
    if payload.kind not in _READERS:
        raise _not_read()
    return _READERS[payload.kind](payload.body, payload.source)


def store_cart(customer: str, fetched_at: str, body: bytes) -> bytes:
    """A fetched cart with whose it is and when it was so (ISO 8601), none of which the Store API says."""
    if not customer.isalnum():
        raise ValueError("a customer's id is made of letters and digits")
    return b'{"customer": "%s", "fetched_at": "%s", "cart": %s}' % (customer.encode(), fetched_at.encode(), body)


def _not_read() -> IgnoredError:
    return IgnoredError(f"topics other than {', '.join(_READERS)} are not read")


def _order(body: bytes, source: str) -> tuple[News, ...]:
    payload = read_exact(_Order, body)
    if payload.status == _CANCELLED:
        undone = CancelledOrder(
            id=payload.id, source=source, customer=payload.customer_id, cancelled_at=payload.changed_at()
        )
        return (OrderUndone(undone),)
    if payload.status not in _BOUGHT:
        raise IgnoredError(f"an order whose status is none of {', '.join(_BOUGHT)} is no purchase")
    order = Order(
        id=payload.id,
        source=source,
        customer=payload.customer_id,
        currency=payload.currency,
        total=payload.total,
        items=tuple(line.item() for line in payload.line_items if line.quantity),
        coupons=payload.coupons(),
        placed_at=payload.date_created_gmt,
        updated_at=payload.date_modified_gmt,
    )
    guest = payload.billing.email if payload.customer_id is None else None
    return OrderPlaced(order, email=guest), *(_refunded(payload, line, source) for line in payload.refunds)


def _refunded(order: _Order, line: _RefundLine, source: str) -> OrderRefund:
    """WooCommerce says within the order what was paid back, and not when: the order's last change is the latest it can be."""
    refund = Refund(
        id=line.id,
        source=source,
        order=order.id,
        amount=abs(line.total),
        currency=order.currency,
        refunded_at=order.changed_at(),
    )
    return OrderRefund(refund)


def _customer(body: bytes, source: str) -> tuple[News, ...]:
    payload = read_exact(_Customer, body)
    if payload.id is None or "@" not in payload.email:
        raise IgnoredError("a customer without an e-mail address can't be recognised")
    return (CustomerNamed(source, payload.id, payload.email),)


def _session(body: bytes, source: str) -> tuple[News, ...]:
    session = read_exact(_SessionBegan, body).arg
    if session.customer_id is None:
        raise IgnoredError("a guest's cart is nobody's here")
    if not session.customer_id.isalnum():
        raise UnreadableError("arg.customer_id: not made of letters and digits")
    return (Fetch(source, STORE_CART, session.customer_id, credential=session.cart_token),)


def _store_cart(body: bytes, source: str) -> tuple[News, ...]:
    payload = read_exact(_FetchedCart, body)
    items = tuple(line.item() for line in payload.cart.items if line.quantity)
    cart = Cart(
        id=f"customer-{payload.customer}",
        source=source,
        customer=payload.customer,
        currency=payload.cart.totals.currency_code,
        items=items,
        value=payload.cart.totals.value(),
        state="open" if items else "empty",
        updated_at=payload.fetched_at,
    )
    return (CartChange(cart),)


_READERS = {
    "order.created": _order,
    "order.updated": _order,
    "customer.created": _customer,
    "customer.updated": _customer,
    SESSION: _session,
    STORE_CART: _store_cart,
}

TOPICS = tuple(_READERS)

PLATFORM = Platform(
    verify,
    open_envelope,
    read,
    frozenset({"x-wc-webhook-topic", "x-wc-webhook-delivery-id", "x-wc-webhook-id", "x-wc-webhook-source"}),
    frozenset({"x-wc-webhook-signature"}),
    unreadable_status=202,
)
