"""What the console asks of the gateway: plain values, and the ports that the gateway's service implements.

Nothing here names a visitor, a device or a secret: a person is an opaque id and a pseudonym. Times are Unix seconds on the
store's clock, lengths metres with x to the right and y down, RSSI dBm.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from nearcart_contract.edge_state import Clock
from nearcart_contract.offer_file import MomentKind
from nearcart_gateway.core.changes import DeliveryState, Receipt
from nearcart_gateway.core.values import Considered, Outcome
from nearcart_gateway.shell.web.changes import Subscription

CartMark = Literal["open", "abandoned", "none"]
HealthState = Literal["ok", "degraded"]
PartState = Literal["ok", "trouble"]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ZoneView:
    """A part of the floor. ``shapes`` are the polygons that draw it, ``label`` is where its name starts."""

    id: str
    name: str
    shapes: tuple[tuple[Point, ...], ...]
    label: Point
    label_width: float


@dataclass(frozen=True, slots=True)
class ScannerView:
    """One radio, ``z`` metres above the floor, and the edge that runs it."""

    id: str
    x: float
    y: float
    z: float
    zone: str
    edge: str


@dataclass(frozen=True, slots=True)
class FloorView:
    """The store's floor: a rectangle that starts at (``left``, ``top``). ``floor_plan.floor_view`` makes it of a store file."""

    store: str
    name: str
    time_zone: str
    left: float
    top: float
    width: float
    height: float
    zones: tuple[ZoneView, ...]
    scanners: tuple[ScannerView, ...]


@dataclass(frozen=True, slots=True)
class PersonView:
    """Somebody in the store. ``id`` is opaque and stays the same during a visit; ``since`` is when she came into ``zone`` (its id)."""

    id: str
    pseudonym: str
    x: float | None
    y: float | None
    error: float | None
    zone: str | None
    cart: CartMark
    staff: bool
    since: float


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One row of the feed. ``key`` is the decision's number (its idempotency key holds the visitor's id); ``zone`` is the zone's name as people call it, ``reason`` a sentence for people.

    ``delivery`` is ``None`` unless ``outcome`` is ``sent``.
    """

    key: str
    at: float
    pseudonym: str
    zone: str | None
    outcome: Outcome
    reason: str
    offer: str | None = None
    channel: str | None = None
    text: str | None = None
    delivery: DeliveryState | None = None


@dataclass(frozen=True, slots=True)
class DecisionDetail:
    """A decision with every offer that was looked at, and what became of the one that was sent. ``dwell`` is the time in the zone, in seconds, of a dwell."""

    decision: DecisionView
    moment: MomentKind
    considered: tuple[Considered, ...]
    dwell: float | None = None
    campaign: str | None = None
    revision: str | None = None
    receipts: tuple[Receipt, ...] = ()


@dataclass(frozen=True, slots=True)
class EdgeView:
    """One edge. ``spark`` holds (second, dBm), the loudest packet of each second of the last minute, oldest first.

    Counters are ``None`` until the edge has told them; ``problem`` is a sentence of what is wrong and how to mend it.
    """

    name: str
    online: bool
    last_heard_at: float | None
    spark: tuple[tuple[int, int], ...] = ()
    problem: str | None = None
    outbox_waiting: int | None = None
    adverts_heard: int | None = None
    clock: Clock = "unknown"


@dataclass(frozen=True, slots=True)
class HealthView:
    """How the gateway is. ``problems`` are sentences of what is wrong and how to mend it; ``uptime`` is seconds."""

    state: HealthState
    now: float
    uptime: float
    broker: PartState
    database: PartState
    offers: PartState
    offers_revision: str | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """What the platform that sent a webhook is told. ``body`` is JSON."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)


class StoreView(Protocol):
    """The store as the console sees it. Every method answers at once, from memory or by one small query."""

    def floor(self) -> FloorView:
        """The floor plan; it changes only when the gateway is started again."""

    def people(self) -> tuple[PersonView, ...]:
        """Everybody in the store now."""

    def decisions(self, limit: int, before: str | None) -> tuple[DecisionView, ...]:
        """At most ``limit`` decisions, newest first; those older than the one with the key ``before`` where it is given."""

    def decision(self, key: str) -> DecisionDetail | None:
        """One decision, or ``None`` when there is no such key."""

    def edges(self) -> tuple[EdgeView, ...]:
        """Every edge of the store file, heard or not, in the file's order."""

    def health(self) -> HealthView:
        """How the gateway is now."""

    def subscribe(self) -> AbstractContextManager[Subscription]:
        """Told of what changes (``ChangeBoard`` of ``changes.py`` implements it)."""


class HookReceiver(Protocol):
    """Takes the webhooks of the store's sources."""

    async def receive(self, source: str, headers: Mapping[str, str], body: bytes) -> HookAnswer:
        """One webhook, as it came. Header names are lower case. Status 404 where the store has no such source."""
