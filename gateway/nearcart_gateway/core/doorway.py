"""Who comes in, and who only passes by: for each visitor a belief whether she is outside, at the door or inside.

A forward filter over these three, which she can go through in this order alone (but for a little that stays possible). Its evidence is how
much louder she is at the scanners inside than at those on the street side, and the zone that the locator says. Only stores with a scanner in a
door zone or outside have one; every other store opens a visit with the first edge that reports her.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from nearcart_contract.store_file import Layout, Place
from nearcart_gateway.core.values import Position
from nearcart_gateway.core.visits import LINGER_S

EVERY_S = 0.5
"""A belief is brought up to date this often at most, and only when something was heard."""

RECENT_S, SMOOTHED_S = 3.0, 1.5
"""A scanner's level is a running mean over so long; a scanner that did not hear her for ``RECENT_S`` has none."""

FAINT_DBM = -88.0
"""What is fainter says nothing: beyond the reach of one side's scanners the other side is not therefore nearer."""

LOUDER_DB = (-3.0, 2.0, 9.0)
"""By how much she is louder at the best scanner inside than at the best one outside, where she is outside, at the door, inside …"""

SPREAD_DB, MOST_DB = 7.0, 14.0
"""… give or take: bodies, fading, and scanners that differ by 3 dB. What is further off counts as this far off."""

PLAIN_DB = 5.0
"""Further than this beyond the usual it is no less plain: deep inside the street's scanners hear nothing at all."""

LEVELS_COUNT, ZONE_COUNTS = 0.3, 0.2
"""Neighbouring half seconds hear the same shadows, so that each counts for only a part."""

ZONES_SAID = ((0.75, 0.10, 0.15), (0.35, 0.40, 0.25), (0.08, 0.07, 0.85))
"""How often a locator says a zone that is outside, a door, inside; a row each for where she truly is."""

OUT_TO_DOOR, DOOR_TO_OUT, DOOR_TO_IN, IN_TO_DOOR, PAST_THE_DOOR = 0.014, 0.05, 0.08, 0.01, 0.0003
"""Chances in half a second of going from one to the next. Some doors are not in the file, and some steps are not heard."""

SURELY_IN, SURELY_OUT = 0.8, 0.9
"""Her visit begins when she is believed inside by this much, and ends when she is believed outside by this much …"""

OUT_FOR_S = 15.0
"""… for so long, while she is still heard: whoever looks for her card in the doorway has not left."""

LONG_ABSENCE_S = 120.0
"""Who was last believed well inside did not leave by the door: after so long she is gone all the same."""

MOST_STEPS = 10
"""After a longer silence she may be anywhere; more steps would not say it better."""

FORGET_AFTER_S = 300.0
"""A passer-by who was not heard for so long begins anew."""

Belief = tuple[float, float, float]
"""Chances of outside, door, inside."""

_COMES: Belief = (0.9, 0.1, 0.0)
_IS_IN: Belief = (0.02, 0.08, 0.9)


@dataclass(frozen=True, slots=True)
class Crossing:
    """She came in (``inside``) or went out, at ``at`` in Unix seconds."""

    visitor: str
    at: float
    inside: bool


@dataclass(slots=True)
class _Track:
    """One visitor: ``levels`` are (dBm, when) by scanner; ``inside`` is what was said of her last."""

    belief: Belief = _COMES
    inside: bool = False
    at: float | None = None
    heard_at: float = 0.0
    levels: dict[str, tuple[float, float]] = field(default_factory=dict)
    zone: str | None = None
    out_since: float | None = None


