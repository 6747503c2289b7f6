"""The locator: a forward filter over (mode of walking, cell), every packet of every scanner as evidence; beside it ``stillness``
says whether she moved at all, and another zone takes over only when both make it worth it.

Implements ``core.locate.Locator``. Visitors that were heard are worked on together, in one stack of arrays.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.store_file import Layout, Zone
from nearcart_gateway.core.location.floor_grid import FloorGrid, grid_of
from nearcart_gateway.core.location.likelihood import CORRELATION, LAGGED_CORRELATION, Likelihood, not_too_many
from nearcart_gateway.core.location.motion import Array32, Motion
from nearcart_gateway.core.location.obstacles import open_floor
from nearcart_gateway.core.location.radio_map import RadioMap
from nearcart_gateway.core.location.stillness import GIVEN_UP, STAY_PER_S, Stand, Stillness
from nearcart_gateway.core.values import Position

EVERY_S = 0.5
"""A visitor's belief is brought up to date this often at most."""

SWITCH_MARGINS = {"eager": 0.05, "balanced": 0.2, "sure": 0.6}
"""Another zone takes over when it is likelier by this much: what a wrong switch costs against one that comes late."""

LAGGED = 0.5
"""Held back, it was corrected already: the margins are so much smaller."""

OFFSETS_DB = np.arange(-15.0, 15.1, 3.0)
"""How much louder than usual, or than the tag that was calibrated with, a tag may be: each is weighed by what is heard."""

OFFSET_SPREAD_DB, CALIBRATED_SPREAD_DB, OFFSET_DRIFT = 6.0, 3.0, 0.002
"""What is believed of it before anything is heard, without a calibration and with one (tags of a kind are alike, other kinds need not
be), and how much of that comes back with every update (bodies, pockets)."""

LEAST_WEIGHT = 0.01
"""An offset believed less than this is not tried with a packet."""

OLDEST_S = 10.0
"""A packet that comes this much later than the belief it should have changed is of no use."""

FULL = np.float32(65_535)

AT_ONCE = 16
"""Visitors in one stack: more only take more memory. Sums over cells are einsum's and not BLAS's, whose threads would spin for
more time than the sums take (27 % of a core in place of 8 %)."""


@dataclass(frozen=True, slots=True)
class Past:
    """A belief that is kept to be corrected by what came later: it, and the likelihood (columns, rows) that it had."""

    at: float
    belief: Array32
    likelihood: Array32


@dataclass(slots=True)
class Track:
    """One visitor: belief (modes, columns, rows) at ``at``, the packets since, and how likely each offset of
    her tag is. In 65,535ths of the largest it takes half the memory. ``said``: the time of the last belief that was held back and came out."""

    belief: NDArray[np.uint16]
    stand: Stand
    at: float | None = None
    packets: list[tuple[float, int, float]] = field(default_factory=list)
    offsets: NDArray[np.float64] | None = None
    zone: int | None = None
    past: list[Past] = field(default_factory=list)
    said: float | None = None


