"""iBeacon: Apple's "Proximity Beacon Specification", Release R1 (2015), table 2-1.

Manufacturer data of company 0x004C: ``02 15``, 16 bytes proximity UUID, major and minor big-endian, and the RSSI at 1 m as a
signed byte. Apple's other payloads (Continuity) share the company id and differ in the first byte.
"""

from dataclasses import dataclass
from struct import Struct
from typing import ClassVar

from nearcart_edge.core.formats.frame import Frame, MalformedPayloadError, StaticKey, uuid_text

COMPANY = 0x004C
_MARKER = 0x0215
_LAYOUT = Struct(">H16xHHb")
_LENGTH = _LAYOUT.size


@dataclass(frozen=True, slots=True)
class IBeacon(Frame):
    """``measured_power``: dBm at 1 m."""

    format: ClassVar[str] = "ibeacon"
    uuid: str
    major: int
    minor: int
    measured_power: int

    @property
    def static_key(self) -> StaticKey:
        return "ibeacon", self.uuid, self.major, self.minor

    @property
    def power_at_1m(self) -> int:
        return self.measured_power


def decode(payload: bytes) -> IBeacon | None:
    """An iBeacon from Apple's manufacturer data; none for Apple's other payloads. Raises ``MalformedPayloadError``."""
    if len(payload) != _LENGTH:
        if int.from_bytes(payload[:2], "big") == _MARKER:
            raise MalformedPayloadError(f"an iBeacon payload has {_LENGTH} bytes, not {len(payload)}")
        return None
    marker, major, minor, measured_power = _LAYOUT.unpack(payload)
    if marker != _MARKER:
        return None
    return IBeacon(uuid_text(payload, 2), major, minor, measured_power)
