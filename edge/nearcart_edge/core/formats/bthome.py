"""BTHome v2 (bthome.io/format and bthome.io/encryption, November 2022 and later): service data of 0xFCD2.

A byte of device information (bit 0: encrypted; bit 1: an address follows, an older firmware's; bit 2: sends only when triggered; bits 5 to 7:
the version), then objects: an id and a little-endian value of the length that the id has. A receiver stops at an object that it
does not know, or that is cut off. Encrypted payloads end in a counter and a 4-byte check; ``bthome_keys`` opens them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from nearcart_contract.advertisement import full_uuid
from nearcart_edge.core.formats.frame import Frame, MalformedPayloadError, StaticKey
from nearcart_edge.core.telemetry import TagTelemetry

SERVICE = full_uuid("fcd2")
VERSION = 2
CHECK_BYTES = 4
_COUNTER_BYTES = 4
_ADDRESS_BYTES = 6
_ENCRYPTED, _WITH_ADDRESS = 0x01, 0x02

_UNSIGNED: Mapping[int, tuple[str, int, int]] = {
    0x01: ("battery", 1, 1),
    0x03: ("humidity", 2, 100),
    0x04: ("pressure", 3, 100),
    0x05: ("illuminance", 3, 100),
    0x06: ("mass", 2, 100),
    0x07: ("mass", 2, 100),
    0x09: ("count", 1, 1),
    0x0A: ("energy", 3, 1000),
    0x0B: ("power", 3, 100),
    0x0C: ("voltage", 2, 1000),
    0x0D: ("pm2.5", 2, 1),
    0x0E: ("pm10", 2, 1),
    0x12: ("co2", 2, 1),
    0x13: ("tvoc", 2, 1),
    0x14: ("moisture", 2, 100),
    0x2E: ("humidity", 1, 1),
    0x2F: ("moisture", 1, 1),
    0x3D: ("count", 2, 1),
    0x3E: ("count", 4, 1),
    0x40: ("distance", 2, 1),
    0x41: ("distance", 2, 10),
    0x42: ("duration", 3, 1000),
    0x43: ("current", 2, 1000),
    0x44: ("speed", 2, 100),
    0x46: ("uv_index", 1, 10),
    0x47: ("volume", 2, 10),
    0x48: ("volume", 2, 1),
    0x49: ("volume_flow_rate", 2, 1000),
    0x4A: ("voltage", 2, 10),
    0x4B: ("gas", 3, 1000),
    0x4C: ("gas", 4, 1000),
    0x4D: ("energy", 4, 1000),
    0x4E: ("volume", 4, 1000),
    0x4F: ("water", 4, 1000),
    0x50: ("timestamp", 4, 1),
    0x51: ("acceleration", 2, 1000),
    0x52: ("gyroscope", 2, 1000),
    0x55: ("volume_storage", 4, 1000),
    0x56: ("conductivity", 2, 1),
    0x5E: ("direction", 2, 100),
    0x5F: ("precipitation", 2, 10),
    0x60: ("channel", 1, 1),
    0x61: ("rotational_speed", 2, 1),
    0x64: ("light_level", 1, 1),
    0x65: ("settings_revision", 1, 1),
    0xF0: ("device_type_id", 2, 1),
}
_SIGNED: Mapping[int, tuple[str, int, int]] = {
    0x02: ("temperature", 2, 100),
    0x08: ("dewpoint", 2, 100),
    0x3F: ("rotation", 2, 10),
    0x45: ("temperature", 2, 10),
    0x57: ("temperature", 1, 1),
    0x59: ("count", 1, 1),
    0x5A: ("count", 2, 1),
    0x5B: ("count", 4, 1),
    0x5C: ("power", 4, 100),
    0x5D: ("current", 2, 1000),
    0x62: ("speed", 4, 1_000_000),
    0x63: ("acceleration", 4, 1_000_000),
}
"""Object id: name, bytes, divisor. Units are BTHome's, per id: its table of sensor data. What a divisor gives is exact to the last digit."""

