"""Who walks through the store, and one visit of theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from nearcart_sim.core.floor import Floor
from nearcart_sim.core.randomness import Streams
from nearcart_sim.core.route import Route, Stop, plan_route
from nearcart_sim.core.tag import Tag

ShopperKind = Literal["shopper", "staff", "stranger"]

TAG_HEIGHT_M = 1.1
"""Where people carry a tag: pocket, bag or wrist."""


@dataclass(frozen=True, slots=True)
class Shopper:
    """A person with a tag. ``stranger``: a tag that nobody enrolled."""

    id: str
    tag: Tag
    kind: ShopperKind = "shopper"


@dataclass(frozen=True, slots=True)
class Visit:
    """One walk of one shopper; ``number`` counts her visits from 1."""

    shopper: Shopper
    number: int
    route: Route

    @property
    def name(self) -> str:
        """What its random streams are named after."""
        return f"{self.shopper.id}/{self.number}"


def plan_visit(
    floor: Floor, shopper: Shopper, stops: Sequence[Stop], entered_at: float, streams: Streams, number: int = 1
) -> Visit:
    """Plan one visit that begins at ``entered_at`` (seconds). Raises ``KeyError`` for a zone that is not on the floor."""
    return Visit(shopper, number, plan_route(floor, stops, entered_at, streams(f"route/{shopper.id}/{number}")))
