"""Eddystone-TLM: github.com/google/eddystone, eddystone-tlm/tlm-plain.md and tlm-encrypted.md.

Plain (version 0): battery in mV, temperature in signed 8.8 fixed point (0x8000: not supported), advertisements since boot,
tenths of a second since boot, all big-endian. Encrypted (version 1): 12 bytes ciphertext, salt and integrity check.
"""

from dataclasses import dataclass
from struct import Struct
from typing import ClassVar

from nearcart_edge.core.formats.frame import Frame, MalformedPayloadError
from nearcart_edge.core.telemetry import TagTelemetry

FRAME_TYPE = 0x20
_PLAIN, _ENCRYPTED = 0x00, 0x01
_PLAIN_LAYOUT = Struct(">2xHhII")
_ENCRYPTED_LAYOUT = Struct(">2x12s2s2s")
_NO_TEMPERATURE = -0x8000
_HIGHEST_BATTERY_MV = 10_000
"""Above it a reading is no battery of a tag, and the contract would refuse it."""


@dataclass(frozen=True, slots=True)
class EddystoneTlm(Frame):
    """Millivolts (0: not battery-powered), degrees Celsius, a count, and seconds since the tag started."""

    format: ClassVar[str] = "eddystone-tlm"
    battery_mv: int
    temperature_c: float | None
    advertisement_count: int
    uptime_s: float

    @property
    def telemetry(self) -> TagTelemetry:
        battery = self.battery_mv if 0 < self.battery_mv <= _HIGHEST_BATTERY_MV else None
        return TagTelemetry(battery_mv=battery, temperature_c=self.temperature_c)


@dataclass(frozen=True, slots=True)
class EddystoneEtlm(Frame):
    """Telemetry that only the owner of the tag's key reads; hex digits."""

    format: ClassVar[str] = "eddystone-etlm"
    ciphertext: str
    salt: str
    integrity: str


def decode(payload: bytes) -> EddystoneTlm | EddystoneEtlm | None:
    """A TLM frame from its service data; none for a version of the future. Raises ``MalformedPayloadError``."""
    version = payload[1] if len(payload) > 1 else None
    if version == _PLAIN and len(payload) == _PLAIN_LAYOUT.size:
        return _plain(payload)
    if version == _ENCRYPTED and len(payload) == _ENCRYPTED_LAYOUT.size:
        ciphertext, salt, integrity = _ENCRYPTED_LAYOUT.unpack(payload)
        return EddystoneEtlm(ciphertext.hex(), salt.hex(), integrity.hex())
    if version in (None, _PLAIN, _ENCRYPTED):
        raise MalformedPayloadError(f"an Eddystone-TLM frame has 14 bytes, or 18 encrypted, not {len(payload)}")
    return None


def _plain(payload: bytes) -> EddystoneTlm:
    battery_mv, temperature, advertisement_count, tenths = _PLAIN_LAYOUT.unpack(payload)
    return EddystoneTlm(
        battery_mv=battery_mv,
        temperature_c=None if temperature == _NO_TEMPERATURE else temperature / 256,
        advertisement_count=advertisement_count,
        uptime_s=tenths / 10,
    )
