"""Every cart the shops have told us of, who owns it, and what was bought: the same in whatever order the webhooks came."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from nearcart_contract.cart import Cart, Order
from nearcart_gateway.core.hooks.event import CartChange, CartLink, Change, OrderPlaced
from nearcart_gateway.core.values import KnownCart

AFTER_ORDER_S = 300.0
"""A change this soon after an order is still the cart that was bought (shops update and empty it late), not a new one."""

_NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class CartRecord:
    """What is known under one id of one source: a cart, a cart's token (``token:…``) or a customer (``customer:…``).

    Times are Unix seconds: ``customer_at`` and ``currency_at`` when the platform said so, ``ordered_at`` the last order.
    ``version`` counts changes of this record.
    """

    source: str
    id: str
    cart: Cart | None = None
    customer: str | None = None
    customer_at: float | None = None
    currency: str | None = None
    currency_at: float | None = None
    ordered_at: float | None = None
    version: int = 0
    received_at: float = 0.0

    def to_json(self) -> str:
        row = {**{name: getattr(self, name) for name in _FIELDS}, "cart": None}
        if self.cart is not None:
            row["cart"] = self.cart.model_dump(mode="json")
        return json.dumps(row, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "CartRecord":
        row: dict[str, Any] = json.loads(text)
        if row["cart"] is not None:
            row["cart"] = Cart.model_validate(row["cart"])
        return cls(**row)


_FIELDS = tuple(CartRecord.__dataclass_fields__)
_Key = tuple[str, str]


class CartBook:
    """All carts of the store. ``apply`` returns what to persist; ``load`` takes it back."""

    def __init__(self) -> None:
        self._records: dict[_Key, CartRecord] = {}
        self._carts_by_token: dict[_Key, set[_Key]] = {}
        self._carts_by_customer: dict[str, set[_Key]] = {}
        self._ordered_at: dict[str, float] = {}

    def load(self, records: Iterable[CartRecord]) -> None:
        """Take up records as they were persisted, in any order."""
        for record in records:
            self._keep(record)

    def __len__(self) -> int:
        return sum(1 for record in self._records.values() if record.cart is not None)

    def apply(self, change: Change, now: float) -> tuple[CartRecord, ...]:
        """Take in a change heard at ``now`` (Unix seconds); the records it changed."""
        if isinstance(change, CartChange):
            changed = [self._cart_changed(change.cart, now)]
        elif isinstance(change, CartLink):
            changed = self._linked(change, now)
        elif isinstance(change, OrderPlaced):
            changed = self._ordered(change, now)
        else:
            changed = []
        return tuple(record for record in changed if record is not None)

    def cart_of(self, customer: str) -> KnownCart | None:
        """The customer's newest cart that holds something and was not bought."""
        known = (self._records[key] for key in self._carts_by_customer.get(customer, ()))
        wanted = [record for record in known if self._owner(record) == customer and self._is_wanted(record)]
        newest = max(wanted, key=lambda record: (_changed_at(record), record.source, record.id), default=None)
        return None if newest is None else self._known(newest, customer)

    def prune(self, before: float) -> tuple[tuple[str, str], ...]:
        """Forget what was last heard of before ``before`` (Unix seconds); the (source, id) of every record forgotten."""
        old = [key for key, record in self._records.items() if record.received_at < before]
        kept = [record for record in self._records.values() if record.received_at >= before]
        for index in (self._records, self._carts_by_token, self._carts_by_customer, self._ordered_at):
            index.clear()
        self.load(kept)
        return tuple(old)

    def forget(self, customer: str) -> None:
        """Forget a customer: carts that were ever hers, the tokens that name them, and when she ordered."""
        keys = set(self._carts_by_customer.pop(customer, ()))
        keys |= {key for key, record in self._records.items() if record.customer == customer}
        tokens = {(key[0], key[1].removeprefix("token:")) for key in keys if key[1].startswith("token:")}
        for token in tokens:
            keys |= self._carts_by_token.get(token, set())
        for key in list(keys):
            record = self._records.get(key)
            keys |= {(key[0], f"token:{token}") for token in (_tokens(record.cart) if record and record.cart else ())}
        self._drop(keys)
        self._ordered_at.pop(customer, None)

    def _drop(self, keys: set[_Key]) -> None:
        for key in keys:
            self._records.pop(key, None)
        for found in (*self._carts_by_token.values(), *self._carts_by_customer.values()):
            found -= keys
        self._carts_by_token = {name: found for name, found in self._carts_by_token.items() if found}
        self._carts_by_customer = {name: found for name, found in self._carts_by_customer.items() if found}

    def _cart_changed(self, cart: Cart, now: float) -> CartRecord | None:
        old = self._records.get((cart.source, cart.id)) or CartRecord(cart.source, cart.id)
        at = cart.updated_at.timestamp()
        told = _told_customer(_told_currency(old, cart.currency, at), cart.customer, at)
        if old.cart is None or cart.updated_at >= old.cart.updated_at:
            told = replace(told, cart=cart)
        return self._update(old, told, now)

    def _linked(self, link: CartLink, now: float) -> list[CartRecord | None]:
        return [self._token(link.source, link.token, now, customer=link.customer, at=link.at)]

    def _ordered(self, change: OrderPlaced, now: float) -> list[CartRecord | None]:
        """An order speaks for the cart it names and for whatever its customer had in mind until then."""
        order, at = change.order, change.order.placed_at.timestamp()
        changed: list[CartRecord | None] = []
        if order.cart_token is not None:
            changed.append(
                self._token(order.source, order.cart_token, now, customer=order.customer, at=at, ordered_at=at)
            )
        if order.customer is not None:
            changed.append(self._customer_ordered(order, at, now))
        return changed

    def _token(
        self, source: str, token: str, now: float, *, customer: str | None, at: float, ordered_at: float | None = None
    ) -> CartRecord | None:
        old = self._records.get((source, f"token:{token}")) or CartRecord(source, f"token:{token}")
        return self._update(old, _told_order(_told_customer(old, customer, at), ordered_at), now)

    def _customer_ordered(self, order: Order, at: float, now: float) -> CartRecord | None:
        record_id = f"customer:{order.customer}"
        old = self._records.get((order.source, record_id)) or CartRecord(
            order.source, record_id, customer=order.customer
        )
        return self._update(old, _told_order(old, at), now)

    def _update(self, old: CartRecord, new: CartRecord, now: float) -> CartRecord | None:
        """Keep a record that says something new; ``None`` when it does not (a repeat, or older news)."""
        if new == old and old.version:
            return None
        kept = replace(new, version=old.version + 1, received_at=now)
        self._keep(kept)
        return kept

    def _keep(self, record: CartRecord) -> None:
        self._records[record.source, record.id] = record
        self._index(record)

    def _index(self, record: CartRecord) -> None:
        """A cart is found by every customer it ever had; ``cart_of`` asks whose it is now."""
        key = (record.source, record.id)
        if record.cart is not None:
            for token in _tokens(record.cart):
                self._carts_by_token.setdefault((record.source, token), set()).add(key)
                linked = self._records.get((record.source, f"token:{token}"))
                self._found_by(linked.customer if linked else None, {key})
            self._found_by(record.customer, {key})
        elif record.id.startswith("token:"):
            carts = self._carts_by_token.get((record.source, record.id.removeprefix("token:")), set())
            self._found_by(record.customer, carts)
        elif record.customer is not None and record.ordered_at is not None:
            self._ordered_at[record.customer] = max(self._ordered_at.get(record.customer, _NEVER), record.ordered_at)

    def _found_by(self, customer: str | None, carts: set[_Key]) -> None:
        if customer is not None and carts:
            self._carts_by_customer.setdefault(customer, set()).update(carts)

    def _facts(self, record: CartRecord) -> list[CartRecord]:
        """The records of the tokens that name this cart."""
        tokens = _tokens(record.cart) if record.cart else ()
        found = (self._records.get((record.source, f"token:{token}")) for token in tokens)
        return [fact for fact in found if fact is not None]

    def _owner(self, record: CartRecord) -> str | None:
        """Whoever the platform named last, with the cart or through its token."""
        said = [record, *self._facts(record)]
        named = [(fact.customer_at or _NEVER, fact.customer) for fact in said if fact.customer is not None]
        return max(named)[1] if named else None

    def _is_wanted(self, record: CartRecord) -> bool:
        cart = record.cart
        if cart is None or cart.state in ("ordered", "empty") or not (cart.items or cart.total):
            return False
        orders = [fact.ordered_at or _NEVER for fact in self._facts(record)]
        orders.append(self._ordered_at.get(self._owner(record) or "", _NEVER))
        return _changed_at(record) > max(orders) + AFTER_ORDER_S

    def _known(self, record: CartRecord, customer: str) -> KnownCart:
        assert record.cart is not None
        cart = record.cart.model_copy(update={"customer": customer, "currency": record.currency})
        return KnownCart(cart, record.version, record.received_at)


def _changed_at(record: CartRecord) -> float:
    return record.cart.updated_at.timestamp() if record.cart else _NEVER


def _tokens(cart: Cart) -> tuple[str, ...]:
    """What an order or a checkout may call this cart."""
    return (cart.id,) if cart.token in (None, cart.id) else (cart.id, cart.token or "")


def _told_customer(record: CartRecord, customer: str | None, at: float) -> CartRecord:
    if customer is None or (at, customer) <= (record.customer_at or _NEVER, record.customer or ""):
        return record
    return replace(record, customer=customer, customer_at=at)


def _told_currency(record: CartRecord, currency: str | None, at: float) -> CartRecord:
    if currency is None or (at, currency) <= (record.currency_at or _NEVER, record.currency or ""):
        return record
    return replace(record, currency=currency, currency_at=at)


def _told_order(record: CartRecord, ordered_at: float | None) -> CartRecord:
    if ordered_at is None or ordered_at <= (record.ordered_at or _NEVER):
        return record
    return replace(record, ordered_at=ordered_at)
