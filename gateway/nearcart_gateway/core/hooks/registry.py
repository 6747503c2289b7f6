"""Which file reads which platform's webhooks."""

from collections.abc import Callable, Mapping
from typing import Any

from nearcart_contract.store_file import Source
from nearcart_gateway.core.hooks import shopify, standard
from nearcart_gateway.core.hooks.event import HookEvent

_PLATFORMS: dict[str, Callable[[Any, str, Mapping[str, str], bytes, float], HookEvent]] = {
    "standard": standard.read,
    "shopify": shopify.read,
}


def read_hook(source: Source, source_name: str, headers: Mapping[str, str], body: bytes, now: float) -> HookEvent:
    """Verify a webhook on its raw body and read what it says of carts and orders. ``now`` is Unix seconds.

    Raises ``BadSignatureError`` (401), ``UnreadableError`` (422, to be set aside) or ``IgnoredError`` (200).
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    return _PLATFORMS[source.platform](source, source_name, lowered, body, now)
