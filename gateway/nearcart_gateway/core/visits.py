"""From presence and position to visits and moments: the state machine of one store's visitors.

A visit opens with the first edge that reports her and closes when none has her any more. An edge that dies takes nobody out of
the store: her presence there is suspended, and only if nobody else hears her for a while the visit ends as ``sensor_lost``.
Every moment's id is made of the visit, the stay and the kind: found again after a crash, it is the same moment.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID

from nearcart_contract.presence import ExitCause
from nearcart_gateway.core.values import ExitReason, Moment, Position, Visit
from nearcart_gateway.core.visit_history import VisitHistory

LINGER_S = 5.0
"""After the last edge's exit the visit stays open this long, for the next edge to take over."""

SENSOR_LOST_AFTER_S = 30.0
"""After an edge is gone, its visitors' visits end as ``sensor_lost`` unless somebody else hears them."""

FORGET_SUSPENDED_AFTER_S = 86_400.0
"""An edge away for a day has lost its visitors for good."""

LOOK_AGAIN_S = 1.0
"""A stay that time can't change before then is not looked at for this long; offers that are reloaded may add a dwell."""

HEARD_RECENTLY_S = 5.0
"""A dwell needs a packet this recent: silence is not standing still."""

SAME_PRESS_S = 2.0
"""Two edges report one press at most this far apart …"""

SAME_NUMBER_S = 10.0
"""… and this far when the tag gave it one number."""

_PRESSES_REMEMBERED = 4

RETURNS_AFTER_S = 3600.0
"""Who is back sooner has not been away: she went to her car, or her tag fell silent."""


@dataclass(frozen=True, slots=True)
class Presence:
    """One scanner's word that she is there; ``suspended_at`` when that scanner's edge was lost.

    An edge that only lost its link still has her and says nothing new when it is back: a sample resumes her presence. One
    that started again has forgotten her, so her presence is not ``resumable``: it takes a new enter.
    """

    visitor: str
    edge: str
    scanner: str
    epoch: UUID
    sequence: int
    since: float
    suspended_at: float | None = None
    resumable: bool = True


@dataclass(frozen=True, slots=True)
class PresenceEnded:
    visitor: str
    edge: str
    scanner: str


@dataclass(frozen=True, slots=True)
class Press:
    """One edge's report of a button press. ``number`` is the tag's own number of it, where it has one."""

    at: float
    edge: str
    epoch: UUID
    button: str | None = None
    number: int | None = None

    def is_also(self, other: "Press") -> bool:
        """Whether two reports are of one press: another edge's (or the same one's, started again) at nearly the same time."""
        if (self.edge, self.epoch) == (other.edge, other.epoch) or self.button != other.button:
            return False
        apart = abs(self.at - other.at)
        if self.number is None or other.number is None:
            return apart <= SAME_PRESS_S
        return self.number == other.number and apart <= SAME_NUMBER_S


VisitChange = Visit | Presence | PresenceEnded | Moment


@dataclass(slots=True)
class _Stay:
    """Everything known of one visitor now. Nothing but a change to it needs a look before ``due`` (Unix seconds)."""

    presences: dict[tuple[str, str], Presence] = field(default_factory=dict)
    visit: Visit | None = None
    heard_at: float = 0.0
    alone_since: float | None = None
    last_reason: ExitReason = "left"
    dwelt: float = 0.0
    position: Position | None = None
    due: float = 0.0
    presses: tuple[Press, ...] = ()


