"""Everything that is published of the contract: each message with its topic and one sample, each file a user writes.

A new message is one entry in ``MESSAGES``; its JSON Schema, its place in the AsyncAPI document and in docs/mqtt.md follow.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import TypeAdapter

from nearcart_contract.bridge_file import BridgeFile
from nearcart_contract.campaign_file import Campaign
from nearcart_contract.capture import CaptureLine
from nearcart_contract.cart import CartUpdated, OrderCancelled, OrderCreated, OrderRefunded
from nearcart_contract.edge_file import EdgeFile
from nearcart_contract.edge_state import Birth, Death, Health
from nearcart_contract.offer_file import Offer
from nearcart_contract.offer_message import OfferMessage, OfferReceipt, OfferWithdrawn
from nearcart_contract.presence import Ack, PresenceBatch
from nearcart_contract.relay_file import RelayFile
from nearcart_contract.roster import Roster, RosterFile
from nearcart_contract.samples import Samples
from nearcart_contract.store_file import Layout, Store
from nearcart_contract.topics import edge_topic, receipt_topic, screen_topic, staff_topic, visitor_offer_topic
from nearcart_contract.visitors_file import VisitorsFile

_EPOCH = "6f1c2f0e-5d1b-4a52-9a0e-2c5f0f5d9f11"
_BOOT = "0b3f5c0e-9d5c-4a0b-8a6a-3a1f0c2b7d44"
_STREAM = "b1f7a3c2-6e0d-4a39-9f55-7c2c0a9e1d20"
_STAMP = {"at": 1793800803.42, "monotonic": 5123.42, "boot": _BOOT}
_SCANS = [
    {
        "scanner": "wine",
        "adapter": "hci0",
        "mode": "active",
        "verdict": "every-kind",
        "told": "active scanning hears every kind of advert",
    }
]
_OFFER: dict[str, Any] = {
    "type": "offer",
    "key": "corner-shop:visit-01J9:3:dwell:offer",
    "store": "corner-shop",
    "offer": "wine-still-thinking",
    "campaign": "autumn",
    "visitor": "anna",
    "zone": "wine",
    "text": "Still thinking it over? 10 % off the wine in your cart, today.",
    "language": "en",
    "benefit": {"kind": "percent", "percent": "10"},
    "decided_at": "2026-11-04T14:00:04Z",
    "expires_at": "2026-11-04T14:10:04Z",
}

_WITHDRAWN: dict[str, Any] = {
    "type": "offer.withdrawn",
    "key": "corner-shop:visit-01J9:3:dwell:offer",
    "store": "corner-shop",
    "visitor": "anna",
    "zone": "wine",
    "reason": "the cart was bought",
    "withdrawn_at": "2026-11-04T14:02:11Z",
}
_RECEIPT: dict[str, Any] = {"key": "corner-shop:visit-01J9:3:dwell:offer", "state": "seen"}


@dataclass(frozen=True, slots=True)
class Publication:
    """A model that others may rely on. ``name`` is the schema's file name, ``about`` a sentence for its reader."""

    name: str
    model: type[Any]
    about: str
    sample: dict[str, Any] = field(default_factory=dict)

    def check_sample(self) -> None:
        """Raises pydantic's ``ValidationError`` when the sample does not fit the model."""
        TypeAdapter(self.model).validate_python(self.sample)


@dataclass(frozen=True, slots=True)
class MqttMessage(Publication):
    """A message on MQTT: its topic (with ``{store}`` and the like to be filled in), who sends it, and how."""

    topic: str = ""
    sender: Literal["edge", "gateway", "app"] = "edge"
    qos: Literal[0, 1] = 1
    retained: bool = False


