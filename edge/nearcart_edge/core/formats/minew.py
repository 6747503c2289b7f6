"""Minew's own frames as service data of 0xFFE1: Minew, "BLE Beacon Advertising Packet Specification", frames A1 01 to A1 21; cross-read
with reelyactive/advlib-ble-services (lib/minew.js), whose test vectors are ours too.

``A1``, the frame's version, battery in percent, then what the version says, big-endian; fixed-point numbers have 8 bits before the
point and 8 behind it; the tag's address ends most frames.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from nearcart_contract.advertisement import full_uuid
from nearcart_edge.core.formats.frame import Frame, MalformedPayloadError
from nearcart_edge.core.telemetry import TagTelemetry

SERVICE = full_uuid("ffe1")
_MARKER = 0xA1
_INFO = 0x08

Value = float | bool | str | tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Minew(Frame):
    """``version``: which frame; ``battery_percent``; ``measurements``: degrees C, percent, g, lux, by name."""

    format: ClassVar[str] = "minew"
    version: int
    battery_percent: int | None
    measurements: Mapping[str, Value]

    @property
    def telemetry(self) -> TagTelemetry | None:
        temperature = self.measurements.get("temperature")
        degrees = temperature if isinstance(temperature, float) else None
        percent = self.battery_percent if self.battery_percent is not None and self.battery_percent <= 100 else None
        return TagTelemetry(battery_percent=percent, temperature_c=degrees)


def decode(payload: bytes) -> Minew | None:
    """A Minew frame; none of another maker's or of a version that is not read. Raises ``MalformedPayloadError``."""
    if len(payload) < 2 or payload[0] != _MARKER:
        return None
    version = payload[1]
    if version == _INFO:
        return _info(payload)
    if version not in _LAYOUTS:
        return None
    length, read = _LAYOUTS[version]
    if len(payload) != length:
        raise MalformedPayloadError(f"a Minew frame A1 {version:02X} has {length} bytes, not {len(payload)}")
    return Minew(version, payload[2], read(payload))


def _info(payload: bytes) -> Minew:
    if len(payload) < 9:
        raise MalformedPayloadError(f"a Minew frame A1 08 has at least 9 bytes, not {len(payload)}")
    return Minew(_INFO, payload[2], {"name": payload[9:].decode("utf-8", "replace")})


def _fixed(payload: bytes, at: int) -> float:
    return int.from_bytes(payload[at : at + 2], "big", signed=True) / 256


def _uint16(payload: bytes, at: int) -> int:
    return int.from_bytes(payload[at : at + 2], "big")


_LAYOUTS: Mapping[int, tuple[int, Callable[[bytes], dict[str, Value]]]] = {
    0x01: (13, lambda p: {"temperature": _fixed(p, 3), "humidity": _fixed(p, 5)}),
    0x02: (10, lambda p: {"light": bool(p[3] & 1)}),
    0x03: (15, lambda p: {"acceleration": (_fixed(p, 3), _fixed(p, 5), _fixed(p, 7))}),
    0x05: (11, lambda p: {"illuminance": float(_uint16(p, 3))}),
    0x11: (11, lambda p: {"motion": bool(_uint16(p, 3) & 1)}),
    0x13: (11, lambda p: {"temperature": _fixed(p, 3)}),
    0x18: (14, lambda p: {"vibration": bool(p[7] & 1)}),
    0x20: (10, lambda p: {"tamper": bool(p[3] & 1)}),
    0x21: (10, lambda p: {"moisture": bool(p[3] & 1)}),
}
"""Version: bytes, and how the rest is read."""
