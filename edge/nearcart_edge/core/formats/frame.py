"""What every decoded format has in common."""

from dataclasses import dataclass, fields
from typing import ClassVar

from nearcart_edge.core.telemetry import TagTelemetry

StaticKey = tuple[str | int, ...]
"""Format and numbers that never change on one tag; equal for a frame and for the roster entry it proves."""


class MalformedPayloadError(ValueError):
    """A payload with a format's marker that is not that format: wrong length, or a value the specification excludes."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded beacon or wearable format. Field names are the keys that ``nearcart decode`` prints."""

    format: ClassVar[str]

    @property
    def static_key(self) -> StaticKey | None:
        """What identifies the tag, where the frame tells it in clear."""
        return None

    @property
    def power_at_1m(self) -> int | None:
        """Measured power in dBm at 1 m, where the frame tells it."""
        return None

    @property
    def telemetry(self) -> TagTelemetry | None:
        """What the tag says of itself."""
        return None

    @property
    def heart_rate(self) -> int | None:
        """Beats a minute. Health data, and therefore no ``telemetry``."""
        return None

    @property
    def presses(self) -> tuple[str, ...]:
        """How its buttons were pressed, in BTHome's words; the same for every repeat of the packet."""
        return ()

    @property
    def press_number(self) -> int | None:
        """The device's own number of these presses, where it has one."""
        return None

    @property
    def press_numbers_rise(self) -> bool:
        """Whether a lower number can only be an older packet."""
        return False

    def describe(self) -> dict[str, object]:
        """The frame as ``nearcart decode`` prints it."""
        return {"format": self.format, **{field.name: getattr(self, field.name) for field in fields(self)}}


def uuid_text(payload: bytes, start: int) -> str:
    """The 16 bytes from ``start``, most significant first, as a UUID in lower case with hyphens."""
    digits = payload[start : start + 16].hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
