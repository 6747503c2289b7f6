"""Is a radio deaf, or is nobody there? And what to try next when it is deaf.

Silence alone proves nothing: a shop at night is silent too. It is suspicious when it is long for this radio, whose usual gap is learned, and it is
deafness when several devices fell silent at once, or when packets come without anything in them. Then a ladder of remedies is climbed;
a silence that may be an empty shop gets one new scan and is then left alone for hours. After the rules of habluetooth (Apache-2.0:
a scan started again after 90 s of silence, and again each time), which reset an empty shop all night.
"""

from typing import Literal

Remedy = Literal["scan", "power", "mode", "adapter"]
LADDER: tuple[Remedy, ...] = ("scan", "power", "mode", "adapter")
"""Start the scan again, switch the adapter off and on, scan in the other mode, use another adapter."""

PATIENCE_S, LONGEST_PATIENCE_S = 20.0, 1800.0
"""Silence that is suspicious: so long at least, and twenty of this radio's usual gaps; but at most so long."""

GAPS = 20
SEVERAL = 3
"""So many devices heard in the minute before don't all leave within a second."""

RUNG_S = 10.0
"""A remedy has this long to show."""

REST_S, LONGEST_REST_S = 3600.0, 43_200.0
"""After a remedy for what may be an empty shop, or the top of the ladder: so long, doubled each time."""

EMPTY = 20
"""So many packets in a row with nothing in them are a fault, if others had something before."""

_MINUTE_S = 60.0
_MOST_REMEMBERED = 64


class RadioHealth:
    """One radio. Times are seconds on a clock that runs on."""

    def __init__(self, now: float) -> None:
        self._heard_at = now
        self._usual_gap: float | None = None
        self._recent: dict[str, float] = {}
        self._empty = 0
        self._rung = 0
        self._deaf = False
        self._next_at: float | None = None
        self._rest = REST_S

    @property
    def deaf(self) -> bool:
        """Whether it is sure that it hears nothing though there is something."""
        return self._deaf

    def hear(self, address: str, now: float, *, empty: bool = False) -> None:
        """One packet; ``empty``: with neither manufacturer nor service data nor services."""
        if empty:
            self._empty += 1
            if self._empty >= EMPTY and self._usual_gap is not None:
                return
        else:
            self._empty = 0
            gap = now - self._heard_at
            self._usual_gap = gap if self._usual_gap is None else self._usual_gap + (gap - self._usual_gap) / 64
        self._heard_at = now
        self._recent.pop(address, None)
        self._recent[address] = now
        if len(self._recent) > _MOST_REMEMBERED:
            del self._recent[next(iter(self._recent))]
        if not empty:
            self._rung, self._deaf, self._next_at, self._rest = 0, False, None, REST_S

    def remedy(self, now: float) -> Remedy | None:
        """What to do now, if anything. It counts as done."""
        if self._next_at is not None:
            return self._climb(now) if now >= self._next_at else None
        if now - self._heard_at < self._patience():
            return None
        before = self._heard_at - _MINUTE_S
        several = sum(at >= before for at in self._recent.values()) >= SEVERAL
        self._deaf = several or self._empty >= EMPTY
        return self._climb(now)

    def failed(self, now: float) -> Remedy:
        """BlueZ refuses to scan again and again: the next remedy."""
        self._deaf = True
        self._rung = max(self._rung, 1)
        return self._climb(now)

    def _climb(self, now: float) -> Remedy:
        remedy = LADDER[self._rung]
        top = self._rung == len(LADDER) - 1
        if self._deaf and not top:
            self._rung += 1
            self._next_at = now + RUNG_S
        else:
            self._rung = 0
            self._next_at = now + self._rest
            self._rest = min(2 * self._rest, LONGEST_REST_S)
        return remedy

    def _patience(self) -> float:
        usual = 0.0 if self._usual_gap is None else self._usual_gap
        return min(LONGEST_PATIENCE_S, max(PATIENCE_S, GAPS * usual))
