"""``campaigns/*.yaml``: one campaign a file."""

from datetime import timedelta
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from nearcart_contract.duration import Duration
from nearcart_contract.limit import Limit, Money
from nearcart_contract.local_time import Day
from nearcart_contract.names import Name, UserFile

Outcome = Literal["purchase", "revenue", "redemption"]


class Budget(UserFile):
    """What the campaign may cost over its whole life. An offer that waits to be used holds its part until it expires."""

    redemptions: int | None = Field(default=None, ge=1, le=1_000_000, description="offers used, or still to be used")
    money: Money | None = Field(default=None, description="worth of the offers used, or still to be used")


class CampaignLimits(UserFile):
    """Counted over all offers of the campaign, ghosts included."""

    per_visitor: Limit | None = Field(default=None, description="to one visitor")
    per_campaign: Limit | None = Field(default=None, description="to everybody together")


class Variant(UserFile):
    """One of the ways the campaign is tried."""

    weight: int = Field(default=1, ge=1, le=10_000, description="share beside the other variants' weights")


class Campaign(UserFile):
    """Dates in the store's time zone, both days included; what it may cost; and whom it is compared with.

    A visitor has one of 10,000 slots in each experiment. The hold-out takes slots from 0 up, the variants from the top down.
    """

    campaign: Name
    name: str = Field(min_length=1, max_length=120)
    starts: Day | None = None
    ends: Day | None = None
    budget: Budget = Budget()
    limits: CampaignLimits = CampaignLimits()
    hold_out_percent: Decimal = Field(
        default=Decimal(0),
        ge=0,
        le=90,
        decimal_places=2,
        description="share of visitors who get none of its offers, for comparison",
    )
    offered_percent: Decimal | None = Field(
        default=None,
        gt=0,
        le=100,
        decimal_places=2,
        description="share of visitors who may get its offers; without it everybody who is not held out",
    )
    experiment: int = Field(
        default=1,
        ge=1,
        le=1000,
        description="raised by one, it draws everybody anew: for any change of shares but a growing one",
    )
    variants: dict[Name, Variant] = Field(
        default_factory=dict, max_length=20, description="offers say what each changes, under their own 'variants'"
    )
    outcome: Outcome = Field(default="purchase", description="what the report compares")
    window: Duration = Field(
        default=timedelta(days=7), description="how long after the offer an outcome still counts for it"
    )

    expected_visitors: int = Field(
        default=5000,
        ge=100,
        le=100_000_000,
        description="how many will have an offer, or would have: the report is surest there; fixed at launch",
    )
    cap_per_visitor: Decimal | None = Field(
        default=None,
        gt=0,
        description="more than this, in the store's currency, counts as this: one big order then decides nothing; fixed at launch",
    )

    @model_validator(mode="after")
    def _ends_after_start(self) -> "Campaign":
        if self.starts and self.ends and self.ends < self.starts:
            raise ValueError(f"ends on {self.ends}, before it starts on {self.starts}")
        return self

    @model_validator(mode="after")
    def _window_is_a_time_to_buy_in(self) -> "Campaign":
        if not timedelta(minutes=1) <= self.window <= timedelta(days=90):
            raise ValueError("window must be from 1m to 90d")
        return self

    @model_validator(mode="after")
    def _shares_fit(self) -> "Campaign":
        if self.offered_percent is not None and self.hold_out_percent + self.offered_percent > 100:
            raise ValueError(
                f"hold_out_percent {self.hold_out_percent} and offered_percent {self.offered_percent} are more than 100"
            )
        return self

    @model_validator(mode="after")
    def _variants_are_compared(self) -> "Campaign":
        if len(self.variants) == 1:
            raise ValueError("one variant has nothing to be compared with: write two or more, or none")
        return self
