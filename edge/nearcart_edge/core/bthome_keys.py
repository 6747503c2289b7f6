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
        """The frames of one advertisement, with those of this device decrypted where its key fits."""
        cipher = self._ciphers.get(address)
        if cipher is None:
            return frames
        return tuple(_open(cipher, address, frame) if isinstance(frame, BTHome) else frame for frame in frames)


def _open(cipher: "AESCCM", address: str, frame: BTHome) -> BTHome:
    from cryptography.exceptions import InvalidTag

    if frame.sealed is None:
        return frame
    try:
        payload = cipher.decrypt(_nonce(address, frame.sealed), frame.sealed.ciphertext + frame.sealed.check, None)
    except InvalidTag:
        return frame
    return frame.opened(payload, address)


def _nonce(address: str, sealed: Sealed) -> bytes:
    return bytes.fromhex(address.replace(":", "")) + _UUID + bytes([sealed.information]) + sealed.counter
