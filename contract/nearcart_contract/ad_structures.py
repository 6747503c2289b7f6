"""Raw advertising data as its parts: Bluetooth Core 5.4, Vol 3 Part C 11, and the Supplement, Part A 1. BlueZ splits it so itself.

Each structure is a length, a type, and that many bytes less one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from nearcart_contract.advertisement import full_uuid

_UUIDS = {0x02: 2, 0x03: 2, 0x04: 4, 0x05: 4, 0x06: 16, 0x07: 16}
_SERVICE_DATA = {0x16: 2, 0x20: 4, 0x21: 16}
_TX_POWER, _MANUFACTURER = 0x0A, 0xFF


class AdStructureError(ValueError):
    """Bytes that are no advertising data: a structure longer than what is left."""


@dataclass(slots=True)
class SplitAd:
    """The parts, as ``Advertisement`` has them."""

    manufacturer_data: dict[int, bytes] = field(default_factory=dict)
    service_data: dict[str, bytes] = field(default_factory=dict)
    service_uuids: tuple[str, ...] = ()
    tx_power: int | None = None


def split_ad(data: bytes) -> SplitAd:
    """Split raw advertising data. Types that no format here needs are stepped over. Raises ``AdStructureError``."""
    found = SplitAd()
    for kind, value in _structures(data):
        if kind == _MANUFACTURER and len(value) >= 2:
            found.manufacturer_data[int.from_bytes(value[:2], "little")] = value[2:]
        elif kind in _SERVICE_DATA and len(value) >= _SERVICE_DATA[kind]:
            size = _SERVICE_DATA[kind]
            found.service_data[_uuid(value[:size])] = value[size:]
        elif kind in _UUIDS:
            size = _UUIDS[kind]
            whole = len(value) - len(value) % size
            found.service_uuids += tuple(_uuid(value[at : at + size]) for at in range(0, whole, size))
        elif kind == _TX_POWER and len(value) == 1:
            found.tx_power = int.from_bytes(value, signed=True)
    return found


def _structures(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        length = data[at]
        if length == 0:  # the rest is padding
            return
        if at + 1 + length > len(data):
            raise AdStructureError(
                f"a structure of {length} bytes begins at byte {at}, and {len(data) - at - 1} are left"
            )
        yield data[at + 1], data[at + 2 : at + 1 + length]
        at += 1 + length


def _uuid(little_endian: bytes) -> str:
    return full_uuid(little_endian[::-1].hex())
