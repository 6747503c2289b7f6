"""Documents of a shop as events to take: what can't be read is set aside, what concerns no cart is passed over."""

import hashlib
from collections.abc import Iterable

from nearcart_contract.store_file import Source
from nearcart_gateway.core.changes import SetAside
from nearcart_gateway.core.hooks.event import HookEvent, IgnoredError, UnreadableError
from nearcart_gateway.core.hooks.platform import Payload
from nearcart_gateway.core.hooks.registry import read_payload


def read_documents(
    configured: Source, documents: Iterable[Payload], now: float
) -> tuple[list[HookEvent], list[SetAside]]:
    """A document has no id of its own: the same bytes are the same document."""
    events: list[HookEvent] = []
    aside: list[SetAside] = []
    for payload in documents:
        key = document_key(payload)
        try:
            events.append(HookEvent(key, read_payload(configured, payload)))
        except UnreadableError as error:
            aside.append(SetAside(payload.source, {}, payload.body, str(error), now, payload.kind, key))
        except IgnoredError:
            continue
    return events, aside


def document_key(payload: Payload) -> str:
    """What a repeat is known by."""
    return f"document:{hashlib.sha256(payload.kind.encode() + bytes(1) + payload.body).hexdigest()[:40]}"
