"""What is pushed, and where to."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_contract.channel_file import PUSH_SERVICES
from nearcart_contract.offer_message import OfferMessage
from nearcart_gateway.core.push_message import offer_name, push_message
from nearcart_gateway.core.push_services import push_origin

MOST = 3993
"""Bytes of a message before it is encrypted (RFC 8291, section 4)."""


def an_offer(text: str = "Ten % off.", key: str = "shop/anna/1") -> OfferMessage:
    at = datetime(2026, 11, 1, 10, tzinfo=UTC)
    return OfferMessage(
        key=key, store="shop", offer="hello", visitor="anna", text=text, decided_at=at, expires_at=at.replace(minute=10)
    )


def test_a_name_is_the_same_for_the_same_key_and_names_nobody() -> None:
    assert offer_name("shop/anna/1") == offer_name("shop/anna/1") != offer_name("shop/anna/2")
    assert len(offer_name("shop/anna/1")) == 32
    assert "anna" not in offer_name("shop/anna/1")


def test_the_message_says_what_is_shown_and_not_who_she_is() -> None:
    message = push_message(an_offer(), "Corner shop")
    assert json.loads(message) == {
        "name": offer_name("shop/anna/1"),
        "title": "Corner shop",
        "text": "Ten % off.",
        "language": "en",
        "expires_at": datetime(2026, 11, 1, 10, 10, tzinfo=UTC).timestamp(),
        "over": "An offer was here for you; it is over now.",
        "over_language": "en",
    }
    german = push_message(an_offer().model_copy(update={"language": "de-AT"}), "Corner shop")
    assert json.loads(german)["over"] == "Hier war ein Angebot für Sie; es ist inzwischen vorbei."
    assert b"anna" not in message


@given(st.text(max_size=2000), st.text(min_size=1, max_size=120))
def test_every_message_fits_and_loses_no_text_that_fits(text: str, store: str) -> None:
    text, store = (word.encode("utf-8", "replace").decode() for word in (text, store))
    message = push_message(an_offer(text), store)
    assert len(message) <= MOST
    shown = json.loads(message)["text"]
    assert shown == text or (shown.endswith("…") and text.startswith(shown.rstrip("…")))
    assert shown == text or len(json.dumps(text, ensure_ascii=False).encode()) > 3000


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc:DEF-_", "https://fcm.googleapis.com"),
        ("https://updates.push.services.mozilla.com/wpush/v2/gA", "https://updates.push.services.mozilla.com"),
        ("https://web.push.apple.com/QGu", "https://web.push.apple.com"),
        ("https://wns2-par02p.notify.windows.com/w/?token=BQYAA%2b", "https://wns2-par02p.notify.windows.com"),
    ],
)
def test_the_browsers_push_services_are_allowed(endpoint: str, origin: str) -> None:
    assert push_origin(endpoint, PUSH_SERVICES) == origin


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://fcm.googleapis.com@evil.example/x",
        "https://fcm.googleapis.com:8443/x",
        "https://evil.example\\@fcm.googleapis.com/x",
        "https://evilpush.apple.com/x",
        "https://push.apple.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://web.push.apple.com/x\r\nHost: evil",
        "https://fcm.googleapis.com",
        "file:///etc/passwd",
        "",
    ],
)
def test_nothing_else_is(endpoint: str) -> None:
    assert push_origin(endpoint, PUSH_SERVICES) is None


def test_a_service_of_the_stores_own_is_allowed_by_its_port() -> None:
    assert push_origin("http://127.0.0.1:9000/push/1", ("http://127.0.0.1:9000",)) == "http://127.0.0.1:9000"
    assert push_origin("http://127.0.0.1:9001/push/1", ("http://127.0.0.1:9000",)) is None
