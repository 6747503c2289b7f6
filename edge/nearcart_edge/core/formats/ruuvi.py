"""RuuviTag data format 5 (RAWv2): docs.ruuvi.com, "Data format 5 (RAWv2)", with its test vectors.

24 bytes, big-endian: format, temperature (0.005 degrees C), humidity (0.0025 %), pressure (Pa less 50,000), acceleration on three axes,
power (11 bits: mV less 1,600; 5 bits: 2 dBm steps from -40), movement counter, sequence number, MAC address. The largest unsigned and
the smallest signed value of a field stand for "not available".
"""

from dataclasses import dataclass
from struct import Struct
from typing import ClassVar

from nearcart_edge.core.formats.frame import Frame, MalformedPayloadError
from nearcart_edge.core.telemetry import TagTelemetry

COMPANY = 0x0499
VERSION = 5
_LAYOUT = Struct(">xhHH6xHBH6x")
_NO_TEMPERATURE, _NO_SHORT, _NO_BYTE, _NO_BATTERY, _NO_POWER = -0x8000, 0xFFFF, 0xFF, 0x7FF, 0x1F


@dataclass(frozen=True, slots=True)
class Ruuvi(Frame):
    """Degrees Celsius, percent, hPa, volts, dBm and counts; ``None`` where the tag says "not available"."""

    format: ClassVar[str] = "ruuvi"
    version: int
    temperature_c: float | None
    humidity_percent: float | None
    pressure_hpa: float | None
    battery_v: float | None
    tx_power: int | None
    movement_count: int | None
    sequence: int | None

    @property
    def telemetry(self) -> TagTelemetry:
        battery = None if self.battery_v is None else round(self.battery_v * 1000)
        return TagTelemetry(battery_mv=battery, temperature_c=self.temperature_c)


def decode(payload: bytes) -> Ruuvi | None:
    """A RuuviTag's manufacturer data; none for its other formats. Raises ``MalformedPayloadError``."""
    if not payload or payload[0] != VERSION:
        return None
    if len(payload) != _LAYOUT.size:
        raise MalformedPayloadError(f"a RuuviTag frame of format 5 has {_LAYOUT.size} bytes, not {len(payload)}")
    temperature, humidity, pressure, power, movement, sequence = _LAYOUT.unpack(payload)
    battery, steps = power >> 5, power & 0x1F
    return Ruuvi(
        version=VERSION,
        temperature_c=None if temperature == _NO_TEMPERATURE else round(temperature * 0.005, 3),
        humidity_percent=None if humidity == _NO_SHORT else round(humidity * 0.0025, 4),
        pressure_hpa=None if pressure == _NO_SHORT else (pressure + 50_000) / 100,
        battery_v=None if battery == _NO_BATTERY else (battery + 1600) / 1000,
        tx_power=None if steps == _NO_POWER else steps * 2 - 40,
        movement_count=None if movement == _NO_BYTE else movement,
        sequence=None if sequence == _NO_SHORT else sequence,
    )
