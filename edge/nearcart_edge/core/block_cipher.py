"""AES-128 of single blocks, as resolvable addresses and rolling identifiers need it."""

from collections.abc import Callable

Encrypt = Callable[[bytes], bytes]
"""One block of 16 bytes under one key."""


def cipher(key: bytes) -> Encrypt:
    """AES-128 of single blocks under a key of 16 bytes. Never shows the key."""
    # Here, since it takes 8 MB, which an edge without such keys should not pay.
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import ECB

    # ECB of one block is what the specifications call for; nothing is kept secret by it.
    return Cipher(AES(key), ECB()).encryptor().update  # noqa: S305
