"""How long a shop's API wants to be left alone, by what its answers say."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

LONGEST_S = 900.0
"""Longer than a quarter of an hour nobody waits on the word of a header."""

_LEFT_ALONE_S = 2.0


def rest_after(status: int, headers: Mapping[str, str], now: float) -> float:
    """Seconds until the next question may be asked; ``now`` is Unix seconds, header names are lower case.

    Read are ``Retry-After`` (RFC 9110, seconds or a date), BigCommerce's ``X-Rate-Limit-Requests-Left`` and
    ``X-Rate-Limit-Time-Reset-Ms``, and Shopify's ``X-Shopify-Shop-Api-Call-Limit`` (``39/40``: calls in the bucket, and its size;
    it leaks two a second).
    """
    asked = _retry_after(headers.get("retry-after"), now)
    reset = _number(headers.get("x-rate-limit-time-reset-ms"))
    if (
        asked is None
        and reset is not None
        and (status == 429 or _number(headers.get("x-rate-limit-requests-left")) == 0)
    ):
        asked = reset / 1000
    if asked is None:
        asked = _bucket(headers.get("x-shopify-shop-api-call-limit"))
    if asked is None:
        asked = _LEFT_ALONE_S if status == 429 else 0.0
    return min(max(asked, 0.0), LONGEST_S)


def back_off(failures: int, shortest: float = 2.0, longest: float = 600.0) -> float:
    """Seconds to wait after so many failures in a row: doubled each time."""
    return float(min(shortest * 2 ** min(max(failures - 1, 0), 20), longest))


def _retry_after(value: str | None, now: float) -> float | None:
    if value is None:
        return None
    seconds = _number(value)
    if seconds is not None:
        return seconds
    at = http_date(value)
    return None if at is None else at - now


def http_date(value: str | None) -> float | None:
    """A date of HTTP (RFC 9110) in Unix seconds."""
    try:
        return parsedate_to_datetime(value or "").timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _bucket(value: str | None) -> float | None:
    used, _, size = (value or "").partition("/")
    in_it, holds = _number(used), _number(size)
    if in_it is None or holds is None or in_it < holds - 2:
        return None
    return 1.0


def _number(value: str | None) -> float | None:
    """Digits with at most one point; nothing else is a number of seconds."""
    text = (value or "").strip()
    return float(text) if text.replace(".", "", 1).isdecimal() and text.isascii() and len(text) < 16 else None
