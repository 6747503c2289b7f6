"""Heart Rate Measurement as service data of 0x180D: GATT Specification Supplement, "Heart Rate Measurement".

A byte of flags (bit 0: the value has 16 bits; bit 1: the skin is touched; bit 2: that is known at all), then beats per minute,
little-endian; energy and intervals may follow. Health data: decoded for whoever asks at the radio, put into samples only of who agreed to it.
"""

from dataclasses import dataclass
from typing import ClassVar

from nearcart_contract.advertisement import full_uuid
from nearcart_edge.core.formats.frame import Frame, MalformedPayloadError

SERVICE = full_uuid("180d")
_WIDE, _TOUCHED, _TOUCH_KNOWN = 0x01, 0x02, 0x04


@dataclass(frozen=True, slots=True)
class HeartRate(Frame):
    """Beats per minute; whether the sensor touches the skin, ``None`` where it can't tell."""

    format: ClassVar[str] = "heart-rate"
    beats_per_minute: int
    contact: bool | None

    @property
    def heart_rate(self) -> int:
        return self.beats_per_minute


def decode(payload: bytes) -> HeartRate | None:
    """A heart rate from its service data; none where a band only names the service. Raises ``MalformedPayloadError``."""
    if not payload:
        return None
    flags = payload[0]
    width = 2 if flags & _WIDE else 1
    if len(payload) < 1 + width:
        raise MalformedPayloadError(f"a heart rate of {width} bytes does not fit into {len(payload)}")
    return HeartRate(
        beats_per_minute=int.from_bytes(payload[1 : 1 + width], "little"),
        contact=bool(flags & _TOUCHED) if flags & _TOUCH_KNOWN else None,
    )
