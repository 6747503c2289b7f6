"""How others find the zone, written anew from what their documentation says, so that simulated radio can be held against recorded with several methods.

The loudest scanner, latest or by median with hysteresis, is ``MedianLocator``. The two below have no position, only a zone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import exp, log

from nearcart_contract.store_file import Layout, Locate
from nearcart_gateway.core.locate import Locator, MedianLocator
from nearcart_gateway.core.values import Position


def _said(visitor: str, at: float, zone: str) -> list[Position]:
    return [Position(visitor=visitor, at=at, zone=zone, probability=1.0, x=0.0, y=0.0, error=2.5)]


class Kalman:
    """A scalar Kalman filter for each scanner, and the loudest wins: room-assistant's way, with its constants (process 1.4, measurement 1)."""

    PROCESS, MEASUREMENT, FORGOTTEN_S = 1.4, 1.0, 60.0

    def __init__(self, layout: Layout) -> None:
        self._zones = {name: scanner.zone for name, scanner in layout.scanners.items()}
        self._filters: dict[str, tuple[float, float, float]] = {}
        self._visitor = ""

    def hear(self, visitor: str, scanner: str, at: float, rssi: int) -> None:
        self._visitor = visitor
        level, unsure, _ = self._filters.get(scanner, (float(rssi), 1.0 - self.PROCESS, at))
        unsure += self.PROCESS
        gain = unsure / (unsure + self.MEASUREMENT)
        self._filters[scanner] = (level + gain * (rssi - level), (1 - gain) * unsure, at)

    def locate(self, now: float) -> list[Position]:
        levels = {name: level for name, (level, _, at) in self._filters.items() if now - at < self.FORGOTTEN_S}
        return _said(self._visitor, now, self._zones[max(levels, key=lambda name: levels[name])]) if levels else []

    def forget(self, visitor: str) -> None:
        self._filters.clear()

    def shift(self, seconds: float) -> None:
        raise NotImplementedError("a recording's clock is not stepped")


@dataclass
class _Distance:
    """One scanner's distances in metres, newest first: ``raw`` as they came, ``kept`` one a cycle."""

    raw: list[float] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    kept: list[float] = field(default_factory=list)
    smooth: float | None = None
    fresh: bool = False


class Contest:
    """Bermuda's way: distances from RSSI, smoothed from below, nobody walks faster than 3 m/s, and a nearer scanner has to win clearly."""

    CYCLE_S, HISTORY, FASTEST = 1.05, 20, 3.0
    REFERENCE_DBM, ATTENUATION = -55.0, 3.0
    CANDIDATE_S, LOST_S, FURTHEST_M = 10.0, 30.0, 20.0

    def __init__(self, layout: Layout) -> None:
        self._zones = {name: scanner.zone for name, scanner in layout.scanners.items()}
        self._scanners: dict[str, _Distance] = {}
        self._nearest: str | None = None
        self._next: float | None = None
        self._visitor = ""

    def hear(self, visitor: str, scanner: str, at: float, rssi: int) -> None:
        self._visitor = visitor
        one = self._scanners.setdefault(scanner, _Distance())
        metres = exp((self.REFERENCE_DBM - rssi) / (10 * self.ATTENUATION) * log(10))
        one.raw, one.at = [metres, *one.raw][: self.HISTORY], [at, *one.at][: self.HISTORY]
        one.fresh = True

    def locate(self, now: float) -> list[Position]:
        if self._next is None:
            self._next = now
        while self._next <= now:
            for one in self._scanners.values():
                self._smooth(one, now)
            self._decide(now)
            self._next += self.CYCLE_S
        return _said(self._visitor, now, self._zones[self._nearest]) if self._nearest else []

    def forget(self, visitor: str) -> None:
        self._scanners.clear()

    def shift(self, seconds: float) -> None:
        raise NotImplementedError("a recording's clock is not stepped")

    def _smooth(self, one: _Distance, now: float) -> None:
        """The mean of the lowest so far, back through the last twenty cycles; never above the newest."""
        fresh, one.fresh = one.fresh, False
        if one.smooth is None:
            if fresh:
                one.smooth, one.kept = one.raw[0], [one.raw[0]]
            return
        if not fresh and one.at[0] < now - self.LOST_S:
            one.smooth, one.kept = None, []
            return
        too_fast = self._fastest(one) > self.FASTEST and one.kept
        one.kept = [one.kept[0] if too_fast else one.raw[0], *one.kept][: self.HISTORY]
        lowest, total = one.raw[0], 0.0
        for metres in one.kept:
            lowest = min(lowest, metres)
            total += lowest
        one.smooth = min(total / len(one.kept), one.raw[0])

    def _fastest(self, one: _Distance) -> float:
        """Metres a second away from the scanner, over any of the last steps."""
        speeds = [
            (one.raw[0] - metres) / (one.at[0] - at)
            for metres, at in zip(one.raw[1:], one.at[1:], strict=True)
            if one.at[0] > at
        ]
        return (max(speeds) if speeds[0] >= 0 else speeds[0]) if speeds else 0.0

    def _decide(self, now: float) -> None:
        for name, one in self._scanners.items():
            if name == self._nearest or one.smooth is None or one.at[0] < now - self.CANDIDATE_S:
                continue
            if one.smooth <= self.FURTHEST_M and self._wins(one):
                self._nearest = name

    def _wins(self, one: _Distance) -> bool:
        incumbent = self._scanners[self._nearest] if self._nearest else None
        if incumbent is None or incumbent.smooth is None or one.smooth is None:
            return True
        if incumbent.smooth < one.smooth:
            return False
        nearer = 2 * abs(one.smooth - incumbent.smooth) / (one.smooth + incumbent.smooth)
        always = len(one.kept) > 3 and max(one.kept[:5]) < min(incumbent.kept[:5])
        return nearer >= (0.15 if always else 0.30)


PEERS: dict[str, Callable[[Layout], Locator]] = {
    "the loudest": lambda layout: MedianLocator(layout, Locate(window_s=0.5, hysteresis_db=0)),
    "the loudest median of 3 s": lambda layout: MedianLocator(layout, Locate(window_s=3, hysteresis_db=3)),
    "the loudest median of 5 s": lambda layout: MedianLocator(layout, Locate(window_s=5, hysteresis_db=3)),
    "a filter for each scanner": Kalman,
    "a contest of distances": Contest,
}
