"""``offers/*.yaml``: one offer a file. Plain fields, each a gate that a decision names when it stops the offer."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from nearcart_contract.duration import Duration
from nearcart_contract.limit import LONGEST_PERIOD, Limit, QuietHours
from nearcart_contract.local_time import Day, TimeOfDay
from nearcart_contract.names import LANGUAGE_PATTERN, Name, UserFile
from nearcart_contract.offer_message import AmountOff, AppliesTo, FreeShipping, Gift, PercentOff, Points

MomentKind = Literal["enter", "dwell", "move", "exit", "return", "press"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
CartCondition = Literal["any", "open", "abandoned", "none"]
Button = Literal[
    "press",
    "double_press",
    "triple_press",
    "long_press",
    "long_double_press",
    "long_triple_press",
    "hold_press",
]
"""How a button was pressed, in BTHome's words."""

Word = Annotated[str, StringConstraints(min_length=1, max_length=64)]
"""A segment or tier, to the letter as it was imported."""

Language = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN)]

MOST_VISITS = 100
"""More visits than this nobody asks about: so many are remembered of each visitor."""
Template = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class Hours(UserFile):
    """A window of local time, end excluded; it may pass midnight."""

    example: ClassVar[str] = '{start: "09:00", end: "18:00"}'

    start: TimeOfDay
    end: TimeOfDay


class Span(UserFile):
    """A time that has passed: at least so long, at most so long, or both."""

    example: ClassVar[str] = "{at_least: 2h, at_most: 7d}"

    at_least: Duration | None = Field(default=None, description="such as 2h")
    at_most: Duration | None = Field(default=None, description="such as 30d")

    @model_validator(mode="after")
    def _is_a_span(self) -> "Span":
        if self.at_least is None and self.at_most is None:
            raise ValueError("write at_least, at_most or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least is longer than at_most")
        return self


class VisitCount(UserFile):
    """Visits that began in a period up to now, this one included."""

    example: ClassVar[str] = "{period: 30d, at_least: 3}"

    period: Duration = Field(description="such as 30d; up to 400d")
    at_least: int | None = Field(default=None, ge=1, le=MOST_VISITS)
    at_most: int | None = Field(default=None, ge=1, le=MOST_VISITS)

    @model_validator(mode="after")
    def _is_a_count(self) -> "VisitCount":
        if self.at_least is None and self.at_most is None:
            raise ValueError("write at_least, at_most or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least is more than at_most")
        if not timedelta(hours=1) <= self.period <= LONGEST_PERIOD:
            raise ValueError("the period of visits is from 1h to 400d")
        return self


class When(UserFile):
    """What happens for the offer to be looked at. ``enter`` without zones is entering the store.

    ``return`` is entering the store by somebody who has been here before and was away for an hour or longer.
    """

    example: ClassVar[str] = "{moment: dwell, zones: [wine], dwell: 20s}"

    moment: MomentKind
    zones: tuple[Name, ...] = Field(default=(), description="zones of the floor plan; none: anywhere")
    zone_tags: tuple[Name, ...] = Field(default=(), description="zones that carry one of these tags in store.yaml")
    from_zones: tuple[Name, ...] = Field(default=(), description="of a move: the zones she comes from")
    dwell: Duration | None = Field(default=None, description="of a dwell: time in the zone, such as 20s")
    away: Span | None = Field(default=None, description="of a return: how long she had been away")
    press: tuple[Button, ...] = Field(default=(), description="of a press: which; none: any")
    hours: Hours | None = Field(default=None, description="in the store's time zone")
    days: tuple[Weekday, ...] = ()
    starts: Day | None = Field(default=None, description="first day, in the store's time zone")
    ends: Day | None = Field(default=None, description="last day")
    probability: float = Field(default=0.0, ge=0, le=1, description="least probability of the position")

    @model_validator(mode="after")
    def _dwell_has_a_time(self) -> "When":
        if (self.moment == "dwell") != (self.dwell is not None):
            raise ValueError("'dwell: 20s' belongs to moment dwell, and a dwell needs it")
        if self.dwell is not None and self.dwell < timedelta(seconds=1):
            raise ValueError("dwell must be at least 1s")
        if self.starts and self.ends and self.ends < self.starts:
            raise ValueError(f"ends on {self.ends}, before it starts on {self.starts}")
        return self

    @model_validator(mode="after")
    def _words_of_their_moment(self) -> "When":
        for name, moment in (("from_zones", "move"), ("away", "return"), ("press", "press")):
            if getattr(self, name) and self.moment != moment:
                raise ValueError(f"'{name}' belongs to moment {moment}, and this is {self.moment}")
        if self.moment == "return" and (self.zones or self.zone_tags):
            raise ValueError("a return is told at the door, before any zone is known: leave zones and zone_tags out")
        return self


class Who(UserFile):
    """Whom it is for. Consent to offers is always needed and never written here."""

    example: ClassVar[str] = "{segments: [wine-club]}"

    customer: Literal["any", "known", "unknown"] = "any"
    segments: tuple[Word, ...] = Field(default=(), description="in one of these; none: anybody")
    not_segments: tuple[Word, ...] = Field(default=(), description="in none of these")
    tier: tuple[Word, ...] = Field(default=(), description="one of these tiers of your loyalty programme")
    visits: VisitCount | None = Field(default=None, description="visits to this store, this one included")
    since_purchase: Span | None = Field(
        default=None, description="time since her last known purchase; who has none is never meant"
    )
    languages: tuple[Language, ...] = Field(default=(), description="reads one of these; de also means de-AT")

    @model_validator(mode="after")
    def _segments_differ(self) -> "Who":
        both = [segment for segment in self.segments if segment in self.not_segments]
        if both:
            raise ValueError(f"'{both[0]}' stands in segments and in not_segments")
        return self


