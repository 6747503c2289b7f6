"""Which file reads which platform: one line each."""

from collections.abc import Mapping

from nearcart_contract.store_file import Source
from nearcart_gateway.core.changes import SetAside
from nearcart_gateway.core.hooks import bigcommerce, shopify, standard, woocommerce
from nearcart_gateway.core.hooks.event import HookEvent, News
from nearcart_gateway.core.hooks.platform import Envelope, Payload, Platform

PLATFORMS: dict[str, Platform] = {
    "standard": standard.PLATFORM,
    "shopify": shopify.PLATFORM,
    "woocommerce": woocommerce.PLATFORM,
    "bigcommerce": bigcommerce.PLATFORM,
}

SHOWN_HEADERS = frozenset({"content-type", "user-agent"}).union(*(platform.shown for platform in PLATFORMS.values()))
"""Headers of a webhook that hold no secret."""


def read_hook(source: Source, source_name: str, headers: Mapping[str, str], body: bytes, now: float) -> HookEvent:
    """Verify a webhook on its raw body and read what it says of carts and orders. ``now`` is Unix seconds.

    Raises ``BadSignatureError`` (401), ``UnreadableError`` (422, to be set aside) or ``IgnoredError`` (200).
    """
    verify_hook(source, headers, body, now)
    return read_verified(source, source_name, headers, body)


def verify_hook(source: Source, headers: Mapping[str, str], body: bytes, now: float) -> None:
    """Raises ``BadSignatureError`` unless this source's secret, or its previous one, signed it."""
    PLATFORMS[source.platform].verify(source.secrets(), _lowered(headers), body, now)


def read_verified(source: Source, source_name: str, headers: Mapping[str, str], body: bytes) -> HookEvent:
    """What a webhook says that was verified before. Raises ``UnreadableError`` or ``IgnoredError``."""
    envelope = PLATFORMS[source.platform].open(_lowered(headers), body)
    return HookEvent(envelope.id, read_payload(source, Payload(source_name, envelope.kind, body)))


def read_payload(source: Source, payload: Payload) -> tuple[News, ...]:
    """What a document of this source says, however it came; the contract's own events may come of any source.

    Raises ``UnreadableError`` or ``IgnoredError``."""
    platform = PLATFORMS["standard"] if payload.kind == standard.EVENT else PLATFORMS[source.platform]
    return platform.read(payload)


def open_kept(source: Source, kept: SetAside) -> Envelope:
    """The envelope of a payload that was set aside. Raises ``UnreadableError`` or ``IgnoredError``."""
    if kept.kind is not None and kept.key is not None:
        return Envelope(kept.key, kept.kind)
    return PLATFORMS[source.platform].open(kept.headers, kept.body)


def kept_headers(platform: str, headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that somebody else needs to verify and read a webhook later. They hold its signature."""
    names = PLATFORMS[platform].shown | PLATFORMS[platform].proof
    return {name: value for name, value in _lowered(headers).items() if name in names}


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of a webhook that may be kept and shown."""
    return {name: value for name, value in _lowered(headers).items() if name in SHOWN_HEADERS}


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
