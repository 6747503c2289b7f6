"""Where every payload of a shop goes in, however it came: each once, in one transaction with the row that says it came."""

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nearcart_gateway.core.changes import Changes, SetAside
from nearcart_gateway.core.email_customer import by_email
from nearcart_gateway.core.email_hash import email_hash
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.hooks.event import CartChange, Change, CustomerNamed, Fetch, HookEvent, OrderPlaced
from nearcart_gateway.core.source_rows import CustomerLink
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.storage import carts, orders
from nearcart_gateway.shell.storage.email_salt import known_salt
from nearcart_gateway.shell.writer import NotCommittedError, Writer

_ASIDE = "aside:"

Also = Callable[[Changes], None]
"""Adds the rows that say how far one is: a cursor, an inbox row that is done."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many of the events were new, and how many were known already."""

    new: int
    repeated: int


class CartIntake:
    """Takes events into the cart book. ``counted`` is by source and outcome, for the metrics."""

    def __init__(self, writer: Writer, clock: StoreClock, reading: sqlite3.Connection) -> None:
        self.counted: Counter[tuple[str, str]] = Counter()
        self._writer = writer
        self._clock = clock
        self._reading = reading
        self._under_way: set[tuple[str, str]] = set()

    async def take(
        self, source: str, events: Sequence[HookEvent], aside: Sequence[SetAside] = (), also: Also | None = None
    ) -> Taken:
        """Returns once all of it is on disk. Raises ``NotCommittedError``: then nothing of it happened."""
        aside = [kept for kept in aside if not self._is_aside(kept)]
        unknown = {event.dedup_key: event for event in events if not self._known(source, event.dedup_key)}
        marks = [(source, key) for key in unknown]
        marks_aside = [(source, _ASIDE + kept.key) for kept in aside if kept.key is not None]

        def apply(engine: StoreEngine, changes: Changes) -> None:
            changes.hooks.extend(marks + marks_aside)
            changes.set_aside.extend(aside)
            for event in unknown.values():
                for change in event.changes:
                    if isinstance(change, Fetch):
                        changes.sources.fetches.append(change)
                    elif isinstance(change, CustomerNamed):
                        changes.sources.customers += self._links(change)
                    else:
                        change = self._recognised(change)
                        whose = engine.whose(change)
                        known = orders.read_known(self._reading, change, whose)
                        engine.take_shop_change(change, known, self._clock.now(), changes)
            if also is not None:
                also(changes)

        if marks or aside or also is not None:
            self._under_way.update(marks)
            try:
                await self._writer.commit(apply)
            finally:
                self._under_way.difference_update(marks)
        return self._count(source, Taken(len(marks), len(events) - len(marks)), len(aside))

    def _is_aside(self, kept: SetAside) -> bool:
        """A poll meets the same document again each time: that is no repeat of the shop's."""
        return kept.key is not None and carts.hook_seen(self._reading, kept.source, _ASIDE + kept.key)

    def _recognised(self, change: Change) -> Change:
        """A guest's cart or order by the hash of her e-mail address, and the address itself forgotten."""
        if not isinstance(change, CartChange | OrderPlaced) or change.email is None:
            return change
        salt = known_salt(self._reading)
        customer = None
        if salt is not None:
            with contextlib.suppress(ValueError):
                customer = by_email(email_hash(change.email, salt))
        if isinstance(change, CartChange):
            return CartChange(change.cart.model_copy(update={"customer": customer}))
        return OrderPlaced(change.order.model_copy(update={"customer": customer}), change.visitor)

    def _links(self, named: CustomerNamed) -> list[CustomerLink]:
        salt = known_salt(self._reading)
        if salt is None:
            return []
        try:
            return [CustomerLink(named.customer, email_hash(named.email, salt))]
        except ValueError:
            return []

    def _known(self, source: str, key: str) -> bool:
        if (source, key) in self._under_way:
            raise NotCommittedError("the same one is being stored at this moment")
        return carts.hook_seen(self._reading, source, key)

    def _count(self, source: str, taken: Taken, aside: int) -> Taken:
        for outcome, number in (("taken", taken.new), ("repeated", taken.repeated), ("unreadable", aside)):
            if number:
                self.counted[source, outcome] += number
        return taken
