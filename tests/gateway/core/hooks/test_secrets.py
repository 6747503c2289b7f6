"""Secrets changed over without a gap: two are good for a while, and neither is ever shown."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter
from standardwebhooks import Webhook

from nearcart_contract.store_file import Source
from nearcart_gateway.core.hooks.event import BadSignatureError
from nearcart_gateway.core.hooks.registry import read_hook

NOW = 1_790_000_000.0
OLD = "whsec_" + base64.b64encode(b"the secret of last year, 32 byte").decode()
NEW = "whsec_" + base64.b64encode(b"the secret of this year, 32 byte").decode()
OTHER = "whsec_" + base64.b64encode(b"a secret that is none of ours!!!").decode()
SOURCES: TypeAdapter[Any] = TypeAdapter(Source)


def standard(secret: str) -> tuple[bytes, dict[str, str]]:
    data = {"id": "k1", "updated_at": "2026-09-30T10:00:00Z"}
    body = json.dumps({"type": "cart.updated", "timestamp": "2026-09-30T10:00:00Z", "data": data}).encode()
    at = datetime.fromtimestamp(NOW, UTC)
    signature = Webhook(secret).sign("msg_1", at, body.decode())
    return body, {"webhook-id": "msg_1", "webhook-timestamp": str(int(NOW)), "webhook-signature": signature}


def shopify(secret: str) -> tuple[bytes, dict[str, str]]:
    body = json.dumps({"id": "t1", "token": "t1", "updated_at": "2026-09-30T10:00:00Z"}).encode()
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return body, {
        "x-shopify-topic": "carts/update",
        "x-shopify-event-id": "e",
        "x-shopify-hmac-sha256": signature,
    }


SIGNERS = {"standard": standard, "shopify": shopify}


@pytest.mark.parametrize("platform", SIGNERS)
def test_while_two_are_named_both_are_good(platform: str) -> None:
    source = SOURCES.validate_python({"platform": platform, "secret": NEW, "previous_secret": OLD})
    for secret in (NEW, OLD):
        body, headers = SIGNERS[platform](secret)
        assert read_hook(source, "web", headers, body, NOW).changes
    body, headers = SIGNERS[platform](OTHER)
    with pytest.raises(BadSignatureError):
        read_hook(source, "web", headers, body, NOW)


@pytest.mark.parametrize("platform", SIGNERS)
def test_once_the_old_one_is_taken_out_it_opens_nothing(platform: str) -> None:
    source = SOURCES.validate_python({"platform": platform, "secret": NEW})
    body, headers = SIGNERS[platform](OLD)
    with pytest.raises(BadSignatureError):
        read_hook(source, "web", headers, body, NOW)


def test_a_previous_secret_that_is_none_does_not_stand_in_the_way() -> None:
    source = SOURCES.validate_python({"platform": "standard", "secret": NEW, "previous_secret": "not base64!"})
    body, headers = standard(NEW)
    assert read_hook(source, "web", headers, body, NOW).changes


def test_neither_is_shown() -> None:
    source = SOURCES.validate_python({"platform": "shopify", "secret": NEW, "previous_secret": OLD})
    body, headers = shopify(OTHER)
    with pytest.raises(BadSignatureError) as caught:
        read_hook(source, "web", headers, body, NOW)
    for shown in (repr(source), str(source), source.model_dump_json(), str(caught.value)):
        assert NEW not in shown
        assert OLD not in shown
