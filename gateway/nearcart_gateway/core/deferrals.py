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
    """All that wait, the next to be asked first. An offer waits for a visitor once: the newest moment that it waits at counts."""

    def __init__(self) -> None:
        self._waiting: dict[str, Deferred] = {}
        self._of: dict[str, set[str]] = {}
        self._queue: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def load(self, rows: Iterable[Deferred]) -> None:
        for deferred in rows:
            self.add(deferred, deferred.ask_at)

    def add(self, deferred: Deferred, look_at: float) -> None:
        """Wait, or wait on, until ``look_at``."""
        moment = deferred.moment
        self._waiting[moment.id] = deferred
        self._of.setdefault(moment.visitor, set()).add(moment.id)
        heappush(self._queue, (look_at, moment.id))

    def take_over(self, deferred: Deferred) -> list[Deferred]:
        """What waited for her already, without the offers that wait at a newer moment now; empty ones don't wait any more."""
        visitor, newer = deferred.moment.visitor, frozenset(deferred.moment.waited)
        changed: list[Deferred] = []
        for key in sorted(self._of.get(visitor, ())):
            older = self._waiting[key]
            left = tuple(name for name in older.moment.waited if name not in newer)
            if key == deferred.moment.id or left == older.moment.waited:
                continue
            changed.append(replace(older, moment=replace(older.moment, waited=left)))
            if left:
                self._waiting[key] = changed[-1]
            else:
                self._drop(key)
        return changed

    def due(self, now: float) -> list[Deferred]:
        """Those to be asked now; they don't wait any more unless they are added again."""
        found: list[Deferred] = []
        while self._queue and self._queue[0][0] <= now:
            key = heappop(self._queue)[1]
            if key in self._waiting:
                found.append(self._drop(key))
        return found

    def merge(self, visitor: str, target: str) -> None:
        """What waits for one is the other's."""
        for key in self._of.pop(visitor, set()):
            deferred = self._waiting[key]
            self._waiting[key] = replace(deferred, moment=replace(deferred.moment, visitor=target))
            self._of.setdefault(target, set()).add(key)

    def forget(self, visitor: str) -> None:
        """Nothing of hers waits any more."""
        for key in list(self._of.get(visitor, ())):
            self._drop(key)

    def _drop(self, key: str) -> Deferred:
        deferred = self._waiting.pop(key)
        hers = self._of[deferred.moment.visitor]
        hers.discard(key)
        if not hers:
            del self._of[deferred.moment.visitor]
        return deferred