class Doorway:
    """Everybody who is heard. ``blind``: a scanner that it needs is dead, so that everybody who is heard counts as inside."""

    def __init__(self, layout: Layout) -> None:
        street, door = layout.scanners_at("outside"), layout.scanners_at("door")
        self.scanners = frozenset(street + door)
        self.blind = False
        self._outside_zones = frozenset(name for name, zone in layout.zones.items() if zone.place == "outside")
        self._street = frozenset(street or door)
        self._zones = {name: self._said(layout.place_of(name)) for name in layout.zone_names}
        self._tracks: dict[str, _Track] = {}
        self._fresh: set[str] = set()
        self._sweep_at = 0.0

    def hear(self, visitor: str, scanner: str, at: float, rssi: int) -> None:
        """A packet, the newest of a message: RSSI in dBm, Unix seconds."""
        track = self._track(visitor)
        level, when = track.levels.get(scanner, (0.0, -math.inf))
        gap = at - when
        if gap < 0:
            return
        weight = 1 - math.exp(-gap / SMOOTHED_S) if gap <= RECENT_S else 1.0
        track.levels[scanner] = (level + weight * (rssi - level), at)
        track.heard_at = max(track.heard_at, at)
        self._fresh.add(visitor)

    def locate(self, position: Position) -> Position:
        """The locator's word of her, and what of it is one of a visit: the street before the door is none of its zones."""
        track = self._tracks.get(position.visitor)
        if track is not None:
            track.zone = position.zone
        return replace(position, zone=None) if position.zone in self._outside_zones else position

    def tick(self, now: float) -> list[Crossing]:
        """Who came in and who went out, of those heard since the last tick."""
        due = [name for name in sorted(self._fresh) if self._due(self._tracks[name], now)]
        self._fresh.difference_update(due)
        crossings = [crossing for name in due if (crossing := self._look(name, self._tracks[name], now)) is not None]
        if now >= self._sweep_at:
            self._sweep(now)
        return crossings

    def admits(self, visitor: str) -> bool:
        """Whether her visit may begin with the next word of her."""
        track = self._tracks.get(visitor)
        return self.blind or (track is not None and track.inside)

    def take_in(self, visitors: Iterable[str]) -> None:
        """Their visits are open, whatever opened them."""
        for visitor in visitors:
            track = self._track(visitor)
            track.inside = True
            track.belief = _IS_IN

    def linger_s(self, visitor: str) -> float:
        """Seconds that her visit stays open after the last scanner lost her."""
        track = self._tracks.get(visitor)
        left_unseen = not self.blind and track is not None and track.belief[2] > SURELY_IN
        return LONG_ABSENCE_S if left_unseen else LINGER_S

    def forget(self, visitor: str) -> None:
        """She left, or never was: whatever is heard of her next begins outside."""
        self._tracks.pop(visitor, None)
        self._fresh.discard(visitor)

    def shift(self, seconds: float) -> None:
        """The clock was stepped by ``seconds``."""
        self._sweep_at += seconds
        for track in self._tracks.values():
            track.heard_at += seconds
            track.at = None if track.at is None else track.at + seconds
            track.out_since = None if track.out_since is None else track.out_since + seconds
            track.levels = {scanner: (level, at + seconds) for scanner, (level, at) in track.levels.items()}

    def _track(self, visitor: str) -> _Track:
        track = self._tracks.get(visitor)
        if track is None:
            track = self._tracks[visitor] = _Track()
        return track

    @staticmethod
    def _due(track: _Track, now: float) -> bool:
        return track.at is None or now >= track.at + EVERY_S - 1e-6

    def _look(self, visitor: str, track: _Track, now: float) -> Crossing | None:
        if self.blind:
            return self._let_in(visitor, track, now)
        steps = 1 if track.at is None else min(MOST_STEPS, max(1, round((now - track.at) / EVERY_S)))
        belief = track.belief
        for _ in range(steps):
            belief = _walked(belief)
        track.belief, track.at = _weighed(belief, self._evidence(track, now)), now
        return self._came_in(visitor, track, now) if not track.inside else self._went_out(visitor, track, now)

    @staticmethod
    def _let_in(visitor: str, track: _Track, now: float) -> Crossing | None:
        was, track.inside, track.belief, track.at = track.inside, True, _IS_IN, now
        return None if was else Crossing(visitor, now, inside=True)

    @staticmethod
    def _came_in(visitor: str, track: _Track, now: float) -> Crossing | None:
        if track.belief[2] < SURELY_IN:
            return None
        track.inside, track.out_since = True, None
        return Crossing(visitor, now, inside=True)

    @staticmethod
    def _went_out(visitor: str, track: _Track, now: float) -> Crossing | None:
        if track.belief[0] < SURELY_OUT:
            track.out_since = None
            return None
        if track.out_since is None:
            track.out_since = now
        if now < track.out_since + OUT_FOR_S:
            return None
        track.inside = False
        return Crossing(visitor, track.out_since, inside=False)

    def _evidence(self, track: _Track, now: float) -> Belief:
        street = inside = FAINT_DBM
        for scanner, (level, at) in track.levels.items():
            if now - at <= RECENT_S:
                if scanner in self._street:
                    street = max(street, level)
                else:
                    inside = max(inside, level)
        louder = max(LOUDER_DB[0] - PLAIN_DB, min(LOUDER_DB[2] + PLAIN_DB, inside - street))
        of_zone = self._zones.get(track.zone or "", (1.0, 1.0, 1.0))
        fits = [
            math.exp(-LEVELS_COUNT * min(MOST_DB, abs(louder - usual)) ** 2 / (2 * SPREAD_DB**2)) for usual in LOUDER_DB
        ]
        return fits[0] * of_zone[0], fits[1] * of_zone[1], fits[2] * of_zone[2]

    def _said(self, place: Place) -> Belief:
        """What the locator's word of this zone is worth. Where no zone is outside, whoever is there is said to be at the door."""
        column = {"outside": (0,), "door": (1,) if self._outside_zones else (0, 1), "inside": (2,)}[place]
        out, door, within = (sum(row[each] for each in column) ** ZONE_COUNTS for row in ZONES_SAID)
        return out, door, within

    def _sweep(self, now: float) -> None:
        self._sweep_at = now + FORGET_AFTER_S
        old = [n for n, track in self._tracks.items() if not track.inside and now > track.heard_at + FORGET_AFTER_S]
        for visitor in old:
            self.forget(visitor)


def doorway_of(layout: Layout) -> Doorway | None:
    """The store's, or ``None`` where no scanner hangs at a door or outside."""
    return Doorway(layout) if layout.scanners_at("outside") or layout.scanners_at("door") else None


def _walked(belief: Belief) -> Belief:
    """Half a second later."""
    out, door, within = belief
    return (
        out * (1 - OUT_TO_DOOR - PAST_THE_DOOR) + door * DOOR_TO_OUT + within * PAST_THE_DOOR,
        out * OUT_TO_DOOR + door * (1 - DOOR_TO_OUT - DOOR_TO_IN) + within * IN_TO_DOOR,
        out * PAST_THE_DOOR + door * DOOR_TO_IN + within * (1 - IN_TO_DOOR - PAST_THE_DOOR),
    )


def _weighed(belief: Belief, evidence: Belief) -> Belief:
    out, door, within = (chance * fit for chance, fit in zip(belief, evidence, strict=True))
    total = out + door + within
    return out / total, door / total, within / total