class Visits:
    """All visits that are open. Methods return what changed, in order, for one transaction."""

    def __init__(
        self,
        store: str,
        dwells: Callable[[str], Iterable[float]],
        history: VisitHistory | None = None,
        linger_s: Callable[[str], float] = lambda _visitor: LINGER_S,
    ) -> None:
        """``linger_s``: for how many seconds a visitor's visit stays open after the last edge's exit."""
        self._store = store
        self._dwells = dwells
        self._linger_s = linger_s
        self.history = VisitHistory() if history is None else history
        self._stays: dict[str, _Stay] = {}
        self._by_edge: dict[str, set[str]] = {}

    def load(self, visits: Iterable[Visit], presences: Iterable[Presence], now: float) -> None:
        """Take up where the database says we were. Nobody is there until an edge says so again: presences are suspended."""
        for visit in visits:
            stay = self._stay(visit.visitor)
            stay.visit = visit
            stay.alone_since = now
        for presence in presences:
            stay = self._stay(presence.visitor)
            suspended_at = now if presence.suspended_at is None else presence.suspended_at
            stay.presences[presence.edge, presence.scanner] = replace(presence, suspended_at=suspended_at)
            stay.alone_since = None
            self._by_edge.setdefault(presence.edge, set()).add(presence.visitor)

    def visit_of(self, visitor: str) -> Visit | None:
        stay = self._stays.get(visitor)
        return stay.visit if stay else None

    def position_of(self, visitor: str) -> Position | None:
        stay = self._stays.get(visitor)
        return stay.position if stay else None

    def heard_at(self, visitor: str) -> float:
        """When her newest packet was received, Unix seconds; 0 when never."""
        stay = self._stays.get(visitor)
        return stay.heard_at if stay else 0.0

    def open_visits(self) -> list[Visit]:
        return [stay.visit for stay in self._stays.values() if stay.visit is not None]

    def enter(
        self, visitor: str, edge: str, scanner: str, epoch: UUID, sequence: int, at: float, *, opens: bool = True
    ) -> list[VisitChange]:
        """An edge's enter. A second one of the same scanner replaces the first (the edge started again).

        Without ``opens`` her visit waits for ``come_in``: so far she may be passing by.
        """
        stay = self._stay(visitor)
        changes: list[VisitChange] = []
        if stay.alone_since is not None and at - stay.alone_since >= self._linger_s(visitor):
            changes += self._close(stay, stay.alone_since, stay.last_reason)  # told late: its edge had no gateway
        presence = Presence(visitor, edge, scanner, epoch, sequence, at)
        stay.presences[edge, scanner] = presence
        self._by_edge.setdefault(edge, set()).add(visitor)
        stay.alone_since = None
        changes.append(presence)
        stay.heard_at = max(stay.heard_at, at)
        if stay.visit is None and opens:
            changes += self._open(stay, f"{self._store}.{edge}.{epoch.hex}.{sequence}", visitor, at)
        return changes

    def come_in(self, visitor: str, at: float) -> list[VisitChange]:
        """She came in by the door. Nothing while no edge has her, or when her visit is open already."""
        stay = self._stays.get(visitor)
        if stay is None or stay.visit is not None:
            return []
        presence = next((each for each in stay.presences.values() if each.suspended_at is None), None)
        if presence is None:
            return []
        stay.due = 0.0
        return self._open(stay, self._later_id(presence, at), visitor, at)

    def go_out(self, visitor: str, at: float) -> list[VisitChange]:
        """She went out by the door, though edges still have her: she stands before it."""
        stay = self._stays.get(visitor)
        if stay is None or stay.visit is None:
            return []
        stay.due = 0.0
        return self._close(stay, max(at, stay.visit.entered_at, stay.visit.zone_since or 0.0), "left")

    def exit(
        self, visitor: str, edge: str, scanner: str, epoch: UUID, cause: ExitCause, at: float
    ) -> list[VisitChange]:
        """An edge's exit. One of an older epoch than the presence it would end changes nothing."""
        stay = self._stays.get(visitor)
        presence = stay.presences.get((edge, scanner)) if stay else None
        if stay is None or presence is None or presence.epoch != epoch:
            return []
        stay.due = 0.0
        return self._end_presence(stay, presence, "left" if cause == "silence" else "sensor_lost", at)

    def press(self, visitor: str, press: Press, sequence: int) -> list[VisitChange]:
        """A button press; outside a visit it is nobody's moment, and the second edge's report of it is no second press."""
        stay = self._stays.get(visitor)
        if stay is None or stay.visit is None:
            return []
        if any(press.is_also(other) for other in stay.presses):
            return []
        stay.presses = (*stay.presses[1 - _PRESSES_REMEMBERED :], press)
        moment = self._moment(stay.visit, "press", f"press.{press.edge}.{press.epoch.hex}.{sequence}", press.at, stay)
        return [replace(moment, zone=stay.visit.zone, button=press.button)]

    def hear(self, visitor: str, edge: str, scanner: str, at: float, *, opens: bool = True) -> list[VisitChange]:
        """A sample. It proves a suspended presence alive again; ``opens`` as for ``enter``."""
        stay = self._stays.get(visitor)
        if stay is None:
            return []
        stay.heard_at = max(stay.heard_at, at)
        presence = stay.presences.get((edge, scanner))
        if presence is None or presence.suspended_at is None or not presence.resumable:
            return []
        stay.due = 0.0
        resumed = replace(presence, suspended_at=None)
        stay.presences[edge, scanner] = resumed
        changes: list[VisitChange] = [resumed]
        if stay.visit is None and opens:
            changes += self._open(stay, self._later_id(presence, at), visitor, at)
        return changes

    def forget(self, visitor: str) -> None:
        """She was never here: no visit of hers ends, and none was."""
        self._stays.pop(visitor, None)
        self.history.forget(visitor)
        for inside in self._by_edge.values():
            inside.discard(visitor)

    def merge(self, visitor: str, target: str, now: float) -> list[VisitChange]:
        """Two who are one: her presences are the target's. Of two open visits the target's goes on, and the other has ended."""
        self.history.merge(visitor, target)
        old = self._stays.pop(visitor, None)
        if old is None:
            return []
        stay = self._stay(target)
        changes = self._take_presences(old, stay, visitor, target)
        stay.heard_at = max(stay.heard_at, old.heard_at)
        alone = [at for at in (stay.alone_since, old.alone_since) if at is not None]
        stay.alone_since = None if stay.presences else max(alone, default=now)
        if old.visit is None:
            return changes
        if stay.visit is None:
            stay.visit, stay.dwelt, stay.last_reason = replace(old.visit, visitor=target), old.dwelt, old.last_reason
            stay.position = None if old.position is None else replace(old.position, visitor=target)
            return [*changes, stay.visit]
        ended = replace(old.visit, visitor=target, left_at=max(now, old.visit.entered_at), exit_reason="handover")
        self.history.add(target, ended.entered_at, ended.left_at or now)
        return [*changes, ended]

    def edge_lost(self, edge: str, now: float) -> list[VisitChange]:
        """An edge died or lost its link: what it said is suspended."""
        changes: list[VisitChange] = []
        for visitor in sorted(self._by_edge.get(edge, ())):
            stay = self._stay(visitor)
            for key, presence in list(stay.presences.items()):
                if presence.edge == edge and presence.suspended_at is None:
                    stay.presences[key] = replace(presence, suspended_at=now)
                    changes.append(stay.presences[key])
        return changes

    def edge_started(self, edge: str, epoch: UUID, now: float) -> list[VisitChange]:
        """An edge is there with this epoch: what it said in an earlier one is suspended until it hears them again."""
        changes: list[VisitChange] = []
        for visitor in sorted(self._by_edge.get(edge, ())):
            stay = self._stay(visitor)
            for key, presence in list(stay.presences.items()):
                if presence.edge == edge and presence.epoch != epoch and presence.resumable:
                    since = now if presence.suspended_at is None else presence.suspended_at
                    stay.presences[key] = replace(presence, suspended_at=since, resumable=False)
                    changes.append(stay.presences[key])
        return changes

    def move(self, position: Position) -> list[VisitChange]:
        """The locator's word; a new zone is a new stay, an enter of that zone and a move from the last."""
        stay = self._stays.get(position.visitor)
        if stay is None or stay.visit is None:
            return []
        stay.position = position
        visit = stay.visit
        if position.zone is None or position.zone == visit.zone:
            return []
        stay.due = 0.0
        moved = replace(visit, zone=position.zone, zone_since=position.at, stay=visit.stay + 1)
        stay.visit = moved
        stay.dwelt = 0.0
        changes: list[VisitChange] = [moved]
        entered = self._moment(moved, "enter", f"{moved.stay}.enter", position.at, stay)
        changes.append(replace(entered, zone=position.zone, from_zone=visit.zone))
        if visit.zone is not None:
            gone = self._moment(moved, "move", f"{moved.stay}.move", position.at, stay)
            changes.append(replace(gone, zone=position.zone, from_zone=visit.zone))
        return changes

    def tick(self, now: float) -> list[VisitChange]:
        """Dwell thresholds passed, lingering visits closed, presences of lost edges ended."""
        changes: list[VisitChange] = []
        for visitor, stay in [item for item in self._stays.items() if item[1].due <= now]:
            if stay.visit is not None:
                changes += self._dwell(stay, stay.visit, now)
            changes += self._end_suspended(visitor, stay, now)
            if (
                visitor in self._stays
                and stay.alone_since is not None
                and now >= stay.alone_since + self._linger_s(visitor)
            ):
                changes += self._close(stay, stay.alone_since, stay.last_reason)
                del self._stays[visitor]
            stay.due = self._next_look(stay, now)
        return changes

    def shift(self, seconds: float) -> list[VisitChange]:
        """The clock was stepped: every time moves along, so that no dwell fires and none is lost."""
        changes: list[VisitChange] = []
        for stay in self._stays.values():
            stay.due = 0.0
            stay.heard_at += seconds
            stay.alone_since = None if stay.alone_since is None else stay.alone_since + seconds
            for key, presence in stay.presences.items():
                suspended = None if presence.suspended_at is None else presence.suspended_at + seconds
                stay.presences[key] = replace(presence, since=presence.since + seconds, suspended_at=suspended)
                changes.append(stay.presences[key])
            if stay.visit is not None:
                zone_since = None if stay.visit.zone_since is None else stay.visit.zone_since + seconds
                entered_at = stay.visit.entered_at + seconds
                stay.visit = replace(stay.visit, entered_at=entered_at, zone_since=zone_since)
                changes.append(stay.visit)
        return changes

    def _take_presences(self, old: _Stay, stay: _Stay, visitor: str, target: str) -> list[VisitChange]:
        """Of two at one scanner the later counts."""
        changes: list[VisitChange] = []
        for key, presence in old.presences.items():
            changes.append(PresenceEnded(visitor, *key))
            known = stay.presences.get(key)
            if known is None or known.since < presence.since:
                stay.presences[key] = replace(presence, visitor=target)
                changes.append(stay.presences[key])
            inside = self._by_edge.setdefault(presence.edge, set())
            inside.discard(visitor)
            inside.add(target)
        return changes

    def _stay(self, visitor: str) -> _Stay:
        """Hers, to be changed: it is looked at in the next tick."""
        stay = self._stays.get(visitor)
        if stay is None:
            stay = self._stays[visitor] = _Stay()
        stay.due = 0.0
        return stay

    def _next_look(self, stay: _Stay, now: float) -> float:
        """When time alone may change this stay. Whoever is ending is looked at in every tick."""
        if stay.alone_since is not None or all(p.suspended_at is not None for p in stay.presences.values()):
            return now
        due = now + LOOK_AGAIN_S
        if stay.visit is not None and stay.visit.zone is not None and stay.visit.zone_since is not None:
            for threshold in self._dwells(stay.visit.zone):
                if threshold > stay.dwelt:
                    due = min(due, stay.visit.zone_since + threshold)
        return due

    def _open(self, stay: _Stay, visit_id: str, visitor: str, at: float) -> list[VisitChange]:
        stay.visit = Visit(id=f"{visit_id}.{visitor}", visitor=visitor, entered_at=at)
        stay.dwelt = 0.0
        opened: list[VisitChange] = [stay.visit, self._moment(stay.visit, "enter", "enter", at, stay)]
        left_at = self.history.left_at(visitor)
        if left_at is not None and at - left_at >= RETURNS_AFTER_S:
            opened.append(replace(self._moment(stay.visit, "return", "return", at, stay), away_s=at - left_at))
        return opened

    def _later_id(self, presence: Presence, at: float) -> str:
        """Of a visit that does not begin with its presence: one presence may see several."""
        return f"{self._store}.{presence.edge}.{presence.epoch.hex}.{presence.sequence}.{int(at)}"

    def _close(self, stay: _Stay, left_at: float, reason: ExitReason) -> list[VisitChange]:
        visit = stay.visit
        stay.visit = None
        if visit is None:
            return []
        closed = replace(visit, left_at=left_at, exit_reason=reason)
        self.history.add(closed.visitor, closed.entered_at, left_at)
        if reason != "left":
            return [closed]
        moment = self._moment(closed, "exit", "exit", left_at, stay)
        return [closed, replace(moment, zone=None, from_zone=visit.zone)]

    def _end_presence(self, stay: _Stay, presence: Presence, reason: ExitReason, at: float) -> list[VisitChange]:
        del stay.presences[presence.edge, presence.scanner]
        if not any(key[0] == presence.edge for key in stay.presences):
            self._by_edge.get(presence.edge, set()).discard(presence.visitor)
        if not stay.presences:
            stay.alone_since = at
            stay.last_reason = reason
        return [PresenceEnded(presence.visitor, presence.edge, presence.scanner)]

    def _end_suspended(self, visitor: str, stay: _Stay, now: float) -> list[VisitChange]:
        """When every presence has been suspended for long enough the visit ends; one that can resume is still kept."""
        since = [presence.suspended_at for presence in stay.presences.values()]
        if not since or None in since:
            return []
        last = max(at for at in since if at is not None)
        changes: list[VisitChange] = []
        if stay.visit is not None and now >= last + SENSOR_LOST_AFTER_S:
            heard_until = max(stay.heard_at, stay.visit.entered_at, stay.visit.zone_since or 0.0)
            changes += self._close(stay, heard_until, "sensor_lost")
        for presence in list(stay.presences.values()):
            kept_for = FORGET_SUSPENDED_AFTER_S if presence.resumable else SENSOR_LOST_AFTER_S
            if presence.suspended_at is not None and now >= presence.suspended_at + kept_for:
                changes += self._end_presence(stay, presence, "sensor_lost", now)
        if not stay.presences and stay.visit is None:
            del self._stays[visitor]
        return changes

    def _dwell(self, stay: _Stay, visit: Visit, now: float) -> list[VisitChange]:
        if visit.zone is None or visit.zone_since is None or now - stay.heard_at > HEARD_RECENTLY_S:
            return []
        stood = now - visit.zone_since
        changes: list[VisitChange] = []
        for threshold in sorted(self._dwells(visit.zone)):
            if stay.dwelt < threshold <= stood:
                moment = self._moment(
                    visit, "dwell", f"{visit.stay}.dwell.{threshold:g}", visit.zone_since + threshold, stay
                )
                changes.append(replace(moment, zone=visit.zone, dwell_s=threshold))
                stay.dwelt = threshold
        return changes

    def _moment(self, visit: Visit, kind: str, name: str, at: float, stay: _Stay) -> Moment:
        probability = stay.position.probability if stay.position else 1.0
        return Moment(
            id=f"{visit.id}.{name}",
            kind=kind,  # type: ignore[arg-type]
            visitor=visit.visitor,
            visit=visit.id,
            at=at,
            probability=probability,
            heard_at=stay.heard_at or None,
        )
