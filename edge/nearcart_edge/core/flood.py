"""More strangers than an edge can look at: which of their packets are passed over, and from which RSSI on the radio is to listen at all.

Whoever is enrolled is never passed over: only addresses that proved to be nobody's are, and each of them is looked at again now and then, as
a tag may send something else between. No number of addresses makes it remember more.
"""

from dataclasses import dataclass
from math import ceil

LOOKS_PER_S = 2000
"""Packets of known strangers that are looked at in a second; of more each second, third … one is."""

FLOOD_PER_S = 3000
"""Strangers' packets in a second that one radio seldom hears: from here on the radio is asked to tell only the nearer ones."""

NEAREST_DBM, FARTHEST_DBM, UNKNOWN_DBM = -75, -100, -80
"""The RSSI to listen from: between these two; the last one where nobody who is enrolled is heard."""

MARGIN_DB = 8
"""So much below the weakest who is enrolled."""

HOLD_S, LONGEST_HOLD_S = 60.0, 600.0
"""How long the radio then listens so; doubled each time that the flood is there still."""

TRIAL_S = 3.0
"""After so long it shows whether it helps: strangers may all be near."""

LATE_SHARE, LONGEST_LATE_S = 0.05, HOLD_S / 2
"""While more of the packets than this share are weaker than was asked for, they are from before and waited on a busy machine: the trial
begins when they are through, or after so long (a radio that does not do as it is asked)."""

LEAST_S = 0.5
"""A rate is not told of less time."""

_REMEMBERED = 8192
_MEMORY_S = 30.0


@dataclass(slots=True)
class _Weakest:
    """The weakest RSSI of who is enrolled in the last half to whole minute."""

    now: int | None = None
    before: int | None = None
    since: float = float("-inf")

    def hear(self, rssi: int) -> None:
        if self.now is None or rssi < self.now:
            self.now = rssi

    def pass_time(self, now: float) -> None:
        if now - self.since >= _MEMORY_S:
            self.before, self.now, self.since = self.now, None, now

    @property
    def rssi(self) -> int | None:
        return min((rssi for rssi in (self.now, self.before) if rssi is not None), default=None)


class Flood:
    """All radios of one edge. Times are seconds on a clock that runs on; ``tick`` is called every second or so."""

    def __init__(self) -> None:
        self._strangers: dict[str, None] = {}
        self._counted = 0
        self._looked_at = self._late = 0
        self._since: float | None = None
        self._rate = 0.0
        self._stride = 1
        self._turn = 0
        self._passed_over = 0
        self._weakest = _Weakest()
        self._floor: int | None = None
        self._raised = self._floor_since = self._floor_until = float("-inf")
        self._no_floor_until = float("-inf")
        self._hold = HOLD_S

    @property
    def passed_over(self) -> int:
        """Packets since the start."""
        return self._passed_over

    @property
    def shedding(self) -> bool:
        """Whether any are passed over now."""
        return self._stride > 1

    @property
    def floor(self) -> int | None:
        """Listen from this RSSI on, in dBm; ``None``: to everything."""
        return self._floor

    @property
    def rate(self) -> float:
        """Strangers' packets a second, of late."""
        return self._rate

    def stranger(self, address: str, rssi: int | None, *, sure: bool) -> None:
        """A packet of this address was looked at and is nobody's; not ``sure``: not every key was tried."""
        self._counted += 1
        self._looked_at += 1
        if self._floor is not None and rssi is not None and rssi < self._floor:
            self._late += 1
        if sure and address not in self._strangers:
            if len(self._strangers) >= _REMEMBERED:
                del self._strangers[next(iter(self._strangers))]
            self._strangers[address] = None

    def enrolled(self, address: str, rssi: int | None) -> None:
        """A packet of somebody who is."""
        if self._strangers:
            self._strangers.pop(address, None)
        if rssi is not None:
            self._weakest.hear(rssi)

    def passes_over(self, address: str) -> bool:
        """Whether this packet needs no look. Ask only while ``shedding``; what is passed over is counted here."""
        if address not in self._strangers:
            return False
        self._turn += 1
        if self._turn % self._stride == 0:
            return False
        self._counted += 1
        self._passed_over += 1
        return True

    def forget(self) -> None:
        """The roster is another: nobody is known to be a stranger."""
        self._strangers.clear()

    def tick(self, now: float) -> None:
        """Look at the last second."""
        if self._since is None:
            self._since, self._counted = now, 0
        elapsed = now - self._since
        if elapsed < LEAST_S:
            return
        self._rate, self._since, self._counted = self._counted / elapsed, now, 0
        self._stride = max(1, ceil(self._rate / LOOKS_PER_S))
        self._weakest.pass_time(now)
        self._set_floor(now)
        self._looked_at = self._late = 0

    def _set_floor(self, now: float) -> None:
        if self._floor is None:
            if self._rate >= FLOOD_PER_S and now >= self._no_floor_until:
                self._raise(now)
            elif self._rate < FLOOD_PER_S and now >= self._floor_until + LONGEST_HOLD_S:
                self._hold = HOLD_S
        elif self._late > LATE_SHARE * self._looked_at and now - self._raised < LONGEST_LATE_S:
            self._floor_since = now
        elif now - self._floor_since >= TRIAL_S and self._rate >= FLOOD_PER_S:
            self._floor, self._no_floor_until = None, now + LONGEST_HOLD_S
        elif now >= self._floor_until:
            self._floor = None

    def _raise(self, now: float) -> None:
        weakest = self._weakest.rssi
        wanted = UNKNOWN_DBM if weakest is None else weakest - MARGIN_DB
        self._floor = max(FARTHEST_DBM, min(NEAREST_DBM, wanted))
        self._raised = self._floor_since = now
        self._floor_until = now + self._hold
        self._hold = min(2 * self._hold, LONGEST_HOLD_S)