_BINARY: Mapping[int, str] = {
    0x0F: "generic_boolean",
    0x10: "power",
    0x11: "opening",
    0x15: "battery",
    0x16: "battery_charging",
    0x17: "carbon_monoxide",
    0x18: "cold",
    0x19: "connectivity",
    0x1A: "door",
    0x1B: "garage_door",
    0x1C: "gas",
    0x1D: "heat",
    0x1E: "light",
    0x1F: "lock",
    0x20: "moisture",
    0x21: "motion",
    0x22: "moving",
    0x23: "occupancy",
    0x24: "plug",
    0x25: "presence",
    0x26: "problem",
    0x27: "running",
    0x28: "safety",
    0x29: "smoke",
    0x2A: "sound",
    0x2B: "tamper",
    0x2C: "vibration",
    0x2D: "window",
}
_PLAIN: list[tuple[str, int, bool, int] | None] = [None] * 256
"""By object id: name, bytes, whether there is a sign, divisor; 0 for yes or no. One look-up for nearly every object that is on the air."""
for _kind, (_name, _size, _divisor) in _UNSIGNED.items():
    _PLAIN[_kind] = _name, _size, False, _divisor
for _kind, (_name, _size, _divisor) in _SIGNED.items():
    _PLAIN[_kind] = _name, _size, True, _divisor
for _kind, _name in _BINARY.items():
    _PLAIN[_kind] = _name, 1, False, 0

_THIRDS = 0x58
"""A temperature in steps of 0.35 °C."""

_PACKET_ID, _BUTTON, _COMMAND, _DIMMER, _TEXT, _RAW = 0x00, 0x3A, 0x3B, 0x3C, 0x53, 0x54
_FIRMWARE = {0xF1: 4, 0xF2: 3}
_BUTTONS = {
    0x00: None,
    0x01: "press",
    0x02: "double_press",
    0x03: "triple_press",
    0x04: "long_press",
    0x05: "long_double_press",
    0x06: "long_triple_press",
    0x80: "hold_press",
    0x81: "hold_release",
    0xFE: "hold_press",  # Shelly's firmware before 1.0.20
}
_RELEASED = "hold_release"
"""The end of a press that was told when it began."""

_COMMANDS = {0x00: "off", 0x01: "on", 0x02: "toggle", 0x03: "step_up", 0x04: "step_down"}
_TURNS = {0x00: None, 0x01: "rotate_left", 0x02: "rotate_right"}

Value = bool | float | str | dict[str, object] | None
_Read = tuple[str, Value, int]
"""Name, value, and where the next object begins."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted payload: what the cipher needs beside address and key. ``counter`` as in the packet.

    ``address`` where the packet brings its own, which the device may send from another.
    """

    information: int
    ciphertext: bytes
    counter: bytes
    check: bytes
    address: str | None = None


@dataclass(frozen=True, slots=True)
class BTHome(Frame):
    """``measurements`` by BTHome's own names, in snake case, with a list where a name repeats; ``None`` while encrypted.

    ``address`` is the device's, once its bind key has proved it.
    """

    format: ClassVar[str] = "bthome"
    encrypted: bool
    packet_id: int | None
    measurements: Mapping[str, Value | list[Value]] | None
    sealed: Sealed | None = field(default=None, repr=False)
    address: str | None = None

    @property
    def static_key(self) -> StaticKey | None:
        return None if self.address is None else ("bthome", self.address)

    @property
    def telemetry(self) -> TagTelemetry | None:
        """Battery in percent, degrees Celsius; the first where there are several."""
        battery, temperature = self._number("battery"), self._number("temperature")
        if battery is None and temperature is None:
            return None
        percent = None if battery is None or not 0 <= battery <= 100 else round(battery)
        return TagTelemetry(battery_percent=percent, temperature_c=temperature)

    @property
    def presses(self) -> tuple[str, ...]:
        """How buttons were pressed, in their order; nothing for those that were not, or were let go."""
        pressed = (self.measurements or {}).get("button")
        each = pressed if isinstance(pressed, list) else [pressed]
        return tuple(how for how in each if isinstance(how, str) and how != _RELEASED)

    @property
    def press_number(self) -> int | None:
        """The device's own number of what it says: the counter of an encrypted packet, else its packet id."""
        return self.packet_id if self.sealed is None else int.from_bytes(self.sealed.counter, "little")

    @property
    def press_numbers_rise(self) -> bool:
        return self.sealed is not None

    def describe(self) -> dict[str, object]:
        return {
            "format": self.format,
            "encrypted": self.encrypted,
            "packet_id": self.packet_id,
            "measurements": self.measurements,
        }

    def opened(self, payload: bytes, address: str) -> "BTHome":
        """This frame with the objects of its decrypted ``payload``, proven to be of ``address``."""
        packet_id, measurements = _objects(payload)
        return replace(self, packet_id=packet_id, measurements=measurements, address=address)

    def _number(self, name: str) -> float | None:
        values = (self.measurements or {}).get(name)
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, int | float) and not isinstance(value, bool):
                return value
        return None


