"""What callers send. Bodies are read strictly: a number is no text, an unknown field is a mistake."""

import re
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Header, Path
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from nearcart_contract.names import NAME_PATTERN
from nearcart_gateway.core.complaints import LONGEST
from nearcart_gateway.core.values import Outcome

MOST_AT_ONCE = 200
Consent = Literal["offers", "measurement"]

_UUID = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_ANY_TEXT = r"^[^\u0000-\u001f\u007f-\u009f]*$"


def _hex(digits: int) -> str:
    return rf"^[0-9a-fA-F]{{{digits}}}$"


def _whole(value: object) -> object:
    """To JSON Schema 7.0 is an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Name = Annotated[str, Field(pattern=NAME_PATTERN, examples=["anna"])]
Uuid = Annotated[str, Field(pattern=_UUID), AfterValidator(str.lower)]
Address = Annotated[str, Field(pattern=r"^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$"), AfterValidator(str.upper)]
Hex12 = Annotated[str, Field(pattern=_hex(12)), AfterValidator(str.lower)]
Hex20 = Annotated[str, Field(pattern=_hex(20)), AfterValidator(str.lower)]
Hex32 = Annotated[str, Field(pattern=_hex(32)), AfterValidator(str.lower)]
Uint16 = Annotated[int, Field(ge=0, le=0xFFFF), BeforeValidator(_whole)]
Customer = Annotated[str, Field(min_length=1, max_length=200, pattern=_ANY_TEXT, examples=["7012"])]
Fact = Annotated[str, Field(min_length=1, max_length=100, pattern=_ANY_TEXT)]
Segments = Annotated[list[Name], Field(max_length=50, examples=[["wine-club"]])]
Email = Annotated[
    str,
    Field(
        pattern=r"^[^@\s\x00-\x1f\x7f-\x9f]{1,64}@[^@\s\x00-\x1f\x7f-\x9f]{1,190}$",
        description="only a keyed hash of it is kept, by which her carts are found",
        examples=["anna@example.org"],
    ),
]
Language = Annotated[str, Field(pattern=r"^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8}){0,3}$", examples=["en"])]

VisitorId = Annotated[str, Path(pattern=NAME_PATTERN, description="her id", examples=["anna"])]
DecisionId = Annotated[int, Path(ge=1, le=2**53, examples=[412])]
OfferName = Annotated[str, Path(pattern=NAME_PATTERN, examples=["wine-dwell"])]
IdentityId = Annotated[str, Path(pattern=NAME_PATTERN, examples=["t-1f2e3d4c5b6a7988"])]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        pattern=r'^"?[0-9]{1,15}"?$',
        description="the ETag that was read: another version is not touched (412)",
        examples=['"3"'],
    ),
]


def _rfc_3339(value: object) -> object:
    if isinstance(value, str) and not _TIME.fullmatch(value):
        raise ValueError("write a time with its zone, such as 2026-11-25T18:00:00Z")
    return value


Time = Annotated[AwareDatetime, BeforeValidator(_rfc_3339)]


def _when(value: object) -> object:
    """Bodies are read strictly, and JSON has no times: a text that is one becomes one."""
    checked = _rfc_3339(value)
    return datetime.fromisoformat(checked) if isinstance(checked, str) else checked


BodyTime = Annotated[AwareDatetime, BeforeValidator(_when)]


class Request(BaseModel):
    """Base of every body."""

    model_config = ConfigDict(extra="forbid", strict=True)


class IBeacon(Request):
    """A tag that speaks iBeacon."""

    kind: Literal["ibeacon"]
    uuid: Uuid
    major: Uint16
    minor: Uint16


class EddystoneUid(Request):
    """A tag that speaks Eddystone-UID."""

    kind: Literal["eddystone-uid"]
    namespace: Hex20
    instance: Hex12


class AltBeacon(Request):
    """A tag that speaks AltBeacon."""

    kind: Literal["altbeacon"]
    id1: Uuid
    id2: Uint16
    id3: Uint16


class Irk(Request):
    """A phone or watch by its identity resolving key, most significant octet first."""

    kind: Literal["irk"]
    irk: Hex32 = Field(repr=False)


class EddystoneEid(Request):
    """A rolling Eddystone-EID."""

    kind: Literal["eddystone-eid"]
    identity_key: Hex32 = Field(repr=False)
    rotation_exponent: Annotated[int, Field(ge=0, le=15), BeforeValidator(_whole)]
    clock_offset_s: Annotated[int, Field(ge=-(2**40), le=2**40), BeforeValidator(_whole)] = 0


class BTHome(Request):
    """A BTHome device."""

    kind: Literal["bthome"]
    address: Address
    bind_key: Hex32 | None = Field(default=None, repr=False)


class FixedAddress(Request):
    """A device with a public or static random address."""

    kind: Literal["address"]
    address: Address


Carried = Annotated[
    IBeacon | EddystoneUid | AltBeacon | Irk | EddystoneEid | BTHome | FixedAddress, Field(discriminator="kind")
]


class NewVisitor(Request):
    """Somebody to enrol, by what she carries. Without any consent she is never looked for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "anna",
                    "customer": "7012",
                    "consents": ["offers"],
                    "identities": [
                        {
                            "kind": "ibeacon",
                            "uuid": "f7826da6-4fa2-4e98-8024-bc5b71e0893e",
                            "major": 1,
                            "minor": 7,
                        }
                    ],
                }
            ]
        }
    )

    id: Name
    kind: Literal["visitor", "staff", "test"] = "visitor"
    customer: Customer | None = None
    language: Language = "en"
    segments: Segments = []
    tier: Fact | None = None
    loyalty: Fact | None = Field(default=None, description="her number in the loyalty programme")
    email: Email | None = None
    consents: list[Consent] = Field(default=[], max_length=10)
    identities: list[Carried] = Field(min_length=1, max_length=20)


