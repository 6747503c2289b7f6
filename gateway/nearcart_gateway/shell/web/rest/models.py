"""What the API says: times with their zone (UTC), money as text with its currency, nothing secret."""

from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from nearcart_contract.offer_file import MomentKind
from nearcart_gateway.core.roles import Permission, Viewer
from nearcart_gateway.core.values import Outcome, VisitorKind
from nearcart_gateway.shell.web.views import CartMark, HealthState, PartState

T = TypeVar("T")


class Answer(BaseModel):
    """Base of everything the API says."""

    model_config = ConfigDict(frozen=True)


class Page(Answer, Generic[T]):
    """A page of a list. ``next`` is the ``cursor`` of the page after it, ``null`` on the last."""

    items: list[T]
    next: str | None = None


class KeyOut(Answer):
    """What the caller may do."""

    role: Viewer = Field(examples=["marketer"])
    name: str | None = Field(description="the key's name; null without a key", examples=["agency"])
    expires_at: datetime | None = None
    permissions: list[Permission]


class VisitorRef(Answer):
    """A visitor as the caller's role may see her."""

    pseudonym: str = Field(examples=["amber fox"])
    id: str | None = Field(default=None, description="null for roles that may not see ids", examples=["anna"])


class ConsideredOut(Answer):
    """One offer that was looked at, and the first gate that stopped it; ``null`` when it passed them all."""

    offer: str = Field(examples=["wine-dwell"])
    gate: str | None = Field(examples=["cart_state"])
    observed: str | None = Field(default=None, examples=["open"])
    required: str | None = Field(default=None, examples=["abandoned"])


class DecisionOut(Answer):
    """What was decided for one moment."""

    id: int = Field(examples=[412])
    at: datetime
    visitor: VisitorRef
    moment: MomentKind = Field(examples=["dwell"])
    zone: str | None = Field(examples=["wine"])
    outcome: Outcome = Field(examples=["withheld"])
    gate: str | None = Field(description="what withheld it", examples=["per_visitor_limit"])
    reason: str = Field(description="a sentence for people", examples=["silent: had 2 of 2 this week"])
    offer: str | None = Field(examples=["wine-dwell"])
    campaign: str | None = None
    channel: str | None = Field(examples=["phone"])
    text: str | None = Field(description="as it was said, or would have been")
    revision: str | None = Field(description="of the offers it was made with", examples=["3f9a21c7b012"])
    delivery: str | None = Field(
        description="waiting, sent, delivered, seen, failed, expired, withdrawn, skipped, unknown …; null unless sent"
    )


class ReceiptOut(Answer):
    """What became of an offer in one channel, and when."""

    channel: str = Field(examples=["phone"])
    state: str = Field(examples=["seen"])
    at: datetime
    detail: str | None = Field(default=None, description="why, of what did not arrive")


class ReceiptTakenOut(Answer):
    """A receipt was taken; ``delivery`` is what is known of the offer now."""

    key: str
    channel: str = Field(examples=["crm"])
    delivery: str = Field(examples=["seen"])


class DecisionDetailOut(DecisionOut):
    """A decision with every offer it looked at, and what became of the one that was sent."""

    considered: list[ConsideredOut]
    receipts: list[ReceiptOut] = Field(description="in order of time; empty unless sent")
    dwell_s: float | None = Field(description="seconds in the zone, of a dwell")
    key: str | None = Field(description="the idempotency key on every channel; null for roles that may not see ids")


class VisitOut(Answer):
    """One stay in the store."""

    id: str = Field(description="opaque", examples=["9f86d081884c7d65"])
    visitor: VisitorRef
    entered_at: datetime
    left_at: datetime | None = Field(description="null while she is here")
    zone: str | None = Field(description="where she stands, or stood last", examples=["wine"])
    zone_since: datetime | None
    exit_reason: str | None = Field(description="left, handover or sensor_lost", examples=["left"])


