"""What the routes work with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request

from nearcart_contract.store_file import Store
from nearcart_gateway.core.values import KnownCart, Visitor
from nearcart_gateway.shell.receipts import Receipts
from nearcart_gateway.shell.storage import api_keys
from nearcart_gateway.shell.till import Till
from nearcart_gateway.shell.web.events import LiveEvents
from nearcart_gateway.shell.web.rest.callers import Caller, KeyRing
from nearcart_gateway.shell.web.rest.database import ApiDatabase
from nearcart_gateway.shell.web.rest.models import VisitorRef
from nearcart_gateway.shell.web.rest.offers_in_force import OffersInForce
from nearcart_gateway.shell.web.views import StoreView


class Present(Protocol):
    """What the gateway's memory knows beyond the console's view. Every method answers at once."""

    def pseudonym(self, visitor: str) -> str:
        """Her name for those who may not see her id."""

    def visitors_called(self, pseudonym: str) -> tuple[str, ...]:
        """The ids of whoever has this pseudonym: one, or nobody."""

    def cart_of(self, visitor: Visitor) -> KnownCart | None:
        """Her cart in force."""

    def visit_token(self, visit: str) -> str:
        """An opaque id of a visit, 16 hex digits."""


class PeopleChanges(Protocol):
    """What the one writer does to visitors; each method returns when it is done."""

    async def erase(self, visitor: str) -> None:
        """Erase everything of a visitor."""

    async def merge(self, visitor: str, target: str) -> None:
        """Let everything of a visitor be another's."""


@dataclass(frozen=True, slots=True)
class ApiParts:
    """One store's API: its file, its memory, its database, its keys. ``now`` is the store's clock in Unix seconds."""

    store: Store
    view: StoreView
    present: Present
    people: PeopleChanges
    database: ApiDatabase
    keys: KeyRing
    offers: OffersInForce
    live: LiveEvents
    till: Till
    receipts: Receipts
    now: Callable[[], float]

    def ref(self, visitor: str, caller: Caller) -> VisitorRef:
        """A visitor as this caller may see her."""
        return VisitorRef(pseudonym=self.present.pseudonym(visitor), id=visitor if caller.sees_ids else None)

    def note_use(self, key: str) -> None:
        """A key was used; written at most once a minute, by the thread that writes."""
        now = self.now()
        if self.keys.note_use(key, now):
            self.database.later(lambda connection: api_keys.used(connection, key, now))

    def close(self) -> None:
        """Close the files."""
        self.database.close()
        self.keys.close()


def _parts(request: Request) -> ApiParts:
    parts: ApiParts = request.app.state.parts
    return parts


Parts = Annotated[ApiParts, Depends(_parts)]
