"""One received BLE packet, in the split form that every scanner gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field

BASE_UUID_SUFFIX = "-0000-1000-8000-00805f9b34fb"
"""Tail of a 16-bit UUID written out in full (Bluetooth Core, Vol 3 Part B 2.5.1)."""


@dataclass(frozen=True, slots=True)
class Advertisement:
    """One BLE advertisement as one scanner received it.

    ``at`` is Unix seconds, ``rssi`` and ``tx_power`` are dBm (``None``: not told; never -127 in its place).
    ``manufacturer_data`` is keyed by company id; ``service_data`` and ``service_uuids`` hold full 128-bit UUIDs
    in lower case, as BlueZ and bleak give them.
    """

    at: float
    scanner: str
    address: str
    rssi: int | None
    manufacturer_data: Mapping[int, bytes] = field(default_factory=dict)
    service_data: Mapping[str, bytes] = field(default_factory=dict)
    service_uuids: tuple[str, ...] = ()
    tx_power: int | None = None


def full_uuid(text: str) -> str:
    """The 128-bit form of a 16-, 32- or 128-bit UUID written in hex, lower case.

    Raises ``ValueError`` for anything else.
    """
    lowered = text.lower()
    if len(lowered) in (4, 8):
        int(lowered, 16)
        return lowered.rjust(8, "0") + BASE_UUID_SUFFIX
    digits = lowered.replace("-", "")
    if len(digits) != 32:
        raise ValueError(f"'{text}' is not a UUID: expected 4, 8 or 32 hex digits")
    int(digits, 16)
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def short_uuid(uuid: str) -> str:
    """The 4-digit form where the UUID is a 16-bit one, else the UUID unchanged."""
    if uuid.startswith("0000") and uuid.endswith(BASE_UUID_SUFFIX):
        return uuid[4:8]
    return uuid
