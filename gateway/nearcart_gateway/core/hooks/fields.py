"""Fields as shop platforms write them: ids as numbers or text, empty text for nothing, money as text or number."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

_FRACTION = Decimal("0.000001")


def fine(value: Decimal) -> Decimal:
    """A millionth of the currency is as fine as a price is kept; PHP writes a third as 3.3333333333333335."""
    exponent = value.as_tuple().exponent
    too_fine = isinstance(exponent, int) and exponent < -6
    return value.quantize(_FRACTION, ROUND_HALF_EVEN) if too_fine else value


def _text(value: object) -> object:
    """Ids are numbers in one payload and text in the next."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _text_or_none(value: object) -> object:
    return _text(value) if value not in ("", None) else None


def _customer(value: object) -> object:
    """Nought is a guest, at WooCommerce and at BigCommerce."""
    return None if value in (0, "0") else _text_or_none(value)


def _sku(value: object) -> object:
    """A SKU cut short would be another SKU: one that is too long counts as none."""
    text = _text_or_none(value)
    return None if isinstance(text, str) and len(text) > 200 else text


def _words(value: object) -> object:
    text = _text_or_none(value)
    return unescape(text)[:200] if isinstance(text, str) else text


def _email(value: object) -> object:
    """What is no address is none: an order is not refused for it."""
    return value if isinstance(value, str) and "@" in value and len(value) <= 320 else None


def _number(value: object) -> object:
    """Money that a shop leaves empty is nothing."""
    return Decimal(0) if value in ("", None) else value


def rfc_2822(value: object) -> object:
    """``Tue, 05 Mar 2019 21:40:11 +0000``; ISO 8601 is left as it is."""
    if isinstance(value, str) and "," in value:
        try:
            at = parsedate_to_datetime(value)
        except (TypeError, IndexError, OverflowError):
            raise ValueError("no date of RFC 2822") from None
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return value


def gmt(value: object) -> object:
    """``2017-03-22T19:28:02`` without an offset, known to be GMT."""
    if isinstance(value, str) and value:
        at = datetime.fromisoformat(value)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return None if value == "" else value


Email = Annotated[str | None, BeforeValidator(_email), Field(repr=False)]
Id = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=150)]
OptionalId = Annotated[Annotated[str, Field(max_length=150)] | None, BeforeValidator(_text_or_none)]
CustomerId = Annotated[Annotated[str, Field(max_length=150)] | None, BeforeValidator(_customer)]
Sku = Annotated[str | None, BeforeValidator(_sku)]
Words = Annotated[str | None, BeforeValidator(_words)]
Price = Annotated[Decimal, BeforeValidator(_number), Field(ge=0, lt=10**12, allow_inf_nan=False), AfterValidator(fine)]
"""Not below nought; at most six decimals are kept."""
MailDate = Annotated[AwareDatetime, BeforeValidator(rfc_2822)]
GmtTime = Annotated[AwareDatetime, BeforeValidator(gmt)]
