"""MQTT topics: ``nearcart/v1/{store}/…`` (docs/mqtt.md has a sample of each message)."""

import re
from dataclasses import dataclass
from typing import Literal

from nearcart_contract.names import NAME_PATTERN

ROOT = "nearcart/v1"

EdgeChannel = Literal["presence", "samples", "ack", "state", "health", "roster"]
FROM_EDGE: tuple[EdgeChannel, ...] = ("presence", "samples", "state", "health")
RECEIPTS = ("visitor/+/receipt", "screen/+/receipt", "staff/receipt")
"""Below a store's topics: where apps, screens and staff say what became of offers."""

TO_EDGE: tuple[EdgeChannel, ...] = ("ack", "roster")

MAX_PAYLOAD_BYTES = 256 * 1024
"""Larger messages are refused and counted: 500 roster entries or 2,000 samples stay well below."""

_NAME = re.compile(NAME_PATTERN)


@dataclass(frozen=True, slots=True)
class EdgeTopic:
    """A topic of one edge, taken apart."""

    store: str
    edge: str
    channel: EdgeChannel


def edge_topic(store: str, edge: str, channel: EdgeChannel) -> str:
    """The topic of one edge's channel."""
    return f"{ROOT}/{store}/edge/{edge}/{channel}"


def visitor_offer_topic(store: str, visitor: str) -> str:
    """Where a visitor's own app or page listens for offers and their withdrawal."""
    return f"{ROOT}/{store}/visitor/{visitor}/offer"


def screen_topic(store: str, zone: str) -> str:
    """Where the screen of a zone listens."""
    return f"{ROOT}/{store}/screen/{zone}"


def staff_topic(store: str) -> str:
    """Where the staff's devices listen."""
    return f"{ROOT}/{store}/staff"


def receipt_topic(offer_topic: str) -> str:
    """Where whoever listens on an offer's topic says that it arrived, or was seen."""
    return offer_topic.removesuffix("/offer") + "/receipt"


def parse_receipt_topic(topic: str, store: str) -> tuple[str, str | None] | None:
    """(``visitor``, her id), (``screen``, its zone) or (``staff``, ``None``); ``None`` for any other topic."""
    base = f"{ROOT}/{store}/"
    if not topic.startswith(base) or not topic.endswith("/receipt"):
        return None
    kind, _, name = topic[len(base) : -len("/receipt")].partition("/")
    if kind == "staff":
        return None if name else (kind, None)
    return (kind, name) if kind in ("visitor", "screen") and _NAME.match(name) else None


def parse_edge_topic(topic: str) -> EdgeTopic:
    """Take an edge's topic apart. Raises ``ValueError`` for any other topic or a name out of bounds."""
    parts = topic.split("/")
    if len(parts) != 6 or "/".join(parts[:2]) != ROOT or parts[3] != "edge":
        raise ValueError(f"topic '{topic[:200]}' is not {ROOT}/STORE/edge/EDGE/CHANNEL")
    store, edge, channel = parts[2], parts[4], parts[5]
    for name in (store, edge):
        if not _NAME.match(name):
            raise ValueError(f"name '{name[:80]}' in a topic must be 1 to 64 of a-z, 0-9 and hyphen")
    for known in (*FROM_EDGE, *TO_EDGE):
        if channel == known:
            return EdgeTopic(store, edge, known)
    raise ValueError(f"channel '{channel[:80]}' is not one of {', '.join((*FROM_EDGE, *TO_EDGE))}")
