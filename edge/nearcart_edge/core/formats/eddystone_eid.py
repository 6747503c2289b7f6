"""Eddystone-EID: github.com/google/eddystone, eddystone-eid/README.md, "Frame Specification".

``30``, power at 0 m as a signed byte, 8 bytes ephemeral identifier.
"""

from dataclasses import dataclass
from struct import Struct
from typing import ClassVar

from nearcart_edge.core.formats.eddystone import LOSS_OVER_FIRST_METRE_DB
from nearcart_edge.core.formats.frame import Frame, MalformedPayloadError

FRAME_TYPE = 0x30
_LAYOUT = Struct(">xb8s")


@dataclass(frozen=True, slots=True)
class EddystoneEid(Frame):
    """``eid``: 16 hex digits; ``power_at_0m``: dBm."""

    format: ClassVar[str] = "eddystone-eid"
    eid: str
    power_at_0m: int

    @property
    def power_at_1m(self) -> int:
        return self.power_at_0m - LOSS_OVER_FIRST_METRE_DB


def decode(payload: bytes) -> EddystoneEid:
    """An EID frame from its service data. Raises ``MalformedPayloadError``."""
    if len(payload) != _LAYOUT.size:
        raise MalformedPayloadError(f"an Eddystone-EID frame has {_LAYOUT.size} bytes, not {len(payload)}")
    power, eid = _LAYOUT.unpack(payload)
    return EddystoneEid(eid.hex(), power)
