"""What a tag puts into one advertisement."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Payload:
    """Manufacturer data by company id, service data by 128-bit UUID."""

    manufacturer_data: Mapping[int, bytes] = field(default_factory=dict)
    service_data: Mapping[str, bytes] = field(default_factory=dict)
    service_uuids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TagState:
    """What telemetry tells. ``uptime_s``: seconds since the battery went in; ``sent``: advertisements since then."""

    uptime_s: float
    sent: int
    battery_mv: int = 3000
    temperature_c: float = 21.5


Builder = Callable[[TagState], Payload]
"""Makes the payload of one advertising event."""
