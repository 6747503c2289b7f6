"""Which transitions to send next: the edge's half of the promise that none is lost and none applied twice.

One batch is on its way at a time. The gateway's ack moves the oldest number held forward; whatever is still held is sent
again when an ack falls short of it, when the connection is new, or when no ack comes. Older epochs go first, so that a
visitor's enter before a restart precedes her enter after it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from nearcart_contract.presence import MAX_TRANSITIONS

RESEND_AFTER_S = 3.0
"""Without an ack for this long a batch is sent again; the wait doubles each time …"""

RESEND_AT_MOST_S = 30.0
"""… up to this."""

REPEATED_ACK_PAUSE_S = 0.25
"""An ack that takes nothing forward asks for the batch again: at most once in this time, so that no loop can spin."""


@dataclass(frozen=True, slots=True)
class Held:
    """Transitions of one epoch that the gateway has not acknowledged: both numbers included."""

    epoch: UUID
    oldest: int
    newest: int


@dataclass(frozen=True, slots=True)
class Send:
    """A batch to build: transitions ``after + 1`` to ``upto``."""

    epoch: UUID
    after: int
    upto: int


@dataclass(frozen=True, slots=True)
class Forget:
    """The gateway has everything of this epoch up to ``upto`` on its disk."""

    epoch: UUID
    upto: int


class Batches:
    """Decides; stores and sends nothing. ``now`` is seconds on the monotonic clock."""

    def __init__(
        self, held: Iterable[Held] = (), *, limit: int = MAX_TRANSITIONS, resend_after_s: float = RESEND_AFTER_S
    ) -> None:
        """``held``: what the outbox has from earlier, oldest epoch first."""
        self._held: dict[UUID, Held] = {each.epoch: each for each in held}
        self._limit = limit
        self._resend_after = resend_after_s
        self._wait = resend_after_s
        self._in_flight: Send | None = None
        self._sent_at = 0.0
        self._resend_at = 0.0

    @property
    def waiting(self) -> int:
        """Transitions not yet acknowledged."""
        return sum(held.newest - held.oldest + 1 for held in self._held.values())

    def add(self, epoch: UUID, newest: int, count: int = 1) -> None:
        """``count`` transitions up to ``newest`` are stored and may be sent."""
        held = self._held.get(epoch)
        self._held[epoch] = Held(epoch, held.oldest if held else newest - count + 1, newest)

    def next(self, now: float) -> Send | None:
        """The batch to send now, counted as sent; none while one is on its way or nothing waits."""
        if self._in_flight is not None:
            if now < self._resend_at:
                return None
            self._wait = min(2 * self._wait, RESEND_AT_MOST_S)
        first = next(iter(self._held.values()), None)
        if first is None:
            return None
        after = first.oldest - 1
        self._in_flight = Send(first.epoch, after, min(first.newest, after + self._limit))
        self._sent_at = now
        self._resend_at = now + self._wait
        return self._in_flight

    def deadline(self) -> float | None:
        """When ``next`` sends again of its own accord; none where it waits for nothing."""
        return self._resend_at if self._in_flight is not None else None

    def acknowledge(self, epoch: UUID, committed: int) -> Forget | None:
        """The gateway has this epoch up to ``committed``. Gives what the outbox may forget, if that is news."""
        self._wait = self._resend_after
        held = self._held.get(epoch)
        if held is None:
            return None
        if committed < held.oldest:
            if self._in_flight is not None and self._in_flight.epoch == epoch:
                self._resend_at = min(self._resend_at, self._sent_at + REPEATED_ACK_PAUSE_S)
            return None
        # More than was ever numbered: a card restored from an old image meets a gateway that remembers more of that epoch.
        upto = min(committed, held.newest)
        if upto == held.newest:
            del self._held[epoch]
        else:
            self._held[epoch] = Held(epoch, upto + 1, held.newest)
        if self._in_flight is not None and self._in_flight.epoch == epoch:
            self._in_flight = None
        return Forget(epoch, upto)

    def reconnected(self) -> None:
        """Whatever was on its way may be gone with the old connection: send at once."""
        self._in_flight = None
        self._wait = self._resend_after