def decode(payload: bytes) -> BTHome | None:
    """A BTHome frame of version 2; none of another version. Raises ``MalformedPayloadError``."""
    if not payload:
        raise MalformedPayloadError("a BTHome payload begins with its device information")
    information = payload[0]
    if information >> 5 != VERSION:
        return None
    start = 1 + _ADDRESS_BYTES if information & _WITH_ADDRESS else 1
    if not information & _ENCRYPTED:
        packet_id, measurements = _objects(payload, start)
        return BTHome(False, packet_id, measurements)
    body = payload[start:]
    if len(body) < _COUNTER_BYTES + CHECK_BYTES:
        raise MalformedPayloadError(f"an encrypted BTHome payload has a counter and a check, not {len(body)} bytes")
    address = payload[_ADDRESS_BYTES:0:-1].hex(":").upper() if information & _WITH_ADDRESS else None
    return BTHome(True, None, None, Sealed(information, body[:-8], body[-8:-4], body[-4:], address))


def _objects(body: bytes, at: int = 0) -> tuple[int | None, dict[str, Value | list[Value]]]:
    """Packet id and measurements, from the object that begins ``at`` this byte. Raises ``MalformedPayloadError`` where there is no such byte."""
    packet_id: int | None = None
    found: dict[str, Value | list[Value]] = {}
    end = len(body)
    if at > end:
        raise MalformedPayloadError(f"a BTHome payload with an address has at least {at} bytes, not {end}")
    value: Value
    while at < end:
        kind, start = body[at], at + 1
        plain = _PLAIN[kind]
        if plain is not None:
            name, size, signed, divisor = plain
            at = start + size
            if at > end:
                break
            number = (
                body[start] if size == 1 and not signed else int.from_bytes(body[start:at], "little", signed=signed)
            )
            value = number if divisor == 1 else number / divisor if divisor else number != 0
        elif kind == _PACKET_ID and start < end:
            packet_id, at = body[start], at + 2
            continue
        else:
            read = _read_rare(body, kind, start)
            if read is None:
                break
            name, value, at = read
        if name in found:
            _add(found, name, value)
        else:
            found[name] = value
    return packet_id, found


def _add(found: dict[str, Value | list[Value]], name: str, value: Value) -> None:
    """One more value of a name that repeats."""
    before = found[name]
    if isinstance(before, list):
        before.append(value)
    else:
        found[name] = [before, value]


def _read_rare(body: bytes, kind: int, start: int) -> _Read | None:
    """An object that is no plain number; none for one that is unknown or cut off."""
    try:
        return _read_one(body, kind, start)
    except IndexError:
        return None


def _read_one(body: bytes, kind: int, start: int) -> _Read | None:
    """Objects with a length or a form of their own."""
    if kind == _BUTTON:
        return "button", _BUTTONS.get(body[start]), start + 1
    if kind == _THIRDS:
        steps = int.from_bytes(_take(body, start, 1), "little", signed=True)
        return "temperature", round(steps * 0.35, 2), start + 1
    if kind in _FIRMWARE:
        numbers = _take(body, start, _FIRMWARE[kind])
        return "firmware_version", ".".join(str(number) for number in reversed(numbers)), start + len(numbers)
    if kind == _DIMMER:
        turn, steps = _TURNS.get(body[start]), body[start + 1]
        return "dimmer", None if turn is None else {"event": turn, "steps": steps}, start + 2
    if kind == _COMMAND:
        length = body[start] & 0x1F
        arguments = _take(body, start + 2, length)
        opcode = body[start + 1]
        said: dict[str, object] = {"event": _COMMANDS.get(opcode, f"0x{opcode:02x}")}
        if arguments:
            said["steps"] = int.from_bytes(arguments, "little")
        return "command", said, start + 2 + length
    if kind in (_TEXT, _RAW):
        content = _take(body, start + 1, body[start])
        text = content.hex() if kind == _RAW else content.decode("utf-8", "replace")
        return "raw" if kind == _RAW else "text", text, start + 1 + len(content)
    return None


def _take(body: bytes, start: int, size: int) -> bytes:
    taken = body[start : start + size]
    if len(taken) < size:
        raise IndexError
    return taken
