"""``--visitors FILE`` of a replay: who is enrolled, in clear, for try-outs; a store enrols with ``nearcart visitors``."""

from typing import Literal

from pydantic import Field

from nearcart_contract.names import Name, UserFile
from nearcart_contract.roster import Identity


class VisitorEntry(UserFile):
    """One visitor and what she carries."""

    id: Name
    kind: Literal["visitor", "staff", "test"] = "visitor"
    customer: str | None = Field(default=None, max_length=200, description="her id in the online shop")
    language: str = Field(default="en", max_length=35)
    consents: tuple[Literal["offers", "measurement"], ...] = ()
    identities: tuple[Identity, ...] = Field(min_length=1)


class VisitorsFile(UserFile):
    visitors: tuple[VisitorEntry, ...]