class VisitorChange(Request):
    """What shall be otherwise; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"customer": "7012", "language": "de", "tier": "gold"}]})

    kind: Literal["visitor", "staff", "test"] | None = None
    customer: Customer | None = Field(default=None, description="null takes it away")
    language: Language | None = None
    segments: Segments | None = Field(default=None, description="in place of those she was in")
    tier: Fact | None = Field(default=None, description="null takes it away")
    loyalty: Fact | None = Field(default=None, description="null takes it away")
    email: Email | None = Field(default=None, description="null takes its hash away")


class ConsentSaid(Request):
    """Something she said, as a line of her history. A no to one channel outlives a later yes to the purpose."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"purpose": "offers", "given": True, "channel": "phone", "text_version": "2026-09"}]
        }
    )

    purpose: Literal["offers", "measurement", "health"]
    given: bool
    channel: Name | None = Field(default=None, description="through this channel only")
    text_version: Fact | None = Field(default=None, description="of the text she was shown")
    source: Fact = Field(default="api", description="where she said so", examples=["counter"])


class ComplaintSaid(Request):
    """What she complained of. Without ``at`` it is now; said again with its time it changes nothing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"at": "2026-11-25T18:00:00Z", "channel": "phone", "words": "too many messages"}]
        }
    )

    at: BodyTime | None = Field(default=None, description="when she complained; not in the future")
    channel: Name | None = Field(default=None, description="of the offers that she complained of")
    campaign: Name | None = Field(default=None, description="if she named one, or her offer shows it")
    offer: Name | None = Field(default=None, description="of a campaign: then `campaign` may be left out")
    words: Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=_ANY_TEXT)] | None = Field(
        default=None, description="hers, in short; they are in no report"
    )
    source: Fact = Field(default="api", description="where she said so", examples=["counter"])


class Merge(Request):
    """Into whom."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"into": "visitor-1"}]})

    into: Name


class Consents(Request):
    """Everything she agrees to from now on, in place of what it was; none at all is a no to everything."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"consents": ["offers"]}]})

    consents: list[Consent] = Field(max_length=10)


class TextToCheck(Request):
    """The text of an offer or a campaign as it would stand in its file."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "text": "offer: hello\nwhen: {moment: enter}\nsay: Hello.\n",
                    "file": "hello.yaml",
                }
            ]
        }
    )

    kind: Literal["offer", "campaign"] = "offer"
    text: str = Field(max_length=50_000, description="YAML")
    file: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9-]{1,64}\.ya?ml$",
        description="the file it would stand in; else the one with the offer of this name, else a new one",
    )


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=50, ge=1, le=MOST_AT_ONCE, description="at most so many")


class VisitorQuery(_Query):
    """Which visitors."""

    cursor: str | None = Field(default=None, pattern=NAME_PATTERN, description="`next` of the page before")


