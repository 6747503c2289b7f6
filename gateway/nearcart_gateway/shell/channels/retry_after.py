"""How long a busy service asks to be left alone (RFC 9110, section 10.2.3)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def wait_asked_for(headers: Mapping[str, str], now: float) -> float:
    """Seconds from ``now`` (Unix) that ``Retry-After`` asks for; 0 without it, and for what is neither seconds nor a date."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() - now)


def wait_from_now(headers: Mapping[str, str]) -> float:
    """The same by this machine's clock, which a service's dates are meant for."""
    return wait_asked_for(headers, datetime.now(UTC).timestamp())
