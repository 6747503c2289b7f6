"""How much a counter grew within the last hour, by minutes."""

from collections import deque

HOUR_S, MINUTE_S = 3600.0, 60.0


class LastHour:
    """Feed it a counter that only grows; time in seconds on a clock that runs on."""

    def __init__(self) -> None:
        self._noted: deque[tuple[float, int]] = deque()
        self._newest = 0

    def note(self, now: float, total: int) -> None:
        """The counter now."""
        self._newest = total
        if not self._noted or now - self._noted[-1][0] >= MINUTE_S:
            self._noted.append((now, total))
        while len(self._noted) > 1 and now - self._noted[1][0] >= HOUR_S:
            self._noted.popleft()

    @property
    def last_hour(self) -> int:
        """Its growth in the last hour, to a minute; since the first note where that is less."""
        return self._newest - self._noted[0][1] if self._noted else 0
