"""What the Bluetooth SIG's services say as service data: Battery (0x180F), Running Speed and Cadence (0x1814); and the steps that Huami's
bands put there (0xFEE0). GATT Specification Supplement: "Battery Level", "RSC Measurement", little-endian.

Physical Activity Monitor (0x183E) and the rest have no data to advertise: they are only named (``WEARABLES``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from nearcart_contract.advertisement import full_uuid
from nearcart_edge.core.formats.frame import Frame, MalformedPayloadError
from nearcart_edge.core.telemetry import TagTelemetry

BATTERY, RUNNING, STEPS = full_uuid("180f"), full_uuid("1814"), full_uuid("fee0")
_STRIDE, _DISTANCE, _RUNS = 0x01, 0x02, 0x04

WEARABLES: Mapping[str, str] = {
    full_uuid("180d"): "heart-rate",
    BATTERY: "battery",
    RUNNING: "running-speed-cadence",
    full_uuid("183e"): "physical-activity",
}
"""Services by their UUID that a wearable says it has."""


@dataclass(frozen=True, slots=True)
class Battery(Frame):
    format: ClassVar[str] = "battery"
    percent: int

    @property
    def telemetry(self) -> TagTelemetry:
        return TagTelemetry(battery_percent=self.percent)


@dataclass(frozen=True, slots=True)
class RunningSpeed(Frame):
    """Metres a second, steps a minute, metres."""

    format: ClassVar[str] = "running-speed"
    speed_m_s: float
    cadence_per_minute: int
    running: bool
    stride_m: float | None
    distance_m: float | None


@dataclass(frozen=True, slots=True)
class Steps(Frame):
    format: ClassVar[str] = "steps"
    steps: int


def battery(payload: bytes) -> Battery | None:
    """Raises ``MalformedPayloadError``."""
    if not payload:
        return None
    if len(payload) != 1 or payload[0] > 100:
        raise MalformedPayloadError("a battery level is one byte from 0 to 100")
    return Battery(payload[0])


def running(payload: bytes) -> RunningSpeed | None:
    """Raises ``MalformedPayloadError``."""
    if not payload:
        return None
    flags = payload[0]
    length = 4 + 2 * bool(flags & _STRIDE) + 4 * bool(flags & _DISTANCE)
    if len(payload) < length:
        raise MalformedPayloadError(f"a running speed with these flags has {length} bytes, not {len(payload)}")
    after = 6 if flags & _STRIDE else 4
    return RunningSpeed(
        speed_m_s=int.from_bytes(payload[1:3], "little") / 256,
        cadence_per_minute=payload[3],
        running=bool(flags & _RUNS),
        stride_m=int.from_bytes(payload[4:6], "little") / 100 if flags & _STRIDE else None,
        distance_m=int.from_bytes(payload[after : after + 4], "little") / 10 if flags & _DISTANCE else None,
    )


def steps(payload: bytes) -> Steps | None:
    """The steps of a day; none where the band shares something else there."""
    return Steps(int.from_bytes(payload, "little")) if len(payload) == 4 else None


def wearable_of(service_uuids: Iterable[str]) -> tuple[str, ...]:
    """The wearable's services that an advertisement names."""
    return tuple(WEARABLES[uuid] for uuid in service_uuids if uuid in WEARABLES)
