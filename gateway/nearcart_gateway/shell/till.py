"""The till: codes that are shown there are used once, and what is bought there is an order like any other.

Everything goes through the one writer, so that a budget is exact whoever asks at the same moment.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

from nearcart_contract.cart import CancelledOrder, Order
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.hooks.event import Change, OrderPlaced, OrderUndone
from nearcart_gateway.core.orders import OrderRecord
from nearcart_gateway.core.spending import NotRedeemedError, Use
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.storage import ledger, orders
from nearcart_gateway.shell.writer import Writer

SOURCE = "till"
"""The source of orders that the till reports."""

T = TypeVar("T")


class NoSuchOfferError(Exception):
    """No offer gave this code, or has this key."""


class RefusedError(Exception):
    """It can't be used, or given back; the message says why, for whoever stands at the till."""


class NoSuchOrderError(Exception):
    """The till reported no such order."""


class OtherOrderError(Exception):
    """An order with this id and other content was reported."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What she shows: a coupon's code, or the key of the offer on her phone. ``visitor`` tells whose a shared code is."""

    code: str | None = None
    key: str | None = None
    visitor: str | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an offer. ``repeated``: it was so before."""

    use: Use
    repeated: bool


class Till:
    """One store's. Raises ``NotCommittedError`` where nothing can be written; nothing happened then."""

    def __init__(self, writer: Writer, clock: StoreClock, reading: sqlite3.Connection) -> None:
        self._writer, self._clock, self._reading = writer, clock, reading

    async def redeem(self, shown: Shown, money: Decimal | None, order: str | None, *, late: bool = False) -> Settled:
        """Use an offer, once. ``money`` is what it came to; ``late`` allows one that expired, while its budget has room.

        Raises ``NoSuchOfferError`` and ``RefusedError``.
        """

        def apply(engine: StoreEngine, changes: Changes) -> Settled:
            use, now = self._find(engine, shown), self._clock.now()
            if use.state == "redeemed":
                if use.order == order:
                    return Settled(use, repeated=True)
                raise RefusedError(f"It was used already, {_ago(now - (use.settled_at or now))}.")
            if use.expires_at <= now and not late:
                raise RefusedError(f"It expired {_ago(now - use.expires_at)}.")
            try:
                return Settled(engine.redeem(use, now, changes, money, order), repeated=False)
            except NotRedeemedError as error:
                raise RefusedError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None

        return await self._do(apply)

    async def give_back(self, shown: Shown) -> Settled:
        """Undo a use; its part of the budget is free again. Raises ``NoSuchOfferError`` and ``RefusedError``."""

        def apply(engine: StoreEngine, changes: Changes) -> Settled:
            use = self._find(engine, shown)
            if use.state == "ghost":
                raise RefusedError("It was never made: she is in the hold-out.")
            back = engine.give_back(use, self._clock.now(), changes)
            return Settled(back, repeated=use.state == "given_back")

        return await self._do(apply)

    async def report(self, order: Order, visitor: str | None) -> tuple[OrderRecord, bool]:
        """A purchase at the till, and whether it is new. Raises ``OtherOrderError``."""

        def apply(engine: StoreEngine, changes: Changes) -> tuple[OrderRecord, bool]:
            before = changes.orders.get((SOURCE, order.id)) or orders.read_order(self._reading, SOURCE, order.id)
            if before is not None and before.order is not None:
                if before.order != order:
                    raise OtherOrderError(order.id)
                return before, False
            self._take(engine, OrderPlaced(order, visitor), changes)
            return changes.orders[SOURCE, order.id], True

        return await self._do(apply)

    async def cancel(self, order: str) -> OrderRecord:
        """Cancel a purchase that the till reported. Raises ``NoSuchOrderError``."""

        def apply(engine: StoreEngine, changes: Changes) -> OrderRecord:
            before = changes.orders.get((SOURCE, order)) or orders.read_order(self._reading, SOURCE, order)
            if before is None:
                raise NoSuchOrderError(order)
            if before.state == "cancelled":
                return before
            at = datetime.fromtimestamp(max(self._clock.now(), before.state_at), UTC)
            self._take(engine, OrderUndone(CancelledOrder(id=order, source=SOURCE, cancelled_at=at)), changes)
            return changes.orders.get((SOURCE, order), before)

        return await self._do(apply)

    def _take(self, engine: StoreEngine, change: Change, changes: Changes) -> None:
        known = orders.read_known(self._reading, change, engine.whose(change))
        engine.take_shop_change(change, known, self._clock.now(), changes)

    def _find(self, engine: StoreEngine, shown: Shown) -> Use:
        """The offer that is shown, as it stands now."""
        spending = engine.ledger.spending
        if shown.key is not None:
            use = spending.use(shown.key) or ledger.read_use(self._reading, shown.key)
            if use is None:
                raise NoSuchOfferError("No offer has this key.")
            return use
        rows = ledger.read_uses_with_code(self._reading, shown.code or "")
        if shown.visitor is not None:
            rows += ledger.read_uses_of_visitor_with_code(self._reading, shown.code or "", shown.visitor)
        found = [spending.use(row.key) or row for row in rows]
        own = [use for use in found if use.own_code]
        hers = [use for use in found if shown.visitor is not None and use.visitor == shown.visitor]
        if not found:
            raise NoSuchOfferError("No offer gave this code.")
        if not own and shown.visitor is None:
            raise RefusedError("Many have this code: say whose it is (`visitor`).")
        if not own and not hers:
            raise NoSuchOfferError("No offer to her gave this code.")
        return min(own or hers, key=lambda use: (use.state != "held", -use.at, use.key))

    async def _do(self, apply: Callable[[StoreEngine, Changes], T]) -> T:
        """In the writer's next transaction. What is refused is told to the one who asked, and stops nobody else's."""
        answer: list[T] = []
        refused: list[Exception] = []

        def in_turn(engine: StoreEngine, changes: Changes) -> None:
            try:
                answer.append(apply(engine, changes))
            except (NoSuchOfferError, RefusedError, NoSuchOrderError, OtherOrderError) as error:
                refused.append(error)

        await self._writer.commit(in_turn)
        if refused:
            raise refused[0]
        return answer[0]


def _ago(seconds: float) -> str:
    minutes = int(seconds // 60)
    return "just now" if minutes < 1 else f"{minutes} min ago" if minutes < 120 else f"{minutes // 60} h ago"
