"""Token buckets: so many requests at once, then so many a second. Time comes in as an argument, in seconds of a steady clock."""

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """``burst`` tokens at most, of which ``per_second`` grow again."""

    per_second: float
    burst: float


class TokenBuckets:
    """One bucket for each name. At most ``most`` are remembered; the one used longest ago goes first, full by then or not."""

    def __init__(self, rate: Rate, most: int = 1024) -> None:
        self._rate = rate
        self._most = most
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, now: float, tokens: float = 1.0) -> float:
        """Take tokens and return 0, or take none and return the seconds until they will be there.

        More than a whole bucket is never asked for: ``tokens`` is cut to ``burst``.
        """
        wanted = min(tokens, self._rate.burst)
        level, at = self._buckets.pop(name, (self._rate.burst, now))
        level = min(self._rate.burst, level + max(0.0, now - at) * self._rate.per_second)
        taken = level >= wanted
        self._buckets[name] = (level - wanted if taken else level, max(now, at))
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return 0.0 if taken else (wanted - level) / self._rate.per_second
