"""What a gate is: a closure made of an offer's terms, asked about a situation, that stops it or lets it pass."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from nearcart_contract.campaign_file import Campaign
from nearcart_contract.offer_file import Offer
from nearcart_contract.store_file import Store
from nearcart_gateway.core.facts import NO_FACTS, Facts
from nearcart_gateway.core.ledger import LedgerReading
from nearcart_gateway.core.values import KnownCart, Moment, Visitor

EffectiveState = Literal["open", "abandoned", "none"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What an offer is compiled from."""

    store: Store
    offer: Offer
    campaign: Campaign | None
    zone: ZoneInfo


@dataclass(slots=True)
class Situation:
    """Everything a gate may look at, and changes nothing of. ``now`` is Unix seconds, ``zone`` the store's.

    ``cart_state`` is the cart's state as conditions speak of it: an open cart left alone for long enough is abandoned. Not
    frozen: one is made for every decision, and a frozen one takes three times as long to make.
    """

    moment: Moment
    visitor: Visitor | None
    cart: KnownCart | None
    cart_state: EffectiveState
    now: float
    zone: ZoneInfo
    clock_synchronised: bool
    ledger: LedgerReading
    facts: Facts = NO_FACTS
    _local: datetime | None = None

    @property
    def local(self) -> datetime:
        """``now`` on the store's wall clock."""
        if self._local is None:
            self._local = datetime.fromtimestamp(self.now, self.zone)
        return self._local

    @property
    def counted_at(self) -> float:
        """The time that limits count by: the moment's, which is also what the ledger will say."""
        at = self.moment.at
        return at if at < self.now else self.now


@dataclass(frozen=True, slots=True)
class Stop:
    """Why an offer goes no further: a sentence for people, and the two values that did not agree.

    ``again_at`` (Unix seconds) is when it is to be asked again, where it only has to wait.
    """

    sentence: str
    observed: str | None = None
    required: str | None = None
    again_at: float | None = None


Gate = Callable[[Situation], Stop | None]
"""``None`` lets the offer pass."""

Build = Callable[[Terms], Gate | None]
"""Makes an offer's gate; ``None`` when the offer says nothing that this gate would look at."""
