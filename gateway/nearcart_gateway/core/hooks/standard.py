"""Standard Webhooks (https://www.standardwebhooks.com, specification 1.0.0): any shop that sends the contract's events."""

import base64
import binascii
import hmac
import re
from datetime import UTC, datetime

from pydantic import TypeAdapter, ValidationError
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from nearcart_contract.cart import (
    Cart,
    CartUpdated,
    GenericEvent,
    Order,
    OrderCancelled,
    OrderCreated,
    OrderRefunded,
    ShopEvent,
)
from nearcart_gateway.core.hooks.event import (
    BadSignatureError,
    CartChange,
    Change,
    CustomerNamed,
    IgnoredError,
    News,
    OrderPlaced,
    OrderRefund,
    OrderUndone,
    unreadable,
)
from nearcart_gateway.core.hooks.platform import Envelope, Headers, Payload, Platform

TOLERANCE_S = 300.0
"""A signature older or newer than this is no proof any more."""

EVENT = "event"
"""The one kind of payload there is: which event it is stands in the body."""

PROOF = frozenset({"webhook-id", "webhook-timestamp", "webhook-signature"})

_TIMESTAMP = re.compile(r"[0-9]{1,11}")
_EVENT: TypeAdapter[ShopEvent] = TypeAdapter(GenericEvent)


def verify(secrets: tuple[str, ...], headers: Headers, body: bytes, now: float) -> None:
    """Signature and age. The library's own ``verify`` reads the clock; here the time is an argument, and it makes the signature.

    Raises ``BadSignatureError``.
    """
    message_id, stamp, signatures = _signed(headers)
    if abs(now - stamp) > TOLERANCE_S:
        raise BadSignatureError(f"signed {abs(now - stamp):.0f} s from now, allowed are {TOLERANCE_S:.0f} s")
    expected = _expected(secrets, message_id, stamp, body)
    if not any(_same(ours, theirs) for ours in expected for theirs in signatures):
        raise BadSignatureError("no signature (v1) matches the body and this source's secret")


def _expected(secrets: tuple[str, ...], message_id: str, stamp: int, body: bytes) -> list[bytes]:
    """The signature that each secret makes. One that is no secret at all does not stand in the way of the other."""
    made, problem = [], None
    for secret in secrets:
        try:
            made.append(_sign(secret, message_id, stamp, body))
        except BadSignatureError as error:
            problem = error
    if not made and problem is not None:
        raise problem
    return made


def _signed(headers: Headers) -> tuple[str, int, list[str]]:
    """Id, Unix seconds and signatures of a message."""
    try:
        message_id, stamp = headers["webhook-id"], headers["webhook-timestamp"]
        signatures = headers["webhook-signature"].split()
    except KeyError as error:
        raise BadSignatureError(f"the header {error.args[0]} is missing") from None
    if not message_id or not _TIMESTAMP.fullmatch(stamp):
        raise BadSignatureError("webhook-id is empty, or webhook-timestamp is not in Unix seconds")
    return message_id, int(stamp), signatures


def _sign(secret: str, message_id: str, stamp: int, body: bytes) -> bytes:
    try:
        text = Webhook(secret).sign(message_id, datetime.fromtimestamp(stamp, UTC), body.decode())
    except UnicodeDecodeError:
        raise BadSignatureError("the body is not UTF-8") from None
    except (ValueError, EmptyWebhookSecretError):
        raise BadSignatureError("this source's secret is not one of Standard Webhooks (whsec_ and base64)") from None
    return base64.b64decode(text.partition(",")[2])


def _same(expected: bytes, signature: str) -> bool:
    version, _, value = signature.partition(",")
    try:
        return version == "v1" and hmac.compare_digest(expected, base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        return False


def open_envelope(headers: Headers, _body: bytes) -> Envelope:
    """The kind stands in the body."""
    return Envelope(headers.get("webhook-id", ""), EVENT)


def read(payload: Payload) -> tuple[News, ...]:
    """Read one event. Raises ``UnreadableError`` and ``IgnoredError``."""
    try:
        event = _EVENT.validate_json(payload.body)
    except ValidationError as error:
        if error.errors(include_url=False)[0]["type"] == "union_tag_invalid":
            raise IgnoredError(
                "events other than cart.updated, order.created, order.cancelled and order.refunded are not read"
            ) from None
        raise unreadable(error) from None
    return (change_of(event, payload.source), *_named(event, payload.source))


def _named(event: ShopEvent, source: str) -> tuple[News, ...]:
    """A customer's address."""
    if not isinstance(event, CartUpdated | OrderCreated) or event.data.email is None or event.data.customer is None:
        return ()
    return (CustomerNamed(source, event.data.customer, event.data.email),)


def change_of(event: ShopEvent, source: str) -> Change:
    """What an event of the contract says, heard of this source."""
    ours = {"source": source}
    guest = event.data.email if isinstance(event, CartUpdated | OrderCreated) and event.data.customer is None else None
    match event:
        case CartUpdated():
            return CartChange(Cart.model_validate({**event.data.model_dump(exclude={"email"}), **ours}), guest)
        case OrderCreated():
            return OrderPlaced(Order.model_validate({**event.data.model_dump(exclude={"email"}), **ours}), email=guest)
        case OrderCancelled():
            return OrderUndone(event.data.model_copy(update=ours))
        case OrderRefunded():
            return OrderRefund(event.data.model_copy(update=ours))


PLATFORM = Platform(verify, open_envelope, read, frozenset({"webhook-id", "webhook-timestamp"}), PROOF)
