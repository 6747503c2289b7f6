"""The gateway's own values, in the order the data takes: position, visit, moment, decision. Times are Unix seconds."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from nearcart_contract.cart import Cart
from nearcart_contract.offer_file import Give, MomentKind

VisitorKind = Literal["visitor", "staff", "test"]
Outcome = Literal["sent", "withheld", "ghost"]
ExitReason = Literal["left", "handover", "sensor_lost"]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whom the gateway knows; ``version`` counts changes to this row, ``last_purchase_at`` is Unix seconds.

    ``consents`` are purposes for every channel (``offers``) or for one (``offers/phone``); ``refused`` are channels she said
    no to (``offers/screen``), which a yes to the purpose does not reach. ``loyalty`` is her number in the loyalty programme;
    ``email_hash`` is of ``core.email_hash``, never the address. ``slots`` are those of her first moments, by experiment, where
    she would have another one now. ``test`` is whoever tries things out: treated like a visitor, and never counted.
    """

    id: str
    kind: VisitorKind = "visitor"
    customer: str | None = None
    language: str = "en"
    consents: frozenset[str] = frozenset()
    version: int = 1
    segments: frozenset[str] = frozenset()
    tier: str | None = None
    last_purchase_at: float | None = None
    loyalty: str | None = None
    email_hash: str | None = None
    refused: frozenset[str] = frozenset()
    slots: tuple[tuple[str, int], ...] = ()

    def consents_to(self, purpose: str, channel: str | None = None) -> bool:
        """Whether she agreed to this purpose through this channel; without a channel: through any."""
        if channel is None:
            if purpose in self.consents:
                return True
            return any(consent.partition("/")[0] == purpose for consent in self.consents)
        if not self.refused and purpose in self.consents:
            return True
        narrow = f"{purpose}/{channel}"
        return narrow not in self.refused and (purpose in self.consents or narrow in self.consents)


@dataclass(frozen=True, slots=True)
class Position:
    """The gateway's belief where a visitor is. ``x``, ``y`` and ``error`` are metres, ``None`` where the locator has none."""

    visitor: str
    at: float
    zone: str | None
    probability: float
    x: float | None = None
    y: float | None = None
    error: float | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay in the store. ``stay`` counts the zones she stood in, so that (visit, stay) names one stay in one zone."""

    id: str
    visitor: str
    entered_at: float
    zone: str | None = None
    zone_since: float | None = None
    stay: int = 0
    left_at: float | None = None
    exit_reason: ExitReason | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A thing in a visit that may trigger an offer.

    ``id`` is made of the visit, the stay and the kind, so that the same moment found again after a crash has the same id.
    ``dwell_s`` is the time in the zone at a dwell. ``heard_at`` is when the newest packet behind it was received. ``waited``
    names the offers that quiet hours made wait: then no other is looked at. ``button`` is how it was pressed, in BTHome's
    words. ``away_s`` is, at a return, how long she had been away.
    """

    id: str
    kind: MomentKind
    visitor: str
    visit: str
    at: float
    zone: str | None = None
    from_zone: str | None = None
    dwell_s: float | None = None
    probability: float = 1.0
    heard_at: float | None = None
    waited: tuple[str, ...] = ()
    button: str | None = None
    away_s: float | None = None


@dataclass(frozen=True, slots=True)
class KnownCart:
    """A visitor's cart as last heard of; ``version`` counts changes to it, ``received_at`` is the gateway's clock."""

    cart: Cart
    version: int
    received_at: float


@dataclass(frozen=True, slots=True)
class Considered:
    """One offer that was looked at: the first gate that stopped it, or ``gate`` ``None`` when it passed them all."""

    offer: str
    gate: str | None
    observed: str | None = None
    required: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided for one moment. ``key`` is the idempotency key of whatever leaves; ``reason`` is for people.

    ``gate`` is the counter's name for a withheld one (``consent``, ``per_visitor_limit``, ``quiet_hours`` …), ``None`` when
    sent. ``inputs`` holds, as JSON values, everything that is needed to decide it again. ``slot`` and ``variant`` are her
    assignment in the ``experiment`` of the campaign. ``cost`` is what a sent one holds of the budget, in the store's currency. With ``again_at`` (Unix
    seconds) the offers ``waiting`` are asked again then.
    """

    key: str
    moment: Moment
    outcome: Outcome
    reason: str
    gate: str | None = None
    offer: str | None = None
    campaign: str | None = None
    channel: str | None = None
    text: str | None = None
    language: str | None = None
    benefit: Give | None = None
    expires_at: float | None = None
    revision: str | None = None
    considered: tuple[Considered, ...] = ()
    inputs: dict[str, Any] = field(default_factory=dict)
    slot: int | None = None
    variant: str | None = None
    experiment: str | None = None
    cost: Decimal = Decimal(0)
    again_at: float | None = None
    waiting: tuple[str, ...] = ()
