"""Kontakt.io telemetry as service data of 0xFE6A: developer.kontakt.io/hardware/packets/telemetry.

``03``, then fields: length (of what follows in the field), identifier, value, little-endian. Fields that are not read are stepped over.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from nearcart_contract.advertisement import full_uuid
from nearcart_edge.core.formats.frame import Frame, MalformedPayloadError
from nearcart_edge.core.telemetry import TagTelemetry

SERVICE = full_uuid("fe6a")
_TELEMETRY = 0x03
_JUST_NOW_S = 2
"""A click this recent is a press; an older one was told, or nobody was there to hear it."""

_Fields = dict[str, int]


@dataclass(frozen=True, slots=True)
class Kontakt(Frame):
    """``measurements``: percent, degrees C, seconds since a click, how many clicks; by name."""

    format: ClassVar[str] = "kontakt"
    measurements: Mapping[str, int]

    @property
    def telemetry(self) -> TagTelemetry | None:
        battery, temperature = self.measurements.get("battery_percent"), self.measurements.get("temperature_c")
        if battery is None and temperature is None:
            return None
        percent = battery if battery is not None and battery <= 100 else None
        return TagTelemetry(battery_percent=percent, temperature_c=None if temperature is None else float(temperature))

    @property
    def presses(self) -> tuple[str, ...]:
        since = self.measurements.get("seconds_since_click")
        return ("press",) if since is not None and since <= _JUST_NOW_S else ()

    @property
    def press_number(self) -> int | None:
        return self.measurements.get("clicks")


def decode(payload: bytes) -> Kontakt | None:
    """A telemetry frame; none of Kontakt's other frames. Raises ``MalformedPayloadError``."""
    if not payload or payload[0] != _TELEMETRY:
        return None
    found: _Fields = {}
    for identifier, value in _split(payload[1:]):
        read = _FIELDS.get(identifier)
        if read is not None:
            length, into = read
            if len(value) < length:
                raise MalformedPayloadError(f"field {identifier:#04x} has {length} bytes, not {len(value)}")
            found.update(into(value))
    return Kontakt(found)


def _split(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(body):
        length = body[at]
        if length == 0 or at + 1 + length > len(body):
            raise MalformedPayloadError(f"a field of {length} bytes does not fit")
        yield body[at + 1], body[at + 2 : at + 1 + length]
        at += 1 + length


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte


_FIELDS: Mapping[int, tuple[int, Callable[[bytes], _Fields]]] = {
    0x01: (5, lambda v: {"battery_percent": v[4]}),
    0x05: (2, lambda v: {"light_percent": v[0], "temperature_c": _signed(v[1])}),
    0x0A: (1, lambda v: {"light_percent": v[0]}),
    0x0B: (1, lambda v: {"temperature_c": _signed(v[0])}),
    0x0C: (1, lambda v: {"battery_percent": v[0]}),
    0x0D: (2, lambda v: {"seconds_since_click": int.from_bytes(v[:2], "little")}),
    0x11: (3, lambda v: {"clicks": v[0], "seconds_since_click": int.from_bytes(v[1:3], "little")}),
    0x12: (1, lambda v: {"humidity_percent": v[0]}),
}
"""Identifier: bytes of the value at least, and how it is read."""
