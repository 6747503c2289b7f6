"""One packet as an adapter receives it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

AddressType = Literal["public", "random"]


@dataclass(frozen=True, slots=True)
class ReceivedPacket:
    """``rssi`` and ``tx_power`` are dBm; UUIDs are 128-bit, lower case. ``connectable``: ADV_IND, not ADV_NONCONN_IND."""

    address: str
    rssi: int
    manufacturer_data: Mapping[int, bytes] = field(default_factory=dict)
    service_data: Mapping[str, bytes] = field(default_factory=dict)
    service_uuids: tuple[str, ...] = ()
    tx_power: int | None = None
    name: str | None = None
    address_type: AddressType = "random"
    connectable: bool = False
