"""Eddystone-UID: github.com/google/eddystone, eddystone-uid/README.md, "Frame Specification".

``00``, power at 0 m as a signed byte, 10 bytes namespace, 6 bytes instance, 2 bytes reserved that some tags leave out.
"""

from dataclasses import dataclass
from struct import Struct
from typing import ClassVar

from nearcart_edge.core.formats.eddystone import LOSS_OVER_FIRST_METRE_DB
from nearcart_edge.core.formats.frame import Frame, MalformedPayloadError, StaticKey

FRAME_TYPE = 0x00
_LAYOUT = Struct(">xb10s6s")
_RESERVED_BYTES = 2


@dataclass(frozen=True, slots=True)
class EddystoneUid(Frame):
    """``namespace``: 20 hex digits, ``instance``: 12; ``power_at_0m``: dBm."""

    format: ClassVar[str] = "eddystone-uid"
    namespace: str
    instance: str
    power_at_0m: int

    @property
    def static_key(self) -> StaticKey:
        return "eddystone-uid", self.namespace, self.instance

    @property
    def power_at_1m(self) -> int:
        return self.power_at_0m - LOSS_OVER_FIRST_METRE_DB


def decode(payload: bytes) -> EddystoneUid:
    """A UID frame from its service data. Raises ``MalformedPayloadError``."""
    if len(payload) not in (_LAYOUT.size, _LAYOUT.size + _RESERVED_BYTES):
        raise MalformedPayloadError(f"an Eddystone-UID frame has 18 or 20 bytes, not {len(payload)}")
    power, namespace, instance = _LAYOUT.unpack_from(payload)
    return EddystoneUid(namespace.hex(), instance.hex(), power)
