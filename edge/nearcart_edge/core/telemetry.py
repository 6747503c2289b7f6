"""What a tag says of itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TagTelemetry:
    """Each field only where the tag says it: millivolts, percent, degrees Celsius."""

    battery_mv: int | None = None
    battery_percent: int | None = None
    temperature_c: float | None = None
