"""What the core says of an identity. Times are seconds on whatever clock the caller passes in as ``now``."""

from dataclasses import dataclass

from nearcart_contract.presence import ExitCause, TransitionKind
from nearcart_edge.core.telemetry import TagTelemetry


@dataclass(frozen=True, slots=True)
class PresenceEvent:
    """A transition before it has a number: somebody entered, left or pressed at one scanner.

    ``rssi`` is the dBm of the packet behind it; ``address`` the one last heard, which never leaves the process; ``number`` the
    tag's own of a press.
    """

    kind: TransitionKind
    identity: str
    scanner: str
    at: float
    rssi: int | None = None
    cause: ExitCause | None = None
    button: str | None = None
    address: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """Every packet of one identity at one scanner since the last update, as (time, dBm), oldest first."""

    identity: str
    scanner: str
    packets: tuple[tuple[float, int], ...]
    measured_power: int | None = None
    telemetry: TagTelemetry | None = None
    address: str = ""
