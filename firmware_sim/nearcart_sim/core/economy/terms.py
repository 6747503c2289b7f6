"""The economics of a scenario as a person writes them: who buys how often and for how much, and what offers truly cause."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from nearcart_contract.cart import Currency
from nearcart_contract.duration import Duration
from nearcart_contract.names import Name, UserFile
from nearcart_contract.problem import allowed_words

Share = Annotated[float, Field(ge=0, le=1)]
Odds = Annotated[float, Field(gt=0, le=1000)]


class Basket(UserFile):
    """What a purchase comes to: lognormal. ``median`` is in major units of the currency."""

    median: Decimal = Field(default=Decimal(20), gt=0, le=100_000)
    sigma: float = Field(default=0.8, ge=0, le=2, description="of its logarithm")


class Segment(UserFile):
    """One kind of shopper: how often she comes, and how often she buys."""

    share: float = Field(default=1.0, gt=0, description="weight among the segments")
    visits_a_week: float = Field(default=1.0, ge=0, le=50)
    buys: Share = Field(default=0.3, description="chance that she buys at a visit, with no offer")
    spread: float = Field(default=0.5, ge=0, le=3, description="deviation between shoppers, of the logarithm of odds")
    online_a_week: float = Field(default=0.5, ge=0, le=50, description="carts that she fills online")
    buys_online: Share = Field(default=0.3, description="chance that she orders such a cart; else she leaves it")
    basket: Basket = Basket()


class Response(UserFile):
    """What an offer truly does. Multiplied odds and added chances go together; nothing said is no effect."""

    odds: Odds = Field(default=1.0, description="her odds of buying are multiplied by this")
    adds: float = Field(default=0.0, ge=-1, le=1, description="and this is added to her chance")
    basket: float = Field(default=1.0, gt=0, le=100, description="what she buys for is multiplied by this")


class OfferEffect(Response):
    """The effect of one offer, and where it is another one in a segment."""

    lasts: Duration = Field(default=timedelta(0), description="how long after the offer; 0s: at that visit only")
    segments: dict[Name, Response] = Field(
        default_factory=dict, description="segment: its own effect, in place of this"
    )

    def on(self, segment: str) -> Response:
        """The effect on one segment."""
        return self.segments.get(segment, self)


class Fatigue(UserFile):
    """Each offer that she had ``within`` so long before leaves only a part (``keeps``) of a new one's effect."""

    within: Duration = timedelta(days=14)
    keeps: Share = 1.0


class PullForward(UserFile):
    """This share of the purchases that an offer caused was only brought forward: her next one within so long is missing."""

    share: Share = 0.0
    within: Duration = timedelta(days=14)


def _regulars() -> dict[str, Segment]:
    return {"regulars": Segment()}


class Economy(UserFile):
    """All of it."""

    currency: Currency = "EUR"
    segments: dict[Name, Segment] = Field(default_factory=_regulars, min_length=1)
    offers: dict[Name, OfferEffect] = Field(default_factory=dict, description="offer: its true effect")
    fatigue: Fatigue = Fatigue()
    pull_forward: PullForward = PullForward()

    @model_validator(mode="after")
    def _segments_exist(self) -> "Economy":
        for offer, effect in self.offers.items():
            for name in effect.segments:
                if name not in self.segments:
                    known = allowed_words(name, tuple(self.segments))
                    raise ValueError(f"offer {offer}: there is no segment '{name}'; {known}")
        return self
