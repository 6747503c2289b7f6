"""What the gateway knows, when an offer is about to leave, of whom it is for and of the ways to her."""

import sqlite3
from collections.abc import Callable

from nearcart_contract.store_file import Store
from nearcart_gateway.core.changes import Delivery
from nearcart_gateway.core.delivery import No
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.may_still_send import may_still_send
from nearcart_gateway.shell.storage import deliveries


class Standing:
    """Asked before each attempt. ``reading`` is a connection that may only read."""

    def __init__(self, store: Store, engine: Callable[[], StoreEngine], reading: sqlite3.Connection) -> None:
        self._store = store
        self._engine = engine
        self._reading = reading

    def refusal(self, delivery: Delivery, name: str) -> No | None:
        """Why this channel may not be used for her now, or ``None``."""
        channel = self._store.channels.get(name)
        if channel is None:
            return No("skipped", f"channel '{name}' is not in store.yaml any more")
        if channel.kind == "screen" and delivery.zone is None:
            return No("skipped", "the moment had no zone, so there is no screen for it")
        refused = may_still_send(self._engine().visitors.get(delivery.visitor), name)
        if refused is not None:
            return No("withdrawn", refused)
        if name != delivery.channel and name in deliveries.channels_of_moment(self._reading, delivery.key):
            return No("skipped", f"'{name}' carries another offer of this moment")
        return None

    def heard_at(self, delivery: Delivery) -> float:
        """When she was last heard in the visit that the offer belongs to, Unix seconds; 0 when not since the start."""
        visits = self._engine().visits
        visit = visits.visit_of(delivery.visitor)
        return visits.heard_at(delivery.visitor) if visit is not None and visit.id == delivery.visit else 0.0
