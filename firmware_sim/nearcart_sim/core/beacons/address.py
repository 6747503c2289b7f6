"""Addresses of devices: Bluetooth Core 5.4, Vol 6 Part B 1.3.2."""

import hashlib

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB


def static_address(name: str) -> str:
    """The random static address of whatever is called so: its two highest bits are 1 (1.3.2.1)."""
    raw = bytearray(hashlib.blake2b(name.encode(), digest_size=6).digest())
    raw[0] |= 0xC0
    return written(bytes(raw))


def resolvable_address(irk: bytes, random: int) -> str:
    """A resolvable private address of ``random`` (22 bits): 01, these, and their hash with the key (1.3.2.2; ``ah`` in Vol 3 Part H 2.2.2)."""
    prand = ((random & 0x3FFFFF) | 0x400000).to_bytes(3, "big")
    return written(prand + aes(irk, bytes(13) + prand)[-3:])


def aes(key: bytes, block: bytes) -> bytes:
    """One block of AES-128, for the formats that are made of it."""
    encryptor = Cipher(AES(key), ECB()).encryptor()  # noqa: S305 (as the Core specification has it)
    return encryptor.update(block)


def written(octets: bytes) -> str:
    """AA:BB:CC:DD:EE:FF."""
    return ":".join(f"{octet:02X}" for octet in octets)
