"""What a decision saw, as JSON values: enough to decide it again, and to explain it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from nearcart_contract.cart import Cart
from nearcart_gateway.core.ledger import LedgerReading
from nearcart_gateway.core.values import KnownCart, Moment, Visitor


class WatchedLedger:
    """A ledger that remembers what it was asked and answered."""

    def __init__(self, ledger: LedgerReading) -> None:
        self._ledger = ledger
        self._seen: dict[str, Any] = {}

    def count(self, visitor: str, offer: str, since: float) -> int:
        found = self._ledger.count(visitor, offer, since)
        self._seen.setdefault("counts", {})[offer] = found
        return found

    def last(self, visitor: str) -> float | None:
        found = self._ledger.last(visitor)
        self._seen["last"] = found
        return found

    def seen(self) -> dict[str, Any]:
        return self._seen


class RecordedLedger:
    """Answers as a decision's inputs say the ledger answered."""

    def __init__(self, seen: Mapping[str, Any]) -> None:
        self._seen = seen

    def count(self, visitor: str, offer: str, since: float) -> int:
        return int(self._seen.get("counts", {}).get(offer, 0))

    def last(self, visitor: str) -> float | None:
        last = self._seen.get("last")
        return None if last is None else float(last)


def write_inputs(
    moment: Moment,
    visitor: Visitor | None,
    cart: KnownCart | None,
    ledger: Mapping[str, Any],
    *,
    now: float,
    clock_synchronised: bool,
    revision: str,
) -> dict[str, Any]:
    """Everything ``decide`` was given, as JSON values."""
    return {
        "moment": asdict(moment),
        "visitor": None if visitor is None else {**asdict(visitor), "consents": sorted(visitor.consents)},
        "cart": None if cart is None else {**_known(cart), "cart": cart.cart.model_dump(mode="json")},
        "ledger": dict(ledger),
        "now": now,
        "clock_synchronised": clock_synchronised,
        "revision": revision,
    }


def read_moment(inputs: Mapping[str, Any]) -> Moment:
    return Moment(**inputs["moment"])


def read_visitor(inputs: Mapping[str, Any]) -> Visitor | None:
    row = inputs["visitor"]
    return None if row is None else Visitor(**{**row, "consents": frozenset(row["consents"])})


def read_cart(inputs: Mapping[str, Any]) -> KnownCart | None:
    row = inputs["cart"]
    return None if row is None else KnownCart(Cart.model_validate(row["cart"]), row["version"], row["received_at"])


def _known(cart: KnownCart) -> dict[str, Any]:
    return {"version": cart.version, "received_at": cart.received_at}