MESSAGES: tuple[MqttMessage, ...] = (
    MqttMessage(
        name="presence",
        model=PresenceBatch,
        about="Transitions of one epoch, in order; sent again from the last ack until the gateway has them.",
        topic=edge_topic("{store}", "{edge}", "presence"),
        sample={
            "epoch": _EPOCH,
            "after": 41,
            "oldest": 42,
            "sent": {"at": 1793800803.5, "monotonic": 5123.5, "boot": _BOOT},
            "transitions": [
                {
                    "sequence": 42,
                    "kind": "enter",
                    "identity": "anna",
                    "scanner": "wine",
                    "stamp": _STAMP,
                    "rssi": -61,
                },
                {
                    "sequence": 43,
                    "kind": "exit",
                    "identity": "ben",
                    "scanner": "wine",
                    "stamp": _STAMP,
                    "rssi": -88,
                    "cause": "silence",
                },
            ],
        },
    ),
    MqttMessage(
        name="samples",
        model=Samples,
        about="What was heard between transitions, at most every 250 ms: never resent, never stored row by row.",
        topic=edge_topic("{store}", "{edge}", "samples"),
        qos=0,
        sample={
            "sent": _STAMP,
            "samples": [
                {
                    "identity": "anna",
                    "scanner": "wine",
                    "packets": [[212, -63], [8, -61]],
                    "measured_power": -59,
                    "telemetry": {"battery_mv": 2987, "temperature_c": 21.5},
                }
            ],
        },
    ),
    MqttMessage(
        name="ack",
        model=Ack,
        about="Everything of this epoch up to `committed` is on the gateway's disk; the edge forgets up to there.",
        topic=edge_topic("{store}", "{edge}", "ack"),
        sender="gateway",
        sample={"epoch": _EPOCH, "committed": 43},
    ),
    MqttMessage(
        name="birth",
        model=Birth,
        about="An edge is up. The key in it is what the secrets of its roster are sealed to.",
        topic=edge_topic("{store}", "{edge}", "state"),
        retained=True,
        sample={
            "online": True,
            "epoch": _EPOCH,
            "boot": _BOOT,
            "version": "0.1.0",
            "public_key": "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=",
            "scanners": ["wine"],
            "scans": _SCANS,
            "clock": "synchronised",
        },
    ),
    MqttMessage(
        name="death",
        model=Death,
        about="The last will of a lost edge, or the goodbye of one that was stopped.",
        topic=edge_topic("{store}", "{edge}", "state"),
        retained=True,
        sample={"online": False, "epoch": _EPOCH},
    ),
    MqttMessage(
        name="health",
        model=Health,
        about="Counters since the agent's start, and gauges, every 10 s. Strangers are a count and nothing else.",
        topic=edge_topic("{store}", "{edge}", "health"),
        qos=0,
        sample={
            "epoch": _EPOCH,
            "uptime_s": 3600.2,
            "adverts_heard": 812044,
            "adverts_malformed": 3,
            "strangers_dropped": 795120,
            "strangers_passed_over": 0,
            "addresses_not_tried": 0,
            "roster_size": 214,
            "present": 6,
            "outbox_waiting": 0,
            "outbox": {"at_risk": 0, "risked": 0, "lost": 0, "bytes_written": 1048576, "bytes_last_hour": 262144},
            "messages_refused": 0,
            "rss_mb": 48.6,
            "scans": _SCANS,
            "clock": "synchronised",
        },
    ),
    MqttMessage(
        name="roster",
        model=Roster,
        about="The identities an edge should know: whole in answer to its birth, then numbered changes.",
        topic=edge_topic("{store}", "{edge}", "roster"),
        sender="gateway",
        sample={
            "stream": _STREAM,
            "number": 1,
            "complete": True,
            "identities": [
                {
                    "id": "anna",
                    "kind": "ibeacon",
                    "uuid": "f7826da6-4fa2-4e98-8024-bc5b71e0893e",
                    "major": 7,
                    "minor": 1,
                },
                {"id": "ben", "kind": "sealed", "sealed": "bm90IGEgcmVhbCBzZWFsZWQgZW50cnk="},
            ],
            "removed": [],
        },
    ),
    MqttMessage(
        name="visitor-offer",
        model=OfferMessage,
        about="One offer to a visitor's own app or page. Two messages with one key are one offer.",
        topic=visitor_offer_topic("{store}", "{visitor}"),
        sender="gateway",
        sample=_OFFER,
    ),
    MqttMessage(
        name="screen-offer",
        model=OfferMessage,
        about="One offer on the screen of a zone; it does not say whom it is for.",
        topic=screen_topic("{store}", "{zone}"),
        sender="gateway",
        sample={key: value for key, value in _OFFER.items() if key != "visitor"},
    ),
    MqttMessage(
        name="staff-offer",
        model=OfferMessage,
        about="One offer for the staff to make.",
        topic=staff_topic("{store}"),
        sender="gateway",
        sample=_OFFER,
    ),
    MqttMessage(
        name="visitor-offer-withdrawn",
        model=OfferWithdrawn,
        about="An offer on this topic is over: the app takes it away.",
        topic=visitor_offer_topic("{store}", "{visitor}"),
        sender="gateway",
        sample=_WITHDRAWN,
    ),
    MqttMessage(
        name="screen-offer-withdrawn",
        model=OfferWithdrawn,
        about="An offer on this screen is over; it says neither whose it was nor why.",
        topic=screen_topic("{store}", "{zone}"),
        sender="gateway",
        sample={key: value for key, value in _WITHDRAWN.items() if key not in ("visitor", "reason")},
    ),
    MqttMessage(
        name="staff-offer-withdrawn",
        model=OfferWithdrawn,
        about="There is nothing to help with any more.",
        topic=staff_topic("{store}"),
        sender="gateway",
        sample=_WITHDRAWN,
    ),
    MqttMessage(
        name="visitor-receipt",
        model=OfferReceipt,
        about="Her app has an offer, or she looked at it. Only an offer to this visitor has receipts here.",
        topic=receipt_topic(visitor_offer_topic("{store}", "{visitor}")),
        sender="app",
        sample=_RECEIPT,
    ),
    MqttMessage(
        name="screen-receipt",
        model=OfferReceipt,
        about="The screen shows an offer.",
        topic=receipt_topic(screen_topic("{store}", "{zone}")),
        sender="app",
        sample=_RECEIPT,
    ),
    MqttMessage(
        name="staff-receipt",
        model=OfferReceipt,
        about="Somebody of the staff has it, or is on the way.",
        topic=receipt_topic(staff_topic("{store}")),
        sender="app",
        sample=_RECEIPT,
    ),
)