class IdentityOut(Answer):
    """A thing she carries. Which fields are there follows from ``kind``; keys are never shown."""

    id: str = Field(description="its name on edges", examples=["t-1f2e3d4c5b6a7988"])
    kind: str = Field(examples=["ibeacon"])
    uuid: str | None = None
    major: int | None = None
    minor: int | None = None
    namespace: str | None = None
    instance: str | None = None
    id1: str | None = None
    id2: int | None = None
    id3: int | None = None
    address: str | None = None
    rotation_exponent: int | None = None
    clock_offset_s: int | None = None


class OwnPageOut(Answer):
    """A link to a visitor's own page. It is shown this once; only its hash is kept."""

    url: str = Field(examples=["https://shop.example.com/me/3kJc0b1f1t2vYw9mQ4uX7a8ZsDfGhJkL"])


class VisitorOut(Answer):
    """Who is enrolled. ``version`` is what the ``ETag`` holds."""

    id: str = Field(examples=["anna"])
    pseudonym: str = Field(examples=["amber fox"])
    kind: VisitorKind = Field(examples=["visitor"])
    customer: str | None = Field(description="her id in the online shop", examples=["7012"])
    language: str = Field(examples=["en"])
    consents: list[str] = Field(examples=[["offers"]])
    refused: list[str] = Field(description="channels she said no to", examples=[["offers/screen"]])
    segments: list[str] = Field(examples=[["wine-club"]])
    tier: str | None = Field(examples=["gold"])
    loyalty: str | None = Field(description="her number in the loyalty programme", examples=["L-7012"])
    by_email: bool = Field(description="whether carts are joined to her by the hash of an e-mail address")
    last_purchase_at: datetime | None
    version: int = Field(examples=[3])
    identities: list[IdentityOut]
    created_at: datetime
    updated_at: datetime


class ConsentOut(Answer):
    """One thing she said."""

    at: datetime
    purpose: str = Field(examples=["offers"])
    channel: str | None = Field(description="null for every channel", examples=["phone"])
    given: bool
    text_version: str | None = Field(examples=["2026-09"])
    source: str = Field(examples=["counter"])


class ConsentsOut(Answer):
    """All she ever said, oldest first, and what counts now."""

    consents: list[str] = Field(examples=[["offers"]])
    refused: list[str]
    items: list[ConsentOut]


class ComplaintOut(Answer):
    """One thing she complained of."""

    at: datetime
    channel: str | None = Field(examples=["phone"])
    campaign: str | None = Field(examples=["autumn"])
    offer: str | None = Field(examples=["wine-dwell"])
    words: str | None = Field(examples=["too many messages"])
    source: str = Field(examples=["counter"])


class ComplaintsOut(Answer):
    """All she complained of, oldest first."""

    items: list[ComplaintOut]


class ExportOut(Answer):
    """Everything that is kept of a visitor. The rows of each table as they are kept, the keys of what she carries left out."""

    tables: dict[str, list[dict[str, Any]]]


class CartItemOut(Answer):
    """One line of a cart."""

    sku: str | None
    product: str | None
    title: str | None
    categories: list[str]
    brand: str | None
    quantity: int
    unit_price: str = Field(description="major units", examples=["12.90"])


class CartOut(Answer):
    """An online cart as last heard of."""

    id: str
    source: str = Field(examples=["web"])
    state: CartMark = Field(examples=["abandoned"])
    currency: str = Field(examples=["EUR"])
    total: str = Field(examples=["38.40"])
    items: list[CartItemOut]
    updated_at: datetime
    age_s: float = Field(description="seconds since the gateway heard of it")


class CartsOut(Answer):
    """A visitor's carts: at most one is in force."""

    items: list[CartOut]


class RedemptionOut(Answer):
    """What became of an offer."""

    offer: str = Field(examples=["wine-dwell"])
    campaign: str | None = Field(examples=["autumn"])
    state: str = Field(description="redeemed or given_back", examples=["redeemed"])
    visitor: VisitorRef | None
    amount: str = Field(description="what it came to, or may", examples=["3.80"])
    currency: str = Field(examples=["EUR"])
    made_at: datetime
    settled_at: datetime | None


class RefundOut(Answer):
    """Money given back."""

    amount: str = Field(examples=["11.50"])
    currency: str = Field(examples=["EUR"])
    at: datetime


