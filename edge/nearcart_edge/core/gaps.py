"""How long a tag is silent between its packets, learned while it is there: its exit waits for three times the 99th percentile.

Only gaps that could matter are told apart, in buckets that grow by the square root of two; old ones weigh less and less.
"""

from math import ceil, log2

_BUCKETS = 20
_HALVE_AT = 1000
_PERCENT = 0.01


class Gaps:
    """The gaps of one tag at one scanner, above ``least`` seconds; shorter ones are only counted."""

    __slots__ = ("_long", "_total", "left_at")

    def __init__(self) -> None:
        self._total = 0
        self._long: list[int] | None = None
        self.left_at: float | None = None
        """When it was last heard before it was taken for gone."""

    def add(self, gap: float, least: float) -> None:
        """One more gap, in seconds."""
        self._total += 1
        if gap > least:
            if self._long is None:
                self._long = [0] * _BUCKETS
            self._long[_bucket(gap, least)] += 1
        if self._total >= _HALVE_AT:
            self._total //= 2
            if self._long is not None:
                self._long = [count // 2 for count in self._long]

    def percentile_99(self, least: float) -> float:
        """Seconds that 99 of 100 gaps are not longer than; ``least`` where it is shorter than that. Rounded up to a bucket's end."""
        if self._long is None:
            return least
        above, allowed = 0, self._total * _PERCENT
        for bucket in range(_BUCKETS - 1, -1, -1):
            above += self._long[bucket]
            if above > allowed:
                return least * 2 ** ((bucket + 1) / 2)
        return least


def _bucket(gap: float, least: float) -> int:
    return min(_BUCKETS - 1, max(0, ceil(2 * log2(gap / least)) - 1))
