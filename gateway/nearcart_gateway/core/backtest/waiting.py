"""Moments that the tried offer would have let wait for the end of quiet hours, until they are asked again."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from nearcart_gateway.core.deferrals import Deferrals, Deferred, asked_again, base_of
from nearcart_gateway.core.values import Moment, Visitor

StillThere = Callable[[str, float], bool]
"""(visit, at): whether the visit had not ended by then."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One that is asked again ``at`` (Unix seconds); ``there``: she had not left, nor gone to another zone."""

    moment: Moment
    visitor: Visitor | None
    at: float
    clock_synchronised: bool
    there: bool


class Waiting:
    """``name`` is the tried offer's. ``kept`` are the moments that were really asked again: what waits for one of these waits with it."""

    def __init__(self, name: str, kept: frozenset[str], still_there: StillThere) -> None:
        self._name = name
        self._kept = kept
        self._still_there = still_there
        self._deferrals = Deferrals()
        self._of: dict[str, tuple[Visitor | None, bool]] = {}
        self._with_kept: set[str] = set()
        self._zones: dict[str, str | None] = {}

    def moved(self, visit: str, kind: str, zone: str | None) -> None:
        """Where a visit is now, as its moments tell."""
        if kind == "exit":
            self._zones.pop(visit, None)
        elif zone is not None:
            self._zones[visit] = zone

    def add(self, deferred: Deferred, visitor: Visitor | None, clock_synchronised: bool) -> None:
        """The tried offer waits, if it is among those that do."""
        moment = deferred.moment
        if self._name not in moment.waited:
            return
        again = asked_again(deferred, deferred.ask_at, None, None)
        if again.id in self._kept:
            self._with_kept.add(again.id)
            return
        alone = Deferred(replace(moment, waited=(self._name,)), deferred.ask_at)
        for older in self._deferrals.take_over(alone):
            del self._of[older.moment.id]
        self._of[moment.id] = visitor, clock_synchronised
        self._deferrals.add(alone, deferred.ask_at)

    def joined(self, moment: Moment) -> Moment:
        """A moment that was asked again, with the tried offer among those that had waited if it would have been."""
        if moment.id not in self._with_kept or self._name in moment.waited:
            return moment
        return replace(moment, waited=(*moment.waited, self._name))

    def due(self, now: float) -> list[Asked]:
        """Those to be asked by now, in the order of time."""
        return [self._asked(deferred) for deferred in self._deferrals.due(now)]

    def _asked(self, deferred: Deferred) -> Asked:
        moment, at = deferred.moment, deferred.ask_at
        visitor, clock_synchronised = self._of.pop(moment.id)
        here = moment.zone in (None, self._zones.get(moment.visit))
        there = here and self._still_there(moment.visit, at)
        return Asked(asked_again(deferred, at, at, None), visitor, at, clock_synchronised, there)


def has_waited(moment: Moment) -> bool:
    """Whether it is not the first time that it is asked."""
    return base_of(moment) != moment.id
