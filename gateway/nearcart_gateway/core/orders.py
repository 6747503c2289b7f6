"""Orders as they are known: the same in whatever order, and however often, a shop or a till tells of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from nearcart_contract.cart import CancelledOrder, Order
from nearcart_gateway.core.spending import Use

OrderState = Literal["placed", "cancelled"]

FRESH_S = 86_400.0
"""An order that was placed longer ago than this says nothing of what is on her phone now."""


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """One order. ``order`` is ``None`` where only its cancellation was heard of. ``visitor`` is whose it is, where that is known.

    Times are Unix seconds: ``state_at`` when the platform says that it became what it is, ``received_at`` the gateway's clock.
    """

    source: str
    id: str
    order: Order | None
    customer: str | None
    state: OrderState
    state_at: float
    received_at: float
    visitor: str | None = None

    @property
    def key(self) -> str:
        """The order among those of all sources, as the ledger names it."""
        return f"{self.source}:{self.id}"

    @property
    def placed_at(self) -> float | None:
        return None if self.order is None else self.order.placed_at.timestamp()


@dataclass(frozen=True, slots=True)
class Known:
    """What the database has that an order touches: itself, offers that were made with its codes, and those it used."""

    record: OrderRecord | None = None
    with_codes: tuple[Use, ...] = ()
    of_order: tuple[Use, ...] = ()


NOTHING_KNOWN = Known()


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An offer that was made and is to be taken back, wherever it is by now. ``key`` is its decision's."""

    key: str
    visitor: str | None
    reason: str
    at: float
    expires_at: float


_TURN = {"held": 1, "given_back": 2, "redeemed": 3}


def offer_with_code(code: str, offers: Iterable[Use], whose: tuple[str, ...], order: str) -> Use | None:
    """The offer that a code on an order used: one that had the code alone, whoever used it, else one of hers with a shared code.

    What this very order used already goes first, however often it is told; then one that is still to be used, one that was given
    back (its order was cancelled, and the shop took the code again), one that is used: the newest of each.
    """
    with_it = [use for use in offers if use.code == code and use.state in _TURN]
    found = [use for use in with_it if use.own_code] or [use for use in with_it if use.visitor in whose]

    def turn(use: Use) -> tuple[int, float, str]:
        used_by_it = use.state == "redeemed" and use.order == order
        return 0 if used_by_it else _TURN[use.state], -use.at, use.key

    return min(found, key=turn, default=None)


def placed(known: OrderRecord | None, order: Order, visitor: str | None, now: float) -> OrderRecord:
    """The record with an order's word. An older word adds only what was not known at all."""
    at = order.changed_at.timestamp()
    if known is None:
        return OrderRecord(order.source, order.id, order, order.customer, "placed", at, now, visitor)
    mine = replace(known, customer=known.customer or order.customer, visitor=known.visitor or visitor)
    if at > known.state_at or (at == known.state_at and known.state == "placed"):
        return replace(mine, order=order, state="placed", state_at=at, customer=order.customer or mine.customer)
    return mine if mine.order is not None else replace(mine, order=order)


def cancelled(known: OrderRecord | None, undone: CancelledOrder, now: float) -> OrderRecord:
    """The record with a cancellation's word. At the same time as another word it is the later one."""
    at = undone.cancelled_at.timestamp()
    if known is None:
        return OrderRecord(undone.source, undone.id, None, undone.customer, "cancelled", at, now)
    if at < known.state_at:
        return known
    return replace(known, state="cancelled", state_at=at, customer=known.customer or undone.customer)
