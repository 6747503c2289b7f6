"""One web push as HTTP: encrypted for one browser (RFC 8291), signed with the store's key (RFC 8292).

By http-ece and py-vapid, the two halves of pywebpush, and sent by the gateway's own HTTP client: pywebpush brings two more of
them, which cost 26 MB of memory instead of 8. Imported with the first push.
"""

import base64
import os

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from nearcart_gateway.shell.storage.own_pages import PushSubscription

TOKEN_FOR_S = 12 * 3600
"""RFC 8292 allows a day at most; half of it leaves room for clocks that differ."""


def encrypted(message: bytes, browser: PushSubscription) -> bytes:
    """The body. Raises ``ValueError`` when the browser's keys are none."""
    salt, ours = os.urandom(16), ec.generate_private_key(ec.SECP256R1())
    body = http_ece.encrypt(  # type: ignore[no-untyped-call]
        message,
        salt=salt,
        private_key=ours,
        dh=decoded(browser.p256dh),
        auth_secret=decoded(browser.auth),
        version="aes128gcm",
    )
    return bytes(body)


def authorization(key: ec.EllipticCurvePrivateKey, origin: str, contact: str, now: float) -> str:
    """The header that says who sends; ``now`` is Unix seconds."""
    claims = {"aud": origin, "exp": int(now) + TOKEN_FOR_S, "sub": contact}
    return str(Vapid02(key).sign(claims)["Authorization"])  # type: ignore[no-untyped-call]


def public_text(key: ec.EllipticCurvePrivateKey) -> str:
    """The public half as browsers want it: an uncompressed point, base64url without padding."""
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