class VisitQuery(_Query):
    """Which visits."""

    cursor: str | None = Field(
        default=None,
        pattern=r"^[0-9]{1,10}(\.[0-9]{1,9})?-[0-9a-f]{16}$",
        description="`next` of the page before",
    )
    visitor: str | None = Field(default=None, pattern=NAME_PATTERN, description="her id; for roles that may see ids")
    pseudonym: str | None = Field(default=None, max_length=100, examples=["amber fox"])
    present: bool | None = Field(default=None, description="true: who is here now; false: visits that are over")


class DecisionQuery(_Query):
    """Which decisions: all that are given must be true."""

    cursor: int | None = Field(default=None, ge=1, le=2**53, description="`next` of the page before")
    visitor: str | None = Field(default=None, pattern=NAME_PATTERN, description="her id; for roles that may see ids")
    pseudonym: str | None = Field(default=None, max_length=100, examples=["amber fox"])
    offer: str | None = Field(default=None, pattern=NAME_PATTERN)
    campaign: str | None = Field(default=None, pattern=NAME_PATTERN)
    outcome: Outcome | None = None
    since: Time | None = Field(default=None, description="with its zone; write + as %2B")
    until: Time | None = Field(default=None, description="excluded")


Amount = Annotated[str, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,6})?$", description="in major units", examples=["3.80"])]
Code = Annotated[str, Field(min_length=1, max_length=200, pattern=_ANY_TEXT, examples=["AUTUMN-7F3K"])]
OrderText = Annotated[
    str, Field(min_length=1, max_length=150, pattern=r"^[A-Za-z0-9._:-]+$", examples=["receipt-20117"])
]
OrderId = Annotated[str, Path(min_length=1, max_length=150, pattern=r"^[A-Za-z0-9._:-]+$", examples=["receipt-20117"])]
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])]


class ByCode(Request):
    """An offer by the code that she shows; a code that all share needs ``visitor``."""

    code: Code
    visitor: Name | None = None


class GivenBack(ByCode):
    """What is given back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "AUTUMN-7F3K"}]})


class Use(Request):
    """How it is used."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"amount": "3.80", "order": "receipt-20117"}]})

    amount: Amount | None = Field(default=None, description="what it took off; else what was held for it")
    order: OrderText | None = None
    late: bool = Field(default=False, description="also one that expired, while its budget has room")


class Redemption(Use, ByCode):
    """What is used."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"code": "AUTUMN-7F3K", "amount": "3.80", "order": "receipt-20117"}]}
    )


class PurchasedItem(Request):
    """One line of a receipt."""

    sku: Annotated[str, Field(min_length=1, max_length=200, pattern=_ANY_TEXT)] | None = None
    title: Annotated[str, Field(min_length=1, max_length=500, pattern=_ANY_TEXT)] | None = None
    categories: list[Fact] = Field(default=[], max_length=50)
    quantity: Annotated[int, Field(ge=1, le=100_000), BeforeValidator(_whole)] = 1
    unit_price: Amount


class ShownCode(Request):
    """A code on a receipt."""

    code: Code
    amount: Amount | None = None


class Purchase(Request):
    """A receipt. Whose it is follows from ``visitor``, ``loyalty`` or ``customer``; without any it is nobody's."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "receipt-20117",
                    "loyalty": "L-7012",
                    "total": "23.00",
                    "items": [{"sku": "WINE-RIOJA", "title": "Rioja", "quantity": 2, "unit_price": "11.50"}],
                    "coupons": [{"code": "AUTUMN-7F3K", "amount": "3.80"}],
                    "placed_at": "2026-11-25T18:00:00Z",
                }
            ]
        }
    )

    id: OrderText
    visitor: Name | None = None
    loyalty: Fact | None = None
    customer: Customer | None = None
    total: Amount
    cost: Amount | None = Field(default=None, description="what its goods cost the store: reports then tell the margin")
    currency: CurrencyCode | None = Field(default=None, description="else the store's")
    items: list[PurchasedItem] = Field(default=[], max_length=1000)
    coupons: list[ShownCode] = Field(default=[], max_length=50)
    placed_at: BodyTime


class ReceiptIn(Request):
    """An offer is there (``delivered``), or was looked at (``seen``)."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"key": "corner-shop.door.6f1c.42.anna.enter:offer", "state": "seen"}]}
    )

    key: str = Field(
        pattern=r"^[A-Za-z0-9_.:+-]{1,200}$", description="the offer's `key`, or the `webhook-id` it came with"
    )
    state: Literal["delivered", "seen"]
