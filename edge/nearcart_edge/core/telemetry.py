"""What a tag says of itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TagTelemetry:
    """Each field only where the tag says it: millivolts, percent, degrees Celsius, beats a minute (health data: see ``pipeline``)."""

    battery_mv: int | None = None
    battery_percent: int | None = None
    temperature_c: float | None = None
    heart_rate: int | None = None
