"""Standard Webhooks (https://www.standardwebhooks.com, specification 1.0.0): any shop that sends the contract's events."""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import TypeAdapter, ValidationError
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from nearcart_contract.cart import CartUpdated, GenericEvent, OrderCreated
from nearcart_contract.store_file import StandardSource
from nearcart_gateway.core.hooks.event import (
    BadSignatureError,
    CartChange,
    Change,
    HookEvent,
    IgnoredError,
    OrderPlaced,
    unreadable,
)

TOLERANCE_S = 300.0
"""A signature older or newer than this is no proof any more."""

_TIMESTAMP = re.compile(r"[0-9]{1,11}")
_EVENT: TypeAdapter[CartUpdated | OrderCreated] = TypeAdapter(GenericEvent)


def read(source: StandardSource, name: str, headers: Mapping[str, str], body: bytes, now: float) -> HookEvent:
    """Verify and read one event; ``headers`` in lower case, ``now`` in Unix seconds.

    Raises ``BadSignatureError``, ``UnreadableError`` and ``IgnoredError``.
    """
    message_id = _verify(source.secret.get_secret_value(), headers, body, now)
    return HookEvent(message_id, (_change(body, name),))


def _verify(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> str:
    """The message's id, once its signature and its age are right.

    The library's own ``verify`` reads the clock; here the time is an argument, and the library makes the signature.
    """
    try:
        message_id, stamp = headers["webhook-id"], headers["webhook-timestamp"]
        signatures = headers["webhook-signature"].split()
    except KeyError as error:
        raise BadSignatureError(f"the header {error.args[0]} is missing") from None
    if not message_id or not _TIMESTAMP.fullmatch(stamp):
        raise BadSignatureError("webhook-id is empty, or webhook-timestamp is not in Unix seconds")
    if abs(now - int(stamp)) > TOLERANCE_S:
        raise BadSignatureError(f"signed {abs(now - int(stamp)):.0f} s from now, allowed are {TOLERANCE_S:.0f} s")
    expected = _sign(secret, message_id, int(stamp), body)
    if not any(_same(expected, signature) for signature in signatures):
        raise BadSignatureError("no signature (v1) matches the body and this source's secret")
    return message_id


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


def _change(body: bytes, name: str) -> Change:
    try:
        event = _EVENT.validate_json(body)
    except ValidationError as error:
        if error.errors(include_url=False)[0]["type"] == "union_tag_invalid":
            raise IgnoredError("events other than cart.updated and order.created are not read") from None
        raise unreadable(error) from None
    if isinstance(event, CartUpdated):
        return CartChange(event.data.model_copy(update={"source": name}))
    return OrderPlaced(event.data.model_copy(update={"source": name}))
