"""The ``Link`` header of paged answers (RFC 8288), as far as shops use it."""

import re

_LINK = re.compile(r'<([^>]{1,2000})>\s*;\s*rel="?next"?')


def next_url(header: str | None) -> str | None:
    """Where the next page is, if there is one."""
    found = _LINK.search(header or "")
    return found.group(1) if found else None
