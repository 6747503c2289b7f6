"""What a pushed offer says, and the name it goes by. Push services see neither: the message is encrypted for her browser."""

import base64
import hashlib
import json
from datetime import UTC, datetime

from nearcart_contract.offer_message import OfferMessage
from nearcart_gateway.core.page_words.registry import words_for

LONGEST_TEXT_BYTES = 3000
"""A push service must take 4,096 bytes of an encrypted message (RFC 8030, section 7.2), so 3,993 before (RFC 8291, section 4)."""

_NAME_BYTES = 24


def offer_name(key: str) -> str:
    """An offer's name outside the store, 32 characters that are safe in URLs: the same for the same key, and it names nobody.

    As a push message's topic (RFC 8030, section 5.4) it lets a repeat take the place of the message before.
    """
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()[:_NAME_BYTES]).decode()


def push_message(offer: OfferMessage, store_name: str) -> bytes:
    """The JSON that the page's service worker shows as a notification."""
    words = words_for(offer.language)
    shown = {
        "name": offer_name(offer.key),
        "title": store_name,
        "text": _within(offer.text, LONGEST_TEXT_BYTES),
        "language": offer.language,
        "expires_at": offer.expires_at.timestamp(),
        "over": words.over,
        "over_language": words.language,
    }
    return json.dumps(shown, ensure_ascii=False).encode()


def over(offer: OfferMessage) -> OfferMessage:
    """An offer that was taken back, as one that expired long ago whatever her phone's clock says: her browser says that it is over."""
    return offer.model_copy(update={"text": "", "expires_at": datetime.fromtimestamp(0, UTC)})


def _within(text: str, most: int) -> str:
    """The text, shortened until it takes at most so many bytes as JSON."""
    shown = text
    while len(json.dumps(shown, ensure_ascii=False).encode()) > most:
        shown = f"{shown[: len(shown) * 9 // 10]}…"
    return shown
