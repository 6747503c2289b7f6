"""Updates: what was heard between transitions. RAM only, unnumbered, QoS 0, never resent, never stored row by row."""

from typing import Annotated

from pydantic import Field

from nearcart_contract.names import Message, Name
from nearcart_contract.presence import Stamp

MAX_SAMPLES = 2000
"""Samples in one message at most."""

SAMPLE_INTERVAL_S = 0.25
"""An edge publishes at most one sample a tag in this time."""

Packet = tuple[Annotated[int, Field(ge=0, le=3_600_000)], Annotated[int, Field(ge=-127, le=20)]]
"""(milliseconds before ``sent``, RSSI in dBm) of one packet."""


class Telemetry(Message):
    """What a tag says of itself; each field only where the tag says it."""

    battery_mv: int | None = Field(default=None, ge=0, le=10_000)
    battery_percent: int | None = Field(default=None, ge=0, le=100)
    temperature_c: float | None = Field(default=None, ge=-128, le=256)
    heart_rate: int | None = Field(
        default=None,
        ge=0,
        le=65_535,
        description="beats a minute: health data, only of identities whose roster entry allows it",
    )


class Sample(Message):
    """Every packet of one identity at one scanner since the last sample."""

    identity: Name
    scanner: Name
    packets: tuple[Packet, ...] = Field(
        min_length=1, max_length=256, description="[milliseconds before sent, RSSI dBm]"
    )
    measured_power: int | None = Field(default=None, ge=-127, le=20, description="dBm at 1 m, where the frame tells it")
    telemetry: Telemetry | None = None


class Samples(Message):
    """Topic ``…/samples``, QoS 0, every 250 ms at most."""

    sent: Stamp
    samples: tuple[Sample, ...] = Field(max_length=MAX_SAMPLES)