class GridLocator:
    """A Bayesian filter. ``calibrated``: the radio map was made with tags, whose power others will resemble. ``lag``: seconds
    by which a position is held back to be corrected by what is heard meanwhile; it carries the time it is of."""

    def __init__(self, layout: Layout, radio: RadioMap, *, calibrated: bool, lag: float = 0.0) -> None:
        self.grid: FloorGrid = grid_of(layout)
        self.motion = Motion(self.grid, open_floor(layout, self.grid))
        self._radio = radio
        self._likelihood = Likelihood(radio, LAGGED_CORRELATION if lag else CORRELATION)
        self._stillness = Stillness(len(layout.scanners), radio.noise, STAY_PER_S * (2 if lag else 1))
        words = [zone.switch for zone in (layout.zones.get(name, Zone()) for name in self.grid.zones)]
        self._margins = [SWITCH_MARGINS[word] * (LAGGED if lag else 1.0) for word in words]
        self._offsets = OFFSETS_DB
        prior = np.exp(-(self._offsets**2) / (2 * (CALIBRATED_SPREAD_DB if calibrated else OFFSET_SPREAD_DB) ** 2))
        self._offset_prior = prior / prior.sum()
        self._lag = lag
        self._scanners = {name: number for number, name in enumerate(layout.scanners)}
        self._by_zone = np.argsort(self.grid.zone_of, kind="stable")
        self._zones_there, self._zone_starts = np.unique(self.grid.zone_of[self._by_zone], return_index=True)
        self._middle = self.grid.centres.mean(axis=0)
        x, y = (self.grid.centres - self._middle).T.astype(np.float32)
        self._moments = x.copy(), y.copy(), x**2 + y**2
        self._room = self.motion.start(AT_ONCE), self.motion.start(AT_ONCE)
        anywhere = self.motion.start(1)[0]
        self._anywhere = (anywhere * (FULL / anywhere.max())).astype(np.uint16)
        self._tracks: dict[str, Track] = {}
        self._fresh: set[str] = set()
        self._unsaid: set[str] = set()

    def hear(self, visitor: str, scanner: str, at: float, rssi: int) -> None:
        """One packet. RSSI in dBm."""
        number = self._scanners.get(scanner)
        if number is None:
            return
        track = self._tracks.get(visitor)
        if track is None:
            track = self._tracks[visitor] = Track(self._anywhere.copy(), self._stillness.stand())
        if track.at is not None and at < track.at - OLDEST_S:
            return
        track.packets.append((at, number, rssi))
        self._fresh.add(visitor)

    def locate(self, now: float) -> Iterable[Position]:
        """Positions of everybody heard since her last one, each every half second at most; what was held back comes out though
        nothing more is heard."""
        due = [visitor for visitor in sorted(self._fresh, key=self._age) if self._due(self._tracks[visitor], now)]
        self._fresh.difference_update(due)
        for start in range(0, len(due), AT_ONCE):
            yield from self._update(due[start : start + AT_ONCE], now)
        for visitor in sorted(self._unsaid.difference(due)):
            yield from self._corrected(visitor, now, EVERY_S)

    def forget(self, visitor: str) -> None:
        """She left."""
        self._tracks.pop(visitor, None)
        self._fresh.discard(visitor)
        self._unsaid.discard(visitor)

    def shift(self, seconds: float) -> None:
        """The clock was stepped by ``seconds``."""
        for track in self._tracks.values():
            track.at = None if track.at is None else track.at + seconds
            track.packets = [(at + seconds, scanner, rssi) for at, scanner, rssi in track.packets]
            track.past = [replace(past, at=past.at + seconds) for past in track.past]
            track.said = None if track.said is None else track.said + seconds

    def _age(self, visitor: str) -> tuple[float, str]:
        return self._tracks[visitor].at or 0.0, visitor

    @staticmethod
    def _due(track: Track, now: float) -> bool:
        return track.at is None or now >= track.at + EVERY_S - 1e-6

    def _update(self, visitors: list[str], now: float) -> list[Position]:
        tracks = [self._tracks[visitor] for visitor in visitors]
        gaps = np.array([EVERY_S if track.at is None else max(0.0, now - track.at) for track in tracks])
        for track, gap in zip(tracks, gaps, strict=True):
            track.packets[:] = not_too_many(track.packets, float(gap))
        beliefs = self._predicted(tracks, now)
        before = beliefs.sum(axis=1).reshape(len(tracks), -1)
        before /= before.sum(axis=1, keepdims=True)
        for track, mass in zip(tracks, before, strict=True):
            if track.stand.still < GIVEN_UP:
                self._settle(track, mass)
        found = [self._heard(track, mass) for track, mass in zip(tracks, before, strict=True)]
        self._stillness.weigh(
            [track.stand for track in tracks], self._rounds(tracks), np.array([fit for _, fit in found]), gaps
        )
        likelihoods = np.stack([likelihood for likelihood, _ in found])
        likelihoods = likelihoods.reshape(len(tracks), 1, self.grid.columns, self.grid.rows)
        beliefs *= likelihoods
        beliefs /= beliefs.sum(axis=(1, 2, 3), keepdims=True)
        cells = beliefs.sum(axis=1).reshape(len(tracks), -1)
        for track, belief, likelihood in zip(tracks, beliefs, likelihoods, strict=True):
            np.multiply(belief, FULL / belief.max(), out=track.belief, casting="unsafe")
            track.at = now
            track.packets.clear()
            if self._lag:
                track.past.append(Past(now, belief.copy(), likelihood[0]))
        if self._lag:
            self._unsaid.update(visitors)
            return [
                position
                for visitor, gap in zip(visitors, gaps, strict=True)
                for position in self._corrected(visitor, now, float(gap))
            ]
        return self._positions(visitors, cells, now, gaps)

    def _offset(self, track: Track) -> float:
        """dB that her tag is louder than usual, as far as that is known."""
        return float((self._offset_prior if track.offsets is None else track.offsets) @ self._offsets)

    def _settle(self, track: Track, mass: Array32) -> None:
        """Stillness starts anew, with the levels that the map has where she is believed to be."""
        level = np.einsum("sc,c->s", self._radio.mean, mass)
        variance = np.maximum(np.einsum("sc,sc,c->s", self._radio.mean, self._radio.mean, mass) - level**2, 0.0)
        self._stillness.settle(track.stand, level + self._offset(track), variance)

    def _rounds(self, tracks: list[Track]) -> list[Array32]:
        """The packets as arrays (people, scanners) of dBm, NaN where there is none: the first of each link, the second ..."""
        rounds: list[Array32] = []
        for person, track in enumerate(tracks):
            count = [0] * len(self._scanners)
            for _, scanner, rssi in track.packets:
                number = count[scanner]
                count[scanner] += 1
                if number == len(rounds):
                    rounds.append(np.full((len(tracks), len(self._scanners)), np.nan, dtype=np.float32))
                rounds[number][person, scanner] = rssi
        return rounds

    def _corrected(self, visitor: str, now: float, gap: float) -> list[Position]:
        """Where she was ``lag`` seconds ago, by what was heard since; nothing while nothing is that old that was not said."""
        track = self._tracks[visitor]
        old = [past for past in track.past if past.at <= now - self._lag + 1e-6]
        if not old or old[-1].at == track.said:
            return []
        track.past, track.said = track.past[len(old) - 1 :], old[-1].at
        if len(track.past) == 1:
            self._unsaid.discard(visitor)
        later = np.ones_like(old[-1].belief)[None]
        for past, before in zip(reversed(track.past[1:]), reversed(track.past[:-1]), strict=True):
            later = self.motion.reverse(later * past.likelihood, past.at - before.at)
            later /= later.max()
        belief = (old[-1].belief * later[0]).sum(axis=0).reshape(1, -1)
        return self._positions([visitor], belief / belief.sum(), old[-1].at, np.array([gap]))

    def _predicted(self, tracks: list[Track], now: float) -> Array32:
        """Beliefs at ``now``, valid until the next call; neighbours that are equally old go through the motion model together."""
        beliefs, room = (each[: len(tracks)] for each in self._room)
        for belief, track in zip(beliefs, tracks, strict=True):
            belief[...] = track.belief
        gaps = [0.0 if track.at is None else round(now - track.at, 1) for track in tracks]
        start = 0
        for end in range(1, len(tracks) + 1):
            if end == len(tracks) or gaps[end] != gaps[start]:
                self.motion.carry(beliefs[start:end], gaps[start], room[start:end])
                start = end
        return beliefs

    def _positions(self, visitors: list[str], cells: Array32, now: float, gaps: NDArray[np.float64]) -> list[Position]:
        zones = self._zones(cells)
        x, y, squares = (np.einsum("pc,c->p", cells, each) for each in self._moments)
        spread = np.sqrt(np.maximum(squares - x**2 - y**2, 0.0))
        places = np.stack([x, y], axis=1) + self._middle
        return [
            self._position(visitor, self._tracks[visitor].stand.blend(zone, float(gap)), place, float(error), now)
            for visitor, zone, place, error, gap in zip(visitors, zones, places, spread, gaps, strict=True)
        ]

    def _zones(self, cells: Array32) -> Array32:
        """Beliefs (people, cells) summed to (people, zones)."""
        zones = np.zeros((len(cells), len(self.grid.zones)), dtype=np.float32)
        zones[:, self._zones_there] = np.add.reduceat(cells[:, self._by_zone], self._zone_starts, axis=1)
        return zones

    def _position(self, visitor: str, zones: Array32, place: NDArray[np.float64], error: float, now: float) -> Position:
        track = self._tracks[visitor]
        best = int(zones.argmax())
        if track.zone is None or zones[best] > zones[track.zone] + self._margins[best]:
            track.zone = best
        return Position(
            visitor=visitor,
            at=now,
            zone=self.grid.zones[track.zone],
            probability=round(float(zones[track.zone]), 3),
            x=float(place[0]),
            y=float(place[1]),
            error=round(error, 2),
        )

    def _heard(self, track: Track, mass: Array32) -> tuple[Array32, float]:
        """Likelihood of each cell for the packets since her last update. Each offset that her tag may have is weighed by how
        well it explains them where she is believed to be (``mass``), and they all have their say by that weight. And how well
        all of it explains them there, as a log-likelihood."""
        aside = track.stand.aside.tolist()
        counted = [(scanner, rssi) for _, scanner, rssi in track.packets if not aside[scanner]]
        if not counted:
            return np.ones_like(mass), 0.0
        rows = np.array(counted, dtype=np.float64)
        scanners = rows[:, 0].astype(np.intp)
        weights = self._offset_prior if track.offsets is None else track.offsets
        tried = np.flatnonzero(weights >= min(LEAST_WEIGHT, weights.max()))
        fits = np.stack([self._likelihood.of(scanners, rows[:, 1] - offset) for offset in self._offsets[tried]])
        best = fits.max()
        likelihoods = np.exp(fits - best)
        explained = np.zeros_like(weights)
        explained[tried] = weights[tried] * np.einsum("oc,c->o", likelihoods, mass)
        track.offsets = (1 - OFFSET_DRIFT) * explained / explained.sum() + OFFSET_DRIFT * self._offset_prior
        fit = float(best) + math.log(float(explained.sum() / weights[tried].sum()) + 1e-300)
        return np.einsum("o,oc->c", weights[tried].astype(np.float32), likelihoods), fit
