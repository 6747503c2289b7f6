"""One edge as the gateway sees it: numbered transitions until they are acknowledged, and samples of who is near."""

from collections import deque
from uuid import UUID

from nearcart_contract.edge_state import Birth, Death, Health
from nearcart_contract.presence import MAX_TRANSITIONS, Ack, ExitCause, PresenceBatch, Stamp, Transition, TransitionKind
from nearcart_contract.samples import Sample, Samples

VERSION = "simulated"

RESEND_AFTER_S = 5.0
"""Without an ack for so long a batch is sent again."""


class LoadEdge:
    """Times are seconds since the start on ``monotonic``, and Unix seconds on ``at``: the edge's clocks agree with the world's."""

    def __init__(self, name: str, scanner: str, epoch: UUID, boot: UUID, public_key: str) -> None:
        self.name = name
        self._scanner = scanner
        self._epoch = epoch
        self._boot = boot
        self._public_key = public_key
        self._waiting: deque[Transition] = deque()
        self._numbered = 0
        self._acked = 0
        self._sent = 0
        self._sent_at = 0.0
        self.present: set[str] = set()

    @property
    def unacknowledged(self) -> int:
        return len(self._waiting)

    @property
    def acknowledged(self) -> int:
        return self._acked

    def birth(self) -> Birth:
        return Birth(
            epoch=self._epoch,
            boot=self._boot,
            version=VERSION,
            public_key=self._public_key,
            scanners=(self._scanner,),
            clock="synchronised",
        )

    def death(self) -> Death:
        return Death(epoch=self._epoch)

    def enter(self, identity: str, stamp: tuple[float, float], rssi: int) -> None:
        """Somebody came near; ``stamp`` is (Unix seconds, monotonic)."""
        self.present.add(identity)
        self._number("enter", identity, stamp, rssi, None)

    def exit(self, identity: str, stamp: tuple[float, float], cause: ExitCause = "silence") -> None:
        """Somebody has not been heard for long enough."""
        self.present.discard(identity)
        self._number("exit", identity, stamp, None, cause)

    def batch(self, stamp: tuple[float, float]) -> PresenceBatch | None:
        """What to publish now: what is new, or, long after the last ack, all of it again from there."""
        if self._sent > self._acked:
            if stamp[1] - self._sent_at < RESEND_AFTER_S:
                return None
            self._sent = self._acked
        if not self._waiting:
            return None
        transitions = tuple(self._waiting)[:MAX_TRANSITIONS]
        self._sent, self._sent_at = transitions[-1].sequence, stamp[1]
        return PresenceBatch(
            epoch=self._epoch,
            after=transitions[0].sequence - 1,
            oldest=self._waiting[0].sequence,
            sent=self._stamp(stamp),
            transitions=transitions,
        )

    def take(self, ack: Ack) -> float | None:
        """Forget what is on the gateway's disk; the monotonic time at which the last batch left when this answers all of it."""
        if ack.epoch != self._epoch or ack.committed <= self._acked:
            return None
        while self._waiting and self._waiting[0].sequence <= ack.committed:
            self._waiting.popleft()
        self._acked = ack.committed
        return self._sent_at if ack.committed >= self._sent else None

    def samples(self, heard: list[tuple[str, int]], stamp: tuple[float, float]) -> Samples:
        """One packet each, just heard: (identity, RSSI in dBm)."""
        rows = tuple(Sample(identity=name, scanner=self._scanner, packets=((0, rssi),)) for name, rssi in heard)
        return Samples(sent=self._stamp(stamp), samples=rows)

    def health(self, uptime_s: float, roster_size: int) -> Health:
        return Health(
            epoch=self._epoch,
            uptime_s=uptime_s,
            adverts_heard=0,
            adverts_malformed=0,
            strangers_dropped=0,
            roster_size=roster_size,
            present=len(self.present),
            outbox_waiting=len(self._waiting),
            clock="synchronised",
        )

    def _number(
        self, kind: TransitionKind, identity: str, stamp: tuple[float, float], rssi: int | None, cause: ExitCause | None
    ) -> None:
        self._numbered += 1
        self._waiting.append(
            Transition(
                sequence=self._numbered,
                kind=kind,
                identity=identity,
                scanner=self._scanner,
                stamp=self._stamp(stamp),
                rssi=rssi,
                cause=cause,
            )
        )

    def _stamp(self, stamp: tuple[float, float]) -> Stamp:
        return Stamp(at=stamp[0], monotonic=stamp[1], boot=self._boot)
