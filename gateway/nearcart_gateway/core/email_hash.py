"""An e-mail address as a keyed hash, by which it can be recognised and not read."""

import hashlib
import hmac
import unicodedata


def email_hash(address: str, salt: bytes) -> str:
    """HMAC-SHA256 (RFC 2104), in hex, of the address as NFC, trimmed and case-folded. ``salt`` is this database's own.

    Raises ``ValueError`` for what is no address.
    """
    normal = unicodedata.normalize("NFC", address.strip().casefold())
    name, at, domain = normal.rpartition("@")
    if not (name and at and domain) or any(character.isspace() for character in normal):
        raise ValueError("an e-mail address looks like anna@example.org")
    return hmac.new(salt, normal.encode(), hashlib.sha256).hexdigest()
