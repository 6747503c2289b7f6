"""Sealed roster entries: X25519 (RFC 7748) with a fresh key a message, HKDF-SHA256 (RFC 5869), AES-128-GCM.

Layout of the sealed text, base64: 32 bytes ephemeral public key, then ciphertext and its 16-byte tag. The nonce is twelve
zero bytes: each key encrypts once. The identity's id is authenticated with it, so an entry can't be moved to another name.
"""

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import TypeAdapter, ValidationError

from nearcart_contract.roster import NOTHING_CACHED, Identity, SealedIdentity, SealError

_KEY_BYTES = 32
_NONCE = bytes(12)
_INFO = b"nearcart roster v1"
_IDENTITY: TypeAdapter[Identity] = TypeAdapter(Identity, config=NOTHING_CACHED)


def public_text(key: X25519PrivateKey) -> str:
    """The public half of a key as it stands in an edge's birth: base64 of 32 bytes."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def seal(identity: Identity, public_key: str) -> SealedIdentity:
    """Seal one identity to an edge's public key. Raises ``SealError`` when the key is none."""
    try:
        peer = X25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
    except (ValueError, binascii.Error) as error:
        raise SealError("the edge's public key is not base64 of 32 bytes") from error
    ephemeral = X25519PrivateKey.generate()
    ephemeral_public = ephemeral.public_key().public_bytes_raw()
    key = _derive(ephemeral.exchange(peer), ephemeral_public + peer.public_bytes_raw())
    ciphertext = AESGCM(key).encrypt(_NONCE, _IDENTITY.dump_json(identity), identity.id.encode())
    return SealedIdentity(
        id=identity.id, kind="sealed", sealed=base64.b64encode(ephemeral_public + ciphertext).decode()
    )


def unseal(entry: SealedIdentity, key: X25519PrivateKey) -> Identity:
    """Open one entry with the edge's key. Raises ``SealError``."""
    try:
        raw = base64.b64decode(entry.sealed, validate=True)
        ephemeral_public, ciphertext = raw[:_KEY_BYTES], raw[_KEY_BYTES:]
        shared = key.exchange(X25519PublicKey.from_public_bytes(ephemeral_public))
        derived = _derive(shared, ephemeral_public + key.public_key().public_bytes_raw())
        identity = _IDENTITY.validate_json(AESGCM(derived).decrypt(_NONCE, ciphertext, entry.id.encode()))
    except (ValueError, binascii.Error, InvalidTag) as error:
        if isinstance(error, ValidationError):
            raise SealError(f"roster entry '{entry.id}' opens, but is not an identity this version knows") from None
        raise SealError(f"roster entry '{entry.id}' is not sealed to this edge's key") from None
    if identity.id != entry.id:
        raise SealError(f"roster entry '{entry.id}' holds another identity")
    return identity


def _derive(shared: bytes, context: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=16, salt=context, info=_INFO).derive(shared)