class CartRule(UserFile):
    """What her online cart must be."""

    example: ClassVar[str] = "{state: abandoned, value_at_least: 20}"

    state: CartCondition = "any"
    value_at_least: Decimal | None = Field(default=None, ge=0, description="major units of the store's currency")
    value_at_most: Decimal | None = Field(default=None, ge=0)
    items_at_least: int | None = Field(default=None, ge=1, description="pieces, quantities counted")
    items_at_most: int | None = Field(default=None, ge=1)
    categories: tuple[str, ...] = Field(default=(), description="the cart holds an item of one of these categories")
    brands: tuple[str, ...] = Field(default=(), description="the cart holds an item of one of these brands")
    skus: tuple[str, ...] = Field(default=(), description="the cart holds one of these SKUs")
    in_stock: bool = Field(
        default=False,
        description="one of the items asked for, or else any, is on the shelf here: 'shelf' of store.yaml",
    )
    price_dropped_percent: Decimal | None = Field(
        default=None,
        gt=0,
        le=100,
        description="one of the items costs at least this much less here now than in the cart: 'shelf' of store.yaml",
    )
    abandoned_for: Span | None = Field(default=None, description="an abandoned cart: time since its last change")
    known_within: Duration | None = Field(
        default=None, description="the shop told us of this cart at most so long ago, such as 1h"
    )


class AppliesToRule(AppliesTo):
    """Articles of one of these categories, or with one of these SKUs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="after")
    def _names_something(self) -> "AppliesToRule":
        if not self.categories and not self.skus:
            raise ValueError("write categories, skus or both; leave applies_to out for everything she buys")
        return self


class _Given(UserFile):
    applies_to: AppliesToRule | None = None
    pool: Name | None = Field(
        default=None, description="each offer its own code, out of this pool under 'coupons' of store.yaml"
    )

    @model_validator(mode="after")
    def _one_kind_of_coupon(self) -> "_Given":
        if self.pool is not None and getattr(self, "code", None) is not None:
            raise ValueError("'code' is one coupon for all, 'pool' one for each: write one of the two")
        return self


class GivePercent(_Given, PercentOff):
    """A share off, as an offer file writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class GiveAmount(_Given, AmountOff):
    """An amount off, as an offer file writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class GiveGift(_Given, Gift):
    """An article on the house, as an offer file writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class GiveShipping(_Given, FreeShipping):
    """Free delivery, as an offer file writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class GivePoints(_Given, Points):
    """Points, as an offer file writes them."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Give = Annotated[GivePercent | GiveAmount | GiveGift | GiveShipping | GivePoints, Field(discriminator="kind")]


class Limits(UserFile):
    """How often and when not. Each limit counts offers that were made, ghosts included, in a period that slides."""

    per_visitor: Limit | None = Field(default=None, description="this offer, to one visitor")
    per_offer: Limit | None = Field(default=None, description="this offer, to everybody together")
    per_campaign: Limit | None = Field(default=None, description="all offers of its campaign, to everybody")
    per_store: Limit | None = Field(default=None, description="all offers of the store, to everybody")
    quiet_after_any: Duration | None = Field(default=None, description="silence after any offer to the same visitor")
    quiet_hours: QuietHours | None = Field(default=None, description="of this offer, beside those of the store")


class OfferVariant(UserFile):
    """What a variant of the campaign changes in this offer; what is left out stays as the offer has it."""

    say: Template | dict[str, Template] | None = None
    give: Give | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> "OfferVariant":
        if self.say is None and self.give is None:
            raise ValueError("a variant changes 'say' or 'give', or both")
        return self


class Offer(UserFile):
    """A whole offer file."""

    offer: Name
    campaign: Name | None = None
    active: bool = True
    when: When
    who: Who = Who()
    cart: CartRule = CartRule()
    where: str | None = Field(
        default=None, min_length=1, max_length=500, description="a condition in CEL, for what no field says"
    )
    give: Give | None = None
    say: Template | dict[str, Template] = Field(
        description="text, or one for each language; {{ cart.value }} and the like are filled in"
    )
    through: tuple[Name, ...] = Field(
        default=("phone",), min_length=1, description="channels of store.yaml in order of preference"
    )
    limits: Limits = Limits()
    stacks: bool = Field(
        default=True, description="whether she may hold another offer beside it; false: it comes alone or not at all"
    )
    stack_group: Name | None = Field(default=None, description="of the offers of one group she holds at most one")
    variants: dict[Name, OfferVariant] = Field(
        default_factory=dict, description="by name of the campaign's variant: what is said or given instead"
    )
    priority: int = Field(
        default=0,
        ge=-1000,
        le=1000,
        description="the highest wins; ties go to the name first in the alphabet",
    )
    expires_after: Duration = Field(default=timedelta(minutes=10), description="how long the offer is good for")
