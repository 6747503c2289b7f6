"""Encrypted BTHome: AES-CCM with a check of 4 bytes (bthome.io/encryption). Who opens a packet with a bind key has proved its device."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nearcart_edge.core.formats.bthome import CHECK_BYTES, BTHome, Sealed
from nearcart_edge.core.formats.frame import Frame

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESCCM

_UUID = bytes.fromhex("d2fc")


class BindKeys:
    """The bind keys of enrolled devices by their address. Never shows a key."""

    def __init__(self) -> None:
        self._ciphers: dict[str, AESCCM] = {}

    def __len__(self) -> int:
        return len(self._ciphers)

    def add(self, address: str, key: bytes) -> None:
        """Know the key (16 bytes) of the device with this address (``AA:BB:CC:DD:EE:FF``)."""
        # Here, since it takes 8 MB, which an edge without such keys should not pay.
        from cryptography.hazmat.primitives.ciphers.aead import AESCCM

        self._ciphers[address] = AESCCM(key, tag_length=CHECK_BYTES)

    def remove(self, address: str) -> None:
        self._ciphers.pop(address, None)

    def open(self, address: str, frames: Sequence[Frame]) -> Sequence[Frame]:
        """The frames of one advertisement from this address, with those decrypted whose device's key fits."""
        return tuple(self._open(address, frame) if isinstance(frame, BTHome) else frame for frame in frames)

    def _open(self, sender: str, frame: BTHome) -> BTHome:
        if frame.sealed is None:
            return frame
        device = frame.sealed.address or sender
        cipher = self._ciphers.get(device)
        payload = None if cipher is None else _decrypted(cipher, device, frame.sealed)
        return frame if payload is None else frame.opened(payload, device)


def _decrypted(cipher: "AESCCM", device: str, sealed: Sealed) -> bytes | None:
    from cryptography.exceptions import InvalidTag

    try:
        return cipher.decrypt(_nonce(device, sealed), sealed.ciphertext + sealed.check, None)
    except InvalidTag:
        return None


def _nonce(address: str, sealed: Sealed) -> bytes:
    return bytes.fromhex(address.replace(":", "")) + _UUID + bytes([sealed.information]) + sealed.counter
