"""Which addresses pushes may go to. Browsers name them, so without a list anybody could send the gateway anywhere."""

import re
from collections.abc import Iterable

_ENDPOINT = re.compile(r"(https?://[a-z0-9.-]+(?::\d{1,5})?)/[A-Za-z0-9._~:/?=&%+-]*")
"""Stricter than a URL may be, so that nothing reads another host out of it than this does."""


def push_origin(endpoint: str, services: Iterable[str]) -> str | None:
    """The origin of a subscription's endpoint (``https://host:port``, RFC 6454), when one of ``services`` allows it.

    A service is an origin, or ``https://*.host`` for every host below it.
    """
    found = _ENDPOINT.fullmatch(endpoint)
    if found is None:
        return None
    return found[1] if any(_allows(service, found[1]) for service in services) else None


def _allows(service: str, origin: str) -> bool:
    scheme, wildcard, domain = service.partition("://*.")
    if not wildcard:
        return origin == service
    return origin.startswith(f"{scheme}://") and origin.endswith(f".{domain}")
