"""What an edge says of itself: retained birth, last will, and health."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from nearcart_contract.names import Message, Name

Clock = Literal["synchronised", "unsynchronised", "unknown"]
"""What the kernel says of its clock (``adjtimex``)."""


ScanVerdict = Literal["every-kind", "formats-only", "refused"]
"""What a scan hears: every kind of advert; the formats that edges read and nothing that is known by its address; or passive
scanning was asked for, failed its test, and active scanning is used."""


class Scan(Message):
    """How one scanner scans now, as tested when it started."""

    scanner: Name
    adapter: str = Field(max_length=16)
    mode: Literal["active", "passive"]
    verdict: ScanVerdict
    told: str = Field(max_length=300, description="the verdict in a sentence")


class Birth(Message):
    """Topic ``…/state``, QoS 1, retained, repeated after every broker connection."""

    online: Literal[True] = True
    epoch: UUID
    boot: UUID
    version: str = Field(max_length=64)
    public_key: str = Field(max_length=64, description="X25519, base64: what this edge's roster secrets are sealed to")
    scanners: tuple[Name, ...] = Field(min_length=1, max_length=16)
    scans: tuple[Scan, ...] = Field(default=(), max_length=16, description="of the scanners that scan")
    clock: Clock = "unknown"
    problem: str | None = Field(
        default=None, max_length=500, description="what is wrong and how to mend it, in a sentence"
    )


class Death(Message):
    """Topic ``…/state``, retained: the last will, or a goodbye at a clean stop."""

    online: Literal[False] = False
    epoch: UUID


State = Annotated[Birth | Death, Field(discriminator="online")]


class OutboxState(Message):
    """The outbox in figures, of transitions and bytes; counters since the agent's start."""

    at_risk: int = Field(ge=0, description="in memory only now: a power cut would lose them")
    risked: int = Field(ge=0, description="ever in memory only, for a time")
    lost: int = Field(ge=0, description="neither file nor memory could take them")
    bytes_written: int | None = Field(default=None, ge=0, description="to the card, where the kernel says it")
    bytes_last_hour: int | None = Field(default=None, ge=0)


class Health(Message):
    """Topic ``…/health``, QoS 0, every 10 s: counters since the agent's start, and gauges."""

    epoch: UUID
    uptime_s: float = Field(ge=0)
    adverts_heard: int = Field(ge=0)
    adverts_malformed: int = Field(ge=0)
    strangers_dropped: int = Field(
        ge=0, description="adverts of devices that are not enrolled: a count is all that is kept"
    )
    strangers_passed_over: int = Field(default=0, ge=0, description="of those, not looked at, in a flood of them")
    addresses_not_tried: int = Field(
        default=0, ge=0, description="of those, private addresses not tried against the keys, as too many new ones came"
    )
    rssi_floor: int | None = Field(
        default=None, ge=-127, le=20, description="in a flood: packets below so many dBm are not heard"
    )
    roster_size: int = Field(ge=0)
    present: int = Field(ge=0, description="enrolled identities now in range")
    outbox_waiting: int = Field(ge=0, description="transitions not yet acknowledged by the gateway")
    outbox: OutboxState | None = None
    messages_refused: int = Field(default=0, ge=0, description="MQTT messages this edge could not read")
    rss_mb: float | None = Field(default=None, ge=0)
    scans: tuple[Scan, ...] = Field(default=(), max_length=16)
    clock: Clock = "unknown"
    problem: str | None = Field(default=None, max_length=500)
