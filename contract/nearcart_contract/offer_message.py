"""What reaches a phone, a screen, the staff or a webhook: one offer, with the key that makes it one."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from nearcart_contract.names import Message, Name


class AppliesTo(Message):
    """Articles of one of these categories, or with one of these SKUs."""

    categories: tuple[str, ...] = Field(default=(), max_length=100)
    skus: tuple[str, ...] = Field(default=(), max_length=1000)


class _Benefit(Message):
    applies_to: AppliesTo | None = Field(default=None, description="which articles; none: everything she buys")
    code: str | None = Field(default=None, min_length=1, max_length=64, description="coupon code for the till")


class PercentOff(_Benefit):
    """A share off."""

    kind: Literal["percent"] = "percent"
    percent: Decimal = Field(gt=0, le=100)
    maximum: Decimal | None = Field(default=None, gt=0, description="never more than this, in the store's currency")


class AmountOff(_Benefit):
    """An amount off."""

    kind: Literal["amount"] = "amount"
    amount: Decimal = Field(gt=0)
    currency: str = Field(pattern=r"^[A-Z]{3}$")


class Gift(_Benefit):
    """An article on the house."""

    kind: Literal["gift"] = "gift"
    gift: str = Field(min_length=1, max_length=80, description="as a text names it")
    sku: str | None = Field(default=None, max_length=200)
    worth: Decimal | None = Field(default=None, ge=0, description="what it costs the store, for budgets")


class FreeShipping(_Benefit):
    """Delivery of the online cart for nothing."""

    kind: Literal["free_shipping"] = "free_shipping"
    worth: Decimal | None = Field(default=None, ge=0, description="what it costs the store, for budgets")


class Points(_Benefit):
    """Points of a loyalty programme."""

    kind: Literal["points"] = "points"
    points: int = Field(gt=0, le=10_000_000)
    worth: Decimal | None = Field(default=None, ge=0, description="what they cost the store, for budgets")


Benefit = Annotated[PercentOff | AmountOff | Gift | FreeShipping | Points, Field(discriminator="kind")]


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


class OfferWithdrawn(Message):
    """The offer with this key is over before its time: take it away. On the offer's own topic, and as a webhook.

    ``visitor`` and ``reason`` are left out on a screen.
    """

    type: Literal["offer.withdrawn"] = "offer.withdrawn"
    key: str = Field(max_length=200)
    store: Name
    visitor: Name | None = None
    zone: Name | None = None
    reason: str | None = Field(default=None, max_length=300)
    withdrawn_at: AwareDatetime


class OfferReceipt(Message):
    """Whoever got an offer says that it is there, or was looked at. Said again it changes nothing."""

    key: str = Field(pattern=r"^[A-Za-z0-9_.:+-]{1,200}$", description="the offer's")
    state: Literal["delivered", "seen"]