_CART = {
    "id": "cart-8812",
    "customer": "cust-42",
    "currency": "EUR",
    "items": [
        {"sku": "WINE-RIOJA", "title": "Rioja", "categories": ["wine"], "quantity": 2, "unit_price": "11.50"},
    ],
    "state": "open",
    "updated_at": "2026-11-04T12:58:00Z",
}

WEBHOOKS: tuple[Publication, ...] = (
    Publication(
        name="cart.updated",
        model=CartUpdated,
        about="POST /hooks/{source} of any shop, signed as Standard Webhooks describes.",
        sample={"type": "cart.updated", "timestamp": "2026-11-04T12:58:00Z", "data": _CART},
    ),
    Publication(
        name="order.created",
        model=OrderCreated,
        about="POST /hooks/{source}: a purchase, which ends the cart's story.",
        sample={
            "type": "order.created",
            "timestamp": "2026-11-04T15:10:00Z",
            "data": {
                "id": "order-5501",
                "customer": "cust-42",
                "currency": "EUR",
                "total": "23.00",
                "placed_at": "2026-11-04T15:09:58Z",
            },
        },
    ),
    Publication(
        name="order.cancelled",
        model=OrderCancelled,
        about="POST /hooks/{source}: a purchase that is not to be; the codes it was made with are given back.",
        sample={
            "type": "order.cancelled",
            "timestamp": "2026-11-04T16:00:00Z",
            "data": {"id": "order-5501", "cancelled_at": "2026-11-04T15:59:58Z"},
        },
    ),
    Publication(
        name="order.refunded",
        model=OrderRefunded,
        about="POST /hooks/{source}: money given back for a purchase, in whole or in part.",
        sample={
            "type": "order.refunded",
            "timestamp": "2026-11-06T09:00:00Z",
            "data": {
                "id": "refund-77",
                "order": "order-5501",
                "amount": "11.50",
                "currency": "EUR",
                "refunded_at": "2026-11-06T08:59:40Z",
            },
        },
    ),
)

FILES: tuple[Publication, ...] = (
    Publication("store", Store, "store.yaml: the store, its floor plan, scanners, sources and channels."),
    Publication("relay", RelayFile, "relay.yaml: a door with a public name for webhooks."),
    Publication("edge", EdgeFile, "edge.yaml: one edge agent."),
    Publication("bridge", BridgeFile, "bridge.yaml: other people's scanners, taken as edges."),
    Publication("offer", Offer, "offers/*.yaml: one offer a file."),
    Publication("campaign", Campaign, "campaigns/*.yaml: one campaign a file."),
    Publication("layout", Layout, "layout.yaml of a recording: zones and scanners."),
    Publication("roster-file", RosterFile, "--roster FILE of decode and replay: identities in clear, for try-outs."),
    Publication("visitors-file", VisitorsFile, "--visitors FILE of a replay: who is enrolled, in clear, for try-outs."),
    Publication("capture-line", CaptureLine, "*.capture.jsonl: one advertisement a line."),
)