class OrderOut(Answer):
    """A purchase."""

    id: str = Field(examples=["receipt-20117"])
    source: str = Field(description="till, or a source of store.yaml", examples=["till"])
    state: str = Field(description="placed or cancelled", examples=["placed"])
    placed_at: datetime | None = Field(description="null where only its cancellation was heard of")
    total: str | None = Field(examples=["23.00"])
    currency: str = Field(examples=["EUR"])
    coupons: list[str]
    refunds: list[RefundOut]


class OrdersOut(Answer):
    """A visitor's purchases: the newest hundred."""

    items: list[OrderOut]


class OfferOut(Answer):
    """An offer in force."""

    offer: str = Field(examples=["wine-dwell"])
    campaign: str | None = Field(examples=["autumn"])
    active: bool
    priority: int
    file: str = Field(examples=["offers/wine.yaml"])


class CampaignOut(Answer):
    """A campaign in force."""

    campaign: str = Field(examples=["autumn"])
    name: str = Field(examples=["Autumn wines"])
    file: str = Field(examples=["campaigns/autumn.yaml"])


class OffersOut(Answer):
    """The offers of the revision in force."""

    revision: str = Field(examples=["3f9a21c7b012"])
    items: list[OfferOut]


class CampaignsOut(Answer):
    """The campaigns of the revision in force."""

    revision: str = Field(examples=["3f9a21c7b012"])
    items: list[CampaignOut]


class OfferFileOut(OfferOut):
    """An offer with its file."""

    revision: str = Field(examples=["3f9a21c7b012"])
    text: str = Field(description="the file as it stands", examples=["offer: wine-dwell\n…"])


class CampaignFileOut(CampaignOut):
    """A campaign with its file."""

    revision: str = Field(examples=["3f9a21c7b012"])
    text: str = Field(description="the file as it stands", examples=["campaign: autumn\n…"])


class FileMistake(Answer):
    """A mistake in a file, as `nearcart offers check` tells it. Lines and columns count from 1; 0 is the whole file."""

    file: str = Field(examples=["offers/wine.yaml"])
    line: int
    column: int
    field: str = Field(examples=["when.zones[0]"])
    message: str = Field(examples=["found 'wein', allowed: wine, cheese; did you mean 'wine'?"])


class CheckedOut(Answer):
    """What a check found. ``ok`` is whether the text could go into force with what is there."""

    ok: bool
    problems: list[FileMistake]
    warnings: list[FileMistake]


class ZoneOut(Answer):
    """A zone of the store."""

    id: str = Field(examples=["wine"])
    name: str = Field(examples=["Wine"])
    tags: list[str]
    scanners: list[str] = Field(examples=[["wine"]])


class ZonesOut(Answer):
    """All zones, in the order of store.yaml."""

    items: list[ZoneOut]


class PersonOut(Answer):
    """Somebody in the store now. Lengths are metres."""

    id: str = Field(description="opaque; the same during a visit", examples=["9f86d081884c7d65"])
    pseudonym: str = Field(examples=["amber fox"])
    zone: str | None = Field(examples=["wine"])
    since: datetime = Field(description="when she came into the zone")
    x: float | None
    y: float | None
    error: float | None
    cart: CartMark
    staff: bool


class PeopleOut(Answer):
    """Everybody in the store now."""

    items: list[PersonOut]


class EdgeOut(Answer):
    """An edge and how it is."""

    name: str = Field(examples=["wine"])
    online: bool
    last_heard_at: datetime | None
    problem: str | None = Field(description="what is wrong and how to mend it")
    outbox_waiting: int | None
    adverts_heard: int | None
    clock: str = Field(examples=["synchronised"])


class EdgesOut(Answer):
    """Every edge of store.yaml."""

    items: list[EdgeOut]


class HealthOut(Answer):
    """How the gateway is."""

    state: HealthState
    now: datetime
    uptime_s: float
    broker: PartState
    database: PartState
    offers: PartState
    offers_revision: str | None
    problems: list[str] = Field(description="what is wrong and how to mend it")


def utc(at: float) -> datetime:
    """Unix seconds as a time."""
    return datetime.fromtimestamp(at, UTC)


def utc_or_none(at: float | None) -> datetime | None:
    """Unix seconds as a time, where there are any."""
    return None if at is None else utc(at)
