"""What reaches a phone, a screen, the staff or a webhook: one offer, with the key that makes it one."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from nearcart_contract.names import Message, Name


class PercentOff(Message):
    kind: Literal["percent"] = "percent"
    percent: Decimal = Field(gt=0, le=100)


class AmountOff(Message):
    kind: Literal["amount"] = "amount"
    amount: Decimal = Field(gt=0)
    currency: str = Field(pattern=r"^[A-Z]{3}$")


Benefit = Annotated[PercentOff | AmountOff, Field(discriminator="kind")]


class OfferMessage(Message):
    """Topics ``…/visitor/{id}/offer``, ``…/screen/{zone}``, ``…/staff`` (QoS 1), and the body of a webhook.

    ``key`` is the idempotency key: two messages with one key are one offer. ``visitor`` is left out on a screen.
    """

    type: Literal["offer"] = "offer"
    key: str = Field(max_length=200)
    store: Name
    offer: Name
    campaign: Name | None = None
    visitor: Name | None = None
    zone: Name | None = None
    text: str = Field(max_length=2000)
    language: str = Field(default="en", max_length=35)
    benefit: Benefit | None = None
    decided_at: AwareDatetime
    expires_at: AwareDatetime
