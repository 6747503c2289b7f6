"""The HTTP API over one gateway's parts. Its libraries and models are loaded when a program first asks."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from nearcart_contract.store_file import Store
from nearcart_gateway.shell.people import People
from nearcart_gateway.shell.receipts import Receipts
from nearcart_gateway.shell.store_view import GatewayView
from nearcart_gateway.shell.till import Till
from nearcart_gateway.shell.web.auth import Door, OnlyThisMachine
from nearcart_gateway.shell.web.events import LiveEvents

if TYPE_CHECKING:
    from nearcart_gateway.shell.web.rest.guard import ApiLimits
    from nearcart_gateway.shell.web.rest.parts import ApiParts


class GatewayApi:
    """``now`` is the store's clock in Unix seconds; ``limits`` are the usual ones where none are given."""

    def __init__(
        self,
        store: Store,
        database: Path,
        view: GatewayView,
        till: Till,
        receipts: Receipts,
        people: People,
        now: Callable[[], float],
        limits: "ApiLimits | None" = None,
    ) -> None:
        self._store = store
        self._database = database
        self._view = view
        self._till = till
        self._receipts = receipts
        self._people = people
        self._now = now
        self._limits = limits
        self._parts: ApiParts | None = None

    def open(self, live: LiveEvents, door: Door) -> ASGIApp:
        """The API, ready to be asked."""
        from nearcart_gateway.shell.web.rest.app import Api
        from nearcart_gateway.shell.web.rest.callers import KeyRing
        from nearcart_gateway.shell.web.rest.database import ApiDatabase
        from nearcart_gateway.shell.web.rest.offers_in_force import OffersInForce
        from nearcart_gateway.shell.web.rest.parts import ApiParts

        self._parts = ApiParts(
            store=self._store,
            view=self._view,
            present=self._view,
            people=self._people,
            database=ApiDatabase(self._database),
            keys=KeyRing(self._database),
            offers=OffersInForce(self._store, self._view.revision, self._now),
            live=live,
            till=self._till,
            receipts=self._receipts,
            now=self._now,
        )
        return Api(open_here=isinstance(door, OnlyThisMachine)).serve(self._parts, door, self._limits)

    def close(self) -> None:
        """Close what was opened."""
        if self._parts is not None:
            self._parts.close()
