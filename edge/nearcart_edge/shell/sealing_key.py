"""This run's key pair, to which the gateway seals the secrets of a roster.

It is made in a process of its own and cryptography is loaded here only when something sealed arrives: that library takes 8 MB of
a small machine, and a shop whose tags are all static never needs it.
"""

import base64
import subprocess
import sys
from typing import Self

from nearcart_contract.roster import Identity, SealedIdentity

_KEY_BYTES = 32
_MAKE = """
import sys
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
key = X25519PrivateKey.generate()
sys.stdout.buffer.write(key.private_bytes_raw() + key.public_key().public_bytes_raw())
"""
_PATIENCE_S = 60


class SealingKey:
    """An X25519 key pair (RFC 7748) in memory. Never shows its private half."""

    __slots__ = ("_private", "public_text")

    def __init__(self, private: bytes, public: bytes) -> None:
        self._private = private
        self.public_text = base64.b64encode(public).decode()

    @classmethod
    def make(cls) -> Self:
        """A new pair. Raises ``subprocess.SubprocessError`` or ``OSError`` when no process can be started to make it."""
        # Through a pipe: not in the arguments, not in the environment, not on disk.
        made = subprocess.run(
            [sys.executable, "-c", _MAKE], stdout=subprocess.PIPE, check=True, timeout=_PATIENCE_S
        ).stdout
        return cls(made[:_KEY_BYTES], made[_KEY_BYTES:])

    def unseal(self, entry: SealedIdentity) -> Identity:
        """Open a roster entry. Raises ``nearcart_contract.sealing.SealError``."""
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        from nearcart_contract.sealing import unseal

        return unseal(entry, X25519PrivateKey.from_private_bytes(self._private))
