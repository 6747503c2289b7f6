"""Rolling Eddystone-EIDs as a look-up: github.com/google/eddystone, eddystone-eid/eid-computation.md.

A tag's identifier changes every 2^K seconds. Those of the present period and of its neighbours are computed before they are needed
(``advance``, which takes time and may run in a thread), so that an advert costs one look-up. A tag's counter runs up to 150 ppm wrong:
every identifier heard says between which bounds it is now, and the periods that are computed follow.
"""

from heapq import heappop, heappush

from nearcart_edge.core.block_cipher import Encrypt, cipher

NEIGHBOURS = 1
"""Periods before and after the one that a tag should be in."""

_SALT = bytes(11) + b"\xff" + bytes(2)
_PADDING = bytes(11)

MOST_DRIFT = 150e-6
"""Of a tag's counter, seconds a second: the specification's bound."""


class _Tag:
    """One tag. Its counter is ahead of what was enrolled by ``low`` to ``high`` seconds, as far as it was heard."""

    __slots__ = ("due_at", "encrypt", "exponent", "heard_at", "high", "identity", "low", "middle", "offset_s")

    def __init__(self, identity: str, encrypt: Encrypt, exponent: int, offset_s: int) -> None:
        self.identity, self.encrypt, self.exponent, self.offset_s = identity, encrypt, exponent, offset_s
        self.high = float(1 << exponent)
        self.low = -self.high
        self.heard_at: float | None = None
        self.middle: int | None = None
        self.due_at = float("-inf")

    def period_at(self, now: float) -> int:
        """The period of the tag's counter at ``now`` (Unix seconds), as far as is known."""
        return int(now - self.offset_s + (self.low + self.high) / 2) >> self.exponent

    def ends_at(self, period: int) -> float:
        return ((period + 1) << self.exponent) + self.offset_s - (self.low + self.high) / 2

    def hear(self, period: int, at: float) -> None:
        """It says at ``at`` that its counter is in this period."""
        drifted = MOST_DRIFT * abs(at - self.heard_at) if self.heard_at is not None else 0.0
        least = (period << self.exponent) - (at - self.offset_s)
        most = least + (1 << self.exponent)
        self.low, self.high = max(self.low - drifted, least), min(self.high + drifted, most)
        if self.low > self.high:  # one of the clocks was set
            self.low, self.high = least, most
        self.heard_at = at

    def id_in(self, period: int) -> str:
        return ephemeral_id(self.encrypt, self.exponent, period << self.exponent)

    def around(self) -> range:
        """The periods whose identifiers are known."""
        middle = self.middle
        return range(0) if middle is None else range(middle - NEIGHBOURS, middle + NEIGHBOURS + 1)


class EphemeralIds:
    """Identifiers (16 hex digits) of every enrolled tag around one moment. ``now`` is Unix seconds.

    Without ``follow`` nothing is learned of a tag's drift: what an identifier proves does not depend on those heard before it.
    """

    def __init__(self, *, follow: bool = True) -> None:
        self._follow = follow
        self._tags: dict[str, _Tag] = {}
        self._known: dict[str, tuple[_Tag, int]] = {}
        self._due: list[tuple[float, str]] = []
        self._now = float("-inf")

    def __len__(self) -> int:
        return len(self._tags)

    def add(self, identity: str, key: bytes, exponent: int, offset_s: int = 0) -> None:
        """Know one more tag: 16 bytes of key, period 2^``exponent`` seconds, its counter 0 at Unix time ``offset_s``.

        It is found from the next ``advance`` on.
        """
        self.remove(identity)
        self._tags[identity] = tag = _Tag(identity, cipher(key), exponent, offset_s)
        self._wait(tag, float("-inf"))

    def remove(self, identity: str) -> None:
        """Forget a tag; it is found no more from here on."""
        tag = self._tags.pop(identity, None)
        if tag is not None:
            for period in tag.around():
                self._known.pop(tag.id_in(period), None)

    def due(self, now: float) -> bool:
        """Whether ``advance`` has anything to compute: a period ended, a tag is new, or the clock was set back."""
        return bool(self._due) and (self._due[0][0] <= now or now < self._now)

    def advance(self, now: float) -> None:
        """Compute what is needed around ``now``. Look-ups meanwhile find what was there before, or already the new."""
        if now < self._now:
            self._due.clear()
            for known in list(self._tags.values()):
                self._wait(known, float("-inf"))
        self._now = now
        while self._due and self._due[0][0] <= now:
            due_at, identity = heappop(self._due)
            tag = self._tags.get(identity)
            if tag is not None and tag.due_at == due_at:
                self._surround(tag, tag.period_at(now))
                self._wait(tag, tag.ends_at(tag.period_at(now)))

    def resolve(self, eid: str, at: float) -> str | None:
        """The identity of the tag that sends this identifier at ``at`` (Unix seconds)."""
        found = self._known.get(eid)
        if found is None:
            return None
        tag, period = found
        if self._tags.get(tag.identity) is not tag:  # forgotten while another thread computed
            return None
        if not self._follow:
            return tag.identity
        tag.hear(period, at)
        if tag.period_at(at) != tag.middle and tag.due_at > at:
            self._wait(tag, at)
        return tag.identity

    def _wait(self, tag: _Tag, due_at: float) -> None:
        tag.due_at = due_at
        heappush(self._due, (due_at, tag.identity))

    def _surround(self, tag: _Tag, middle: int) -> None:
        before = tag.around()
        tag.middle = middle
        for period in tag.around():
            if period not in before:
                self._known[tag.id_in(period)] = tag, period
        for period in before:
            if period not in tag.around():
                self._known.pop(tag.id_in(period), None)


def ephemeral_id(encrypt: Encrypt, exponent: int, counter: int) -> str:
    """The identifier of a tag with this key at a value of its 32-bit counter, in seconds, as 16 hex digits."""
    counter &= 0xFFFF_FFFF
    period = (counter >> exponent << exponent).to_bytes(4, "big")
    temporary = cipher(encrypt(_SALT + (counter >> 16).to_bytes(2, "big")))
    return temporary(_PADDING + bytes([exponent]) + period)[:8].hex()
