"""When did an edge hear it, on the gateway's clock? Neither side has a battery-backed clock, so monotonic stamps are trusted.

For one boot of an edge, gateway time minus edge monotonic time is a constant plus the transport delay. The smallest
difference seen lately is the best estimate of that constant (the least delayed message), so queues and retries don't shift
events.
"""

from collections import deque
from dataclasses import dataclass, field
from uuid import UUID

from nearcart_contract.presence import Stamp

WINDOW_S = 120.0
"""How long a difference counts: long enough to see an undelayed message, short enough to follow crystals (50 ppm: 6 ms)."""


@dataclass(slots=True)
class EdgeClock:
    """Translates the stamps of one edge into the gateway's clock, in Unix seconds."""

    _boot: UUID | None = None
    _differences: deque[tuple[float, float]] = field(default_factory=deque)

    def receive(self, sent: Stamp, received_at: float) -> None:
        """Learn from one message: what the edge's clocks said at sending, and when it arrived."""
        if sent.boot != self._boot:
            self._boot = sent.boot
            self._differences.clear()
        difference = received_at - sent.monotonic
        # The deque holds a rising run of (received, difference): its head is the smallest of the window.
        while self._differences and self._differences[-1][1] >= difference:
            self._differences.pop()
        self._differences.append((received_at, difference))
        while self._differences[0][0] < received_at - WINDOW_S:
            self._differences.popleft()

    def at(self, stamp: Stamp, sent: Stamp, received_at: float) -> float:
        """The gateway's time of ``stamp``, which came in a message sent at ``sent``. Never later than ``received_at``.

        A stamp of an earlier boot has no common monotonic clock: its age is what the edge's wall clock says, and at least
        the time since the edge started again.
        """
        if stamp.boot != sent.boot:
            return received_at - max(sent.at - stamp.at, sent.monotonic)
        return self.at_monotonic(stamp.monotonic, received_at)

    def at_monotonic(self, monotonic: float, received_at: float) -> float:
        """The gateway's time of a monotonic reading of the boot last received from."""
        difference = self._differences[0][1] if self._differences else received_at - monotonic
        return min(received_at, monotonic + difference)

    def shift(self, seconds: float) -> None:
        """The gateway's clock was stepped by ``seconds``."""
        self._differences = deque((at + seconds, difference + seconds) for at, difference in self._differences)
