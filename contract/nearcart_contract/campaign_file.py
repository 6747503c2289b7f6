"""``campaigns/*.yaml``: one campaign a file."""

from decimal import Decimal

from pydantic import Field, model_validator

from nearcart_contract.local_time import Day
from nearcart_contract.names import Name, UserFile


class Campaign(UserFile):
    """Dates in the store's time zone, both days included, and the share of visitors held out."""

    campaign: Name
    name: str = Field(min_length=1, max_length=120)
    starts: Day | None = None
    ends: Day | None = None
    hold_out_percent: Decimal = Field(
        default=Decimal(0),
        ge=0,
        le=90,
        decimal_places=2,
        description="share of visitors who get none of its offers, for comparison",
    )

    @model_validator(mode="after")
    def _ends_after_start(self) -> "Campaign":
        if self.starts and self.ends and self.ends < self.starts:
            raise ValueError(f"ends on {self.ends}, before it starts on {self.starts}")
        return self
