"""What a shop platform's file offers: proof of who sent a payload, its name and kind, and what it says, each for itself.

Verifying needs a secret, headers and the time; reading needs a payload alone. So the same reader serves a webhook, a poll, an
import, the relay, and a payload that was set aside and is tried again.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nearcart_gateway.core.hooks.event import BadSignatureError, News

Headers = Mapping[str, str]
"""Names in lower case."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is written on the outside: the sender's own id, the same on every retry, and what kind of payload is within."""

    id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Payload:
    """One document of a shop, however it came. ``source`` is its name in store.yaml."""

    source: str
    kind: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform's three answers.

    ``verify(secrets, headers, body, now)`` raises ``BadSignatureError`` unless one of the secrets signed the raw body (``now``
    is Unix seconds, for platforms that sign the time), and ``IgnoredError`` for what needs no signature as it says nothing. ``open(headers, body)`` raises ``IgnoredError`` for kinds that concern
    no cart and ``UnreadableError`` where there is no id. ``read(payload)`` raises ``IgnoredError`` or ``UnreadableError``.
    ``shown`` are the headers that hold no secret and that ``open`` needs: they are kept with a payload that is set aside.
    ``proof`` are those that ``verify`` looks at.
    ``unreadable_status`` answers what was set aside: 202 where a platform switches a webhook off that answers anything else.
    """

    verify: Callable[[tuple[str, ...], Headers, bytes, float], None]
    open: Callable[[Headers, bytes], Envelope]
    read: Callable[[Payload], tuple[News, ...]]
    shown: frozenset[str]
    proof: frozenset[str]
    unreadable_status: int = 422


def verify_body_hmac(secrets: tuple[str, ...], header: str, given: str | None, body: bytes) -> None:
    """HMAC-SHA256 of the raw body in base64, as several platforms sign. Raises ``BadSignatureError``, naming ``header``."""
    if not given:
        raise BadSignatureError(f"the header {header} is missing")
    try:
        signature = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        raise BadSignatureError(f"the header {header} is not base64") from None
    if not any(hmac.compare_digest(_hmac(secret, body), signature) for secret in secrets if secret):
        raise BadSignatureError(f"{header} does not match the body and this source's secret")


def _hmac(secret: str, body: bytes) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()
