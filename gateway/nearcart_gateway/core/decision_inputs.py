"""What a decision saw, as JSON values: enough to decide it again, and to explain it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from nearcart_contract.cart import Cart
from nearcart_gateway.core.ledger import Count, LedgerReading
from nearcart_gateway.core.spending import Spent, Use
from nearcart_gateway.core.values import KnownCart, Moment, Visitor


class WatchedLedger:
    """A ledger that remembers what it was asked and answered. No visitor but hers is asked about in one decision."""

    def __init__(self, ledger: LedgerReading) -> None:
        self._ledger = ledger
        self._counts: dict[str, int] = {}
        self._last: tuple[float | None] | None = None
        self._seen: dict[str, Any] = {}

    def count(self, question: Count, visitor: str, at: float) -> int:
        found = self._counts.get(question.key)
        if found is None:
            found = self._counts[question.key] = self._ledger.count(question, visitor, at)
        return found

    def last(self, visitor: str) -> float | None:
        if self._last is None:
            self._last = (self._ledger.last(visitor),)
        return self._last[0]

    def holds(self, visitor: str, now: float) -> tuple[Use, ...]:
        found = self._ledger.holds(visitor, now)
        if found:
            self._seen["holds"] = [[use.offer, use.stacks, use.stack_group] for use in found]
        return found

    def spent(self, campaign: str) -> Spent:
        found = self._ledger.spent(campaign)
        self._seen.setdefault("spent", {})[campaign] = [found.redemptions, str(found.money)]
        return found

    def seen(self) -> dict[str, Any]:
        """Questions and answers, as JSON values."""
        counts = {"counts": self._counts} if self._counts else {}
        last = {} if self._last is None else {"last": self._last[0]}
        return {**counts, **last, **self._seen}


class RecordedLedger:
    """Answers as a decision's inputs say the ledger answered; what it was not asked then counts as nothing."""

    def __init__(self, seen: Mapping[str, Any]) -> None:
        self._seen = seen

    def count(self, question: Count, visitor: str, at: float) -> int:
        counts = self._seen.get("counts", {})
        return int(counts.get(question.key, counts.get(question.name, 0)))  # by name alone: until 0.1, hers of an offer

    def last(self, visitor: str) -> float | None:
        last = self._seen.get("last")
        return None if last is None else float(last)

    def holds(self, visitor: str, now: float) -> tuple[Use, ...]:
        rows = self._seen.get("holds", ())
        return tuple(_held(visitor, now, *row) for row in rows)

    def spent(self, campaign: str) -> Spent:
        redemptions, money = self._seen.get("spent", {}).get(campaign, (0, "0"))
        return Spent(int(redemptions), Decimal(money))


def _held(visitor: str, now: float, offer: str, stacks: bool, stack_group: str | None) -> Use:
    return Use("", visitor, offer, None, now, now + 1, "held", gives=True, stacks=stacks, stack_group=stack_group)


def write_inputs(
    moment: Moment,
    visitor: Visitor | None,
    cart: KnownCart | None,
    ledger: Mapping[str, Any],
    facts: Mapping[str, Any],
    *,
    now: float,
    clock_synchronised: bool,
    revision: str,
    taken: tuple[str, ...] = (),
    cart_age: bool = False,
) -> dict[str, Any]:
    """Everything ``decide`` was given, as JSON values. ``cart_age``: the reason may tell how old the cart is."""
    inputs: dict[str, Any] = {
        "moment": _moment(moment),
        "visitor": None if visitor is None else person_row(visitor),
        "cart": None if cart is None else _cart(cart),
        "ledger": ledger,
        "facts": facts,
        "now": now,
        "clock_synchronised": clock_synchronised,
        "revision": revision,
    }
    if taken:
        inputs["taken"] = list(taken)
    if cart_age and cart is not None:
        inputs["cart_age"] = True
    return inputs


def read_moment(inputs: Mapping[str, Any]) -> Moment:
    row = inputs["moment"]
    return Moment(**{**row, "waited": tuple(row.get("waited", ()))})


def read_visitor(inputs: Mapping[str, Any]) -> Visitor | None:
    row = inputs["visitor"]
    if row is None:
        return None
    sets = {"consents": frozenset(row["consents"]), "segments": frozenset(row.get("segments", ()))}
    sets["refused"] = frozenset(row.get("refused", ()))
    slots = tuple((str(name), int(slot)) for name, slot in row.get("slots", ()))
    return Visitor(**{**row, **sets, "slots": slots})


def read_cart(inputs: Mapping[str, Any]) -> KnownCart | None:
    row = inputs["cart"]
    return None if row is None else KnownCart(Cart.model_validate(row["cart"]), row["version"], row["received_at"])


def _moment(moment: Moment) -> dict[str, Any]:
    """Field by field: this runs in every decision, and a general way takes twice as long."""
    return {
        "id": moment.id,
        "kind": moment.kind,
        "visitor": moment.visitor,
        "visit": moment.visit,
        "at": moment.at,
        "zone": moment.zone,
        "from_zone": moment.from_zone,
        "dwell_s": moment.dwell_s,
        "probability": moment.probability,
        "heard_at": moment.heard_at,
        "waited": list(moment.waited),
        "button": moment.button,
        "away_s": moment.away_s,
    }


def person_row(visitor: Visitor) -> dict[str, Any]:
    """What a decision needs of her: not her e-mail's hash."""
    row: dict[str, Any] = {
        "id": visitor.id,
        "kind": visitor.kind,
        "customer": visitor.customer,
        "language": visitor.language,
        "consents": sorted(visitor.consents),
        "version": visitor.version,
        "segments": sorted(visitor.segments) if visitor.segments else [],
        "tier": visitor.tier,
        "last_purchase_at": visitor.last_purchase_at,
        "loyalty": visitor.loyalty,
        "refused": sorted(visitor.refused) if visitor.refused else [],
    }
    if visitor.slots:
        row["slots"] = [list(pair) for pair in visitor.slots]
    return row


def _cart(known: KnownCart) -> dict[str, Any]:
    return {
        "version": known.version,
        "received_at": known.received_at,
        "cart": known.cart.model_dump(mode="json"),
    }
