"""Offers that wait for quiet hours to end. When they do, she is decided for again, if she is still there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from nearcart_gateway.core.values import Decision, Moment, Position

_AGAIN = ".waited"


@dataclass(frozen=True, slots=True)
class Deferred:
    """A moment whose offers wait until ``ask_at`` (Unix seconds). ``moment.waited`` names them."""

    moment: Moment
    ask_at: float


def deferred_by(decision: Decision) -> Deferred | None:
    """What a decision leaves to be asked again. Something is only ever asked again when nothing was said."""
    if decision.again_at is None or decision.outcome != "withheld":
        return None
    return Deferred(replace(decision.moment, waited=decision.waiting), decision.again_at)


def asked_again(deferred: Deferred, now: float, heard_at: float | None, position: Position | None) -> Moment:
    """The moment as it is decided at the end of the wait: a moment of its own, now, where she is now."""
    base, _, times = deferred.moment.id.partition(_AGAIN)
    return replace(
        deferred.moment,
        id=f"{base}{_AGAIN}{int(times or 0) + 1}",
        at=now,
        heard_at=heard_at,
        probability=deferred.moment.probability if position is None else position.probability,
    )


def base_of(moment: Moment) -> str:
    """The id of the moment that waited, however often."""
    return moment.id.partition(_AGAIN)[0]


class Deferrals:
    """All that wait, the next to be asked first."""

    def __init__(self) -> None:
        self._waiting: dict[str, Deferred] = {}
        self._queue: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def load(self, rows: Iterable[Deferred]) -> None:
        for deferred in rows:
            self.add(deferred, deferred.ask_at)

    def add(self, deferred: Deferred, look_at: float) -> None:
        """Wait, or wait on, until ``look_at``."""
        self._waiting[deferred.moment.id] = deferred
        heappush(self._queue, (look_at, deferred.moment.id))

    def due(self, now: float) -> list[Deferred]:
        """Those to be asked now; they don't wait any more unless they are added again."""
        found: list[Deferred] = []
        while self._queue and self._queue[0][0] <= now:
            deferred = self._waiting.pop(heappop(self._queue)[1], None)
            if deferred is not None:
                found.append(deferred)
        return found

    def merge(self, visitor: str, target: str) -> None:
        """What waits for one is the other's."""
        for key, deferred in self._waiting.items():
            if deferred.moment.visitor == visitor:
                self._waiting[key] = replace(deferred, moment=replace(deferred.moment, visitor=target))

    def forget(self, visitor: str) -> None:
        """Nothing of hers waits any more."""
        for key in [key for key, deferred in self._waiting.items() if deferred.moment.visitor == visitor]:
            del self._waiting[key]
