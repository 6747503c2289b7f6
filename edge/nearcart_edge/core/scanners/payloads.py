"""Payloads made again from what a scanner tells of them, byte for byte where it tells all, so that one decoder reads everything."""

from struct import pack

from nearcart_edge.core.formats import altbeacon

NOT_TOLD = 127
"""Measured power of a beacon whose scanner does not tell it: out of every range that is passed on."""

_BATTERY, _TEMPERATURE = 0x01, 0x02
_PLAIN_BTHOME_2 = 0x40


def ibeacon(uuid: bytes, major: int, minor: int, power: int) -> bytes:
    """Manufacturer data of Apple after the company id; ``power`` in dBm at 1 m."""
    return b"\x02\x15" + uuid + pack(">HHb", major, minor, power)


def alt_beacon(uuid: bytes, id2: int, id3: int, power: int) -> bytes:
    """Manufacturer data after the company id; ``power`` in dBm at 1 m."""
    return altbeacon.MARKER + uuid + pack(">HHbB", id2, id3, power, 0)


def eddystone_uid(namespace: bytes, instance: bytes, power: int) -> bytes:
    """Service data of Eddystone; ``power`` in dBm at no distance."""
    return pack("xb", power) + namespace + instance


def readings(battery: float | None, temperature: float | None) -> bytes | None:
    """Percent and degrees Celsius as a BTHome payload; ``None`` without any that is possible."""
    objects = b""
    if battery is not None and 0 <= battery <= 100:
        objects += pack("<BB", _BATTERY, round(battery))
    if temperature is not None and -128 <= temperature <= 256:
        objects += pack("<Bh", _TEMPERATURE, round(temperature * 100))
    return bytes([_PLAIN_BTHOME_2]) + objects if objects else None


def signed_byte(power: float | None) -> int:
    """A power in dBm as a beacon's byte holds it; ``NOT_TOLD`` for none and for one that fits no byte."""
    return NOT_TOLD if power is None or not -128 <= round(power) <= 127 else round(power)
