"""What one step of the engine changed: everything in it is committed together, or not at all."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from nearcart_contract.edge_state import Birth
from nearcart_contract.offer_message import OfferMessage
from nearcart_contract.presence import Ack
from nearcart_gateway.core.cart_book import CartRecord
from nearcart_gateway.core.coupons import GivenCoupon
from nearcart_gateway.core.deferrals import Deferred
from nearcart_gateway.core.hooks.event import OrderRefund
from nearcart_gateway.core.ingest import Cursor, TakenTransition
from nearcart_gateway.core.orders import OrderRecord, Withdrawal
from nearcart_gateway.core.source_rows import SourceRows
from nearcart_gateway.core.spending import Use
from nearcart_gateway.core.undecided import Undecided
from nearcart_gateway.core.values import Decision, Position, Visit
from nearcart_gateway.core.visits import Presence, PresenceEnded

DeliveryState = Literal[
    "waiting", "sending", "sent", "delivered", "seen", "failed", "expired", "withdrawn", "skipped", "unknown"
]
"""``core.delivery`` tells what each means and how one follows another."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One offer on its way. ``body`` is the message's JSON; times are Unix seconds.

    ``channel`` is the one it leaves through now, ``through`` are those that come after it, ``failed`` whether one before it did.
    ``maybe``: something may have left through this one. ``heard_at`` is when she was last heard as it was decided (``None``:
    just then), ``left_at`` when her visit ended, where that is known.
    """

    key: str
    channel: str
    visitor: str
    zone: str | None
    body: str
    created_at: float
    next_at: float
    expires_at: float
    state: DeliveryState = "waiting"
    attempts: int = 0
    published_at: float | None = None
    error: str | None = None
    through: tuple[str, ...] = ()
    failed: bool = False
    maybe: bool = False
    visit: str = ""
    heard_at: float | None = None
    left_at: float | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an offer in one channel, and when (Unix seconds): each state once, however often it is told."""

    key: str
    channel: str
    state: DeliveryState
    at: float
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class SetAside:
    """A payload that could not be read, kept whole with the headers that hold no secret.

    ``kind`` and ``key`` are its envelope's where it came in none (a poll, an import); a webhook's are opened again.
    """

    source: str
    headers: dict[str, str]
    body: bytes
    problem: str
    received_at: float
    kind: str | None = None
    key: str | None = None

    @property
    def digest(self) -> bytes:
        """The same for the same bytes about the same kind of thing, whatever id a repeat comes with."""
        topics = sorted(value for name, value in self.headers.items() if name.endswith("-topic"))
        what = "\n".join((self.source, self.kind or "", *topics))
        return hashlib.sha256(what.encode() + b"\0" + self.body).digest()


@dataclass(frozen=True, slots=True)
class Revision:
    """A set of offer and campaign files (name to text) that came into force. ``authors`` are those of single files."""

    revision: str
    taken_at: float
    author: str
    documents: dict[str, str]
    authors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PeopleChange:
    """A visitor erased or, with a ``target``, merged into another; the last thing of its transaction.

    ``time_zone`` and ``currency`` are the store's: on which day what she did is reported, and in what.
    """

    visitor: str
    target: str | None = None
    time_zone: str = "UTC"
    currency: str = "EUR"


@dataclass(slots=True)
class Changes:
    """Rows for one transaction, and what may be said after its commit: acks, offers, answers to births.

    ``uses`` are the ledger's rows of the decisions, by key; ``settled`` those of earlier ones that were used or given back.
    ``deferred`` are moments that wait, by id; ``asked_again`` the ids of those that wait no more.
    ``through`` are, by key, the channels that come after a sent decision's own.
    ``withdrawals`` are offers to be taken back, by key, ``withdrawals_told`` when that was done (Unix seconds); ``orders`` are by source and id.
    ``people`` are erased or merged after everything else, so that nothing written beside it is left behind.
    ``positions`` are the locator's latest words; they are shown and replayed, not kept.
    """

    transitions: list[TakenTransition] = field(default_factory=list)
    cursors: dict[tuple[str, str], Cursor] = field(default_factory=dict)
    presences: list[Presence | PresenceEnded] = field(default_factory=list)
    visits: dict[str, Visit] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    undecided: list[Undecided] = field(default_factory=list)
    offers: dict[str, OfferMessage] = field(default_factory=dict)
    through: dict[str, tuple[str, ...]] = field(default_factory=dict)
    uses: dict[str, Use] = field(default_factory=dict)
    settled: list[Use] = field(default_factory=list)
    coupons: dict[str, GivenCoupon] = field(default_factory=dict)
    deferred: dict[str, Deferred] = field(default_factory=dict)
    asked_again: list[str] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    cart_records: list[CartRecord] = field(default_factory=list)
    orders: dict[tuple[str, str], OrderRecord] = field(default_factory=dict)
    refunds: list[OrderRefund] = field(default_factory=list)
    withdrawals: dict[str, Withdrawal] = field(default_factory=dict)
    withdrawals_told: dict[str, float] = field(default_factory=dict)
    hooks: list[tuple[str, str]] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    sources: SourceRows = field(default_factory=SourceRows)
    revisions: list[Revision] = field(default_factory=list)
    acks: dict[tuple[str, str], Ack] = field(default_factory=dict)
    people: list[PeopleChange] = field(default_factory=list)
    births: dict[str, Birth] = field(default_factory=dict)
    positions: list[Position] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return any(getattr(self, name) for name in _ROWS)


_ROWS = tuple(name for name in Changes.__dataclass_fields__ if name not in ("acks", "births", "positions", "counted"))
"""Everything but what is only said or shown."""
