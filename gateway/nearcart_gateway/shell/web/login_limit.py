"""How often a password may be guessed. Time comes in as an argument, in seconds of any steady clock."""

import ipaddress
from collections import OrderedDict

ATTEMPTS = 10
"""Wrong passwords that one address may send before it has to wait."""

WINDOW_S = 60.0
"""After this long without a wrong password the count starts again."""

ADDRESSES = 1024
"""Addresses remembered; the one that failed longest ago goes first."""


class LoginLimit:
    """Counts wrong passwords an address. IPv6 counts by /64, which is what one subscriber has."""

    def __init__(self, attempts: int = ATTEMPTS) -> None:
        self._attempts = attempts
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, address: str, now: float) -> float:
        """Seconds until this address may try again; 0 when it may now."""
        count, last = self._failures.get(subscriber(address), (0, now))
        return max(0.0, last + WINDOW_S - now) if count >= self._attempts else 0.0

    def failed(self, address: str, now: float) -> None:
        """A wrong password came from there."""
        key = subscriber(address)
        count, last = self._failures.pop(key, (0, now))
        self._failures[key] = (1 if now - last >= WINDOW_S else count + 1, now)
        if len(self._failures) > ADDRESSES:
            self._failures.popitem(last=False)

    def succeeded(self, address: str) -> None:
        """The right password came from there: earlier slips are forgiven."""
        self._failures.pop(subscriber(address), None)


def subscriber(address: str) -> str:
    """What one subscriber is counted by: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
