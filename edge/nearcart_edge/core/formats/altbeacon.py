"""AltBeacon: "AltBeacon Protocol Specification v1.0" (altbeacon.org, 2014), table 1.

Manufacturer data of any company: ``BE AC``, 20 bytes beacon id (by convention a UUID and two big-endian integers), the RSSI at
1 m as a signed byte, and one byte reserved to the manufacturer.
"""

from dataclasses import dataclass
from struct import Struct
from typing import ClassVar

from nearcart_edge.core.formats.frame import Frame, MalformedPayloadError, StaticKey, uuid_text

MARKER = b"\xbe\xac"
_LAYOUT = Struct(">18xHHbB")


@dataclass(frozen=True, slots=True)
class AltBeacon(Frame):
    """``company``: 4 hex digits; ``measured_power``: dBm at 1 m."""

    format: ClassVar[str] = "altbeacon"
    company: str
    id1: str
    id2: int
    id3: int
    measured_power: int
    reserved: int

    @property
    def static_key(self) -> StaticKey:
        return "altbeacon", self.id1, self.id2, self.id3

    @property
    def power_at_1m(self) -> int:
        return self.measured_power


def decode(company: int, payload: bytes) -> AltBeacon | None:
    """An AltBeacon from manufacturer data of ``company``; none without its marker. Raises ``MalformedPayloadError``."""
    if not payload.startswith(MARKER):
        return None
    if len(payload) != _LAYOUT.size:
        raise MalformedPayloadError(f"an AltBeacon payload has {_LAYOUT.size} bytes, not {len(payload)}")
    id2, id3, measured_power, reserved = _LAYOUT.unpack(payload)
    return AltBeacon(f"{company:04x}", uuid_text(payload, 2), id2, id3, measured_power, reserved)
