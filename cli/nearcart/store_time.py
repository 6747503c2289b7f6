"""Times as people type them, on the store's clock."""

from datetime import datetime
from zoneinfo import ZoneInfo


def store_time(text: str, zone: ZoneInfo) -> float:
    """Unix seconds. Raises ``ValueError`` with a sentence."""
    today = datetime.now(zone).date().isoformat()
    try:
        found = datetime.fromisoformat(f"{today}T{text}" if len(text) <= 8 else text)
    except ValueError:
        raise ValueError(f"'{text}' is no time: write 14:05, or 2026-11-25T14:05") from None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).timestamp()
