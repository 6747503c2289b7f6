"""How often, and when not: the words that store, campaign and offer files share."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from nearcart_contract.cart import Currency
from nearcart_contract.duration import parse_duration
from nearcart_contract.local_time import TimeOfDay
from nearcart_contract.names import UserFile

LONGEST_PERIOD = timedelta(days=400)
"""A year and some: further back nothing is counted."""


class Limit(UserFile):
    """At most ``times`` in any ``period``."""

    example: ClassVar[str] = "{times: 2, period: 7d}"

    times: int = Field(ge=1, le=1_000_000)
    period: Annotated[timedelta, BeforeValidator(parse_duration)]

    @model_validator(mode="after")
    def _period_can_be_counted(self) -> "Limit":
        if not timedelta(seconds=1) <= self.period <= LONGEST_PERIOD:
            raise ValueError("the period of a limit is from 1s to 400d")
        return self


class QuietHours(UserFile):
    """No offer leaves between these two local times; the window may pass midnight."""

    example: ClassVar[str] = '{start: "21:00", end: "09:00"}'

    start: TimeOfDay
    end: TimeOfDay
    then: Literal["drop", "defer"] = Field(
        default="drop", description="defer: asked again at the end whether she is still there"
    )


class Money(UserFile):
    """An amount in major units of its currency."""

    example: ClassVar[str] = "{amount: 2500, currency: EUR}"

    amount: Decimal = Field(gt=0, max_digits=15, decimal_places=3)
    currency: Currency
