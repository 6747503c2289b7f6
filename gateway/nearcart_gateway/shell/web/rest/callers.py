"""Who asks: the holder of a key, or whoever may look at the console. And what each route needs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from nearcart_gateway.core.roles import Permission, Viewer, may, roles_with
from nearcart_gateway.shell.storage import api_keys
from nearcart_gateway.shell.storage.api_keys import ApiKey
from nearcart_gateway.shell.storage.database import connect_reading
from nearcart_gateway.shell.web.rest.problems import ProblemError

USED_EVERY_S = 60.0
"""When a key was last used is written at most this often."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who made a request; ``key`` is ``None`` for a viewer of the console."""

    role: Viewer
    key: ApiKey | None = None

    @property
    def sees_ids(self) -> bool:
        """Whether visitors go by their ids for this caller; else by pseudonym."""
        return may(self.role, "visitors")


class KeyRing:
    """The keys as they stand in the database now: a point query a request, so that a revoked key opens nothing at once."""

    def __init__(self, database: Path) -> None:
        self._connection = connect_reading(database)
        self._used: dict[str, float] = {}

    def find(self, text: str) -> ApiKey | None:
        """The key with this text, in whatever state it is."""
        return api_keys.find(self._connection, text)

    def is_valid(self, key: str, now: float) -> bool:
        """Whether a key that was let in would still be. ``now`` is Unix seconds."""
        found = api_keys.by_id(self._connection, key)
        return found is not None and found.state(now) == "valid"

    def note_use(self, key: str, now: float) -> bool:
        """Whether this use should be written down: one a minute is."""
        if now - self._used.get(key, 0.0) < USED_EVERY_S:
            return False
        self._used[key] = now
        return True

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class Needs:
    """A dependency: lets pass whose role has the permission. Raises ``ProblemError`` 403 for others."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def __call__(self, request: Request) -> Caller:
        caller: Caller = request.state.caller
        if may(caller.role, self.permission):
            return caller
        needed = ", ".join(roles_with(self.permission))
        if caller.key is None:
            raise ProblemError(
                401,
                f"This needs a key: Authorization: Bearer nck_… of a role among {needed} (nearcart keys add).",
                headers={"WWW-Authenticate": 'Bearer realm="nearcart"'},
            )
        raise ProblemError(
            403, f"This key's role is {caller.role}; needed is one of {needed}. `nearcart keys add` makes keys."
        )


FloorViewer = Annotated[Caller, Depends(Needs("floor"))]
DecisionReader = Annotated[Caller, Depends(Needs("decisions"))]
VisitReader = Annotated[Caller, Depends(Needs("visits"))]
OfferReader = Annotated[Caller, Depends(Needs("offers"))]
OfferChecker = Annotated[Caller, Depends(Needs("check"))]
VisitorReader = Annotated[Caller, Depends(Needs("visitors"))]
CartReader = Annotated[Caller, Depends(Needs("carts"))]
Cashier = Annotated[Caller, Depends(Needs("till"))]
ConsentWriter = Annotated[Caller, Depends(Needs("consents"))]
ComplaintTaker = Annotated[Caller, Depends(Needs("complaints"))]
Enroller = Annotated[Caller, Depends(Needs("enrol"))]
Reporter = Annotated[Caller, Depends(Needs("receipts"))]
Eraser = Annotated[Caller, Depends(Needs("erase"))]
