"""Which scanner hears which packet, and how loud: the map's mean, and what chance adds to it on the way."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.store_file import Layout
from nearcart_sim.core.air.events import Events, Microseconds
from nearcart_sim.core.chance import Words, key_of, mixed, quantile_rows, words
from nearcart_sim.core.rooms.drift import STEP_BITS, STEPS, WEIGHT_BITS, straight_lines
from nearcart_sim.core.rooms.fading import UNIT, nakagami_quantiles, noise_quantiles
from nearcart_sim.core.rooms.radio_map import RadioMap
from nearcart_sim.core.rooms.radio_parameters import RadioParameters, Scanning

CHANNELS = 3
_CHANNEL_AFTER_US = 500
"""From one advertising channel to the next within an event (a full packet takes 376 us, then the radio tunes)."""

_ON_AIR_US = 376
"""A packet with 31 bytes of data at 1 Mbit/s: 47 bytes with preamble, access address, header, address and CRC."""
_CAPTURE_DB = 8
"""A packet this much louder than another is received all the same (co-channel interference, Core Vol 6 Part A 4.2: 21 dB is
what is promised; receivers do better)."""

_HEADROOM_DB = 12
"""Fading and noise seldom lift a packet by more: quieter ones are not looked at."""
_QUIETEST_DBM, _BIN_DB = -120, 2
_BINS = 64
_CACHED = 1 << 17
"""So many links are looked at together: what is worked out for them fits into a processor's cache."""

_Columns = tuple[Microseconds, NDArray[np.intp], NDArray[np.intp], NDArray[np.int32]]


@dataclass(frozen=True, slots=True)
class Heard:
    """One row a packet that one scanner heard, in order of ``at``: when its host saw it."""

    at: Microseconds
    scanner: NDArray[np.intp]
    event: NDArray[np.intp]
    rssi: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.at)


class Hearing:
    """All scanners of a floor."""

    def __init__(
        self, layout: Layout, radio_map: RadioMap, parameters: RadioParameters, scanning: Scanning, seed: int
    ) -> None:
        self._parameters = parameters
        self._levels = np.stack(radio_map.levels)
        self._map = radio_map
        self._x = np.array([scanner.x for scanner in layout.scanners.values()])
        self._y = np.array([scanner.y for scanner in layout.scanners.values()])
        self._keys = np.array([key_of(seed, "scanner", name) for name in layout.scanners], dtype=np.uint64)
        self._interval_us = round(scanning.interval_ms * 1000)
        self._window_us = round(min(scanning.window_ms, scanning.interval_ms) * 1000)
        self._phase_us = (self._keys % np.uint64(CHANNELS * self._interval_us)).astype(np.int64)
        self._late_us = round(scanning.stamp_offset_ms * 1000)
        fades = nakagami_quantiles(parameters.fading)
        self._fades = fades - round(float(fades.mean()))
        self._noise = noise_quantiles(parameters.noise_db)
        self._normals = noise_quantiles(parameters.drift_db)
        self._drift_key = np.uint64(key_of(seed, "drift"))
        self._falling, self._rising = straight_lines()

    def hear(self, events: Events, seconds: float, until: int | None = None) -> Heard:
        """What is heard of the events of ``seconds``. A row of the result depends on its event, its scanner and how much else is on air.

        ``until``: nothing is stamped at this time (microseconds) or later, so that what is heard next comes after it.
        """
        cells, places = self._map.cells(events.x, events.y), self._fading_places(events)
        together = max(1, _CACHED // max(1, len(events)))
        parts = [
            self._heard(slice(first, first + together), events, cells, places, seconds)
            for first in range(0, len(self._keys), together)
        ]
        at, scanner, event, rssi = (np.concatenate(column) for column in zip(*parts, strict=True))
        if until is not None:
            at = np.minimum(at, until - 1)
        order = _in_time(at)
        return Heard(at[order], scanner[order], event[order], rssi[order])

    def _heard(
        self, scanners: slice, events: Events, cells: NDArray[np.intp], places: NDArray[np.int64], seconds: float
    ) -> _Columns:
        """The rows of some scanners, in their order and that of the events: when they are stamped, scanner, event and level in dBm."""
        mean = self._levels[scanners][:, cells] + events.louder
        floor = round(self._parameters.sensitivity_dbm * UNIT)
        loud = mean >= floor - _HEADROOM_DB * UNIT
        scanner, event = np.nonzero(loud)
        scanner += scanners.start
        level = mean[loud]
        link = mixed(events.device[event] ^ self._keys[scanner])
        dice = words(link, events.number[event])
        clear = np.flatnonzero(self._undisturbed(scanner, level, dice, seconds))
        scanner, event, level, link, dice = scanner[clear], event[clear], level[clear], link[clear], dice[clear]
        channel, at = self._channel(scanner, events.at[event])
        level += self._fade(link, places[event], channel, at) + self._body(events, scanner, event)
        level += self._noise[quantile_rows(dice, 0)]
        if self._parameters.drift_db:
            level += self._drift(link, at)
        soft = round(2 * self._parameters.soft_db * UNIT)
        weak = floor + ((dice >> np.uint64(12)) & np.uint64(0xFFF)).astype(np.int32) * soft // 4096
        taken = np.flatnonzero((level >= weak) & (channel >= 0))
        late = ((dice[taken] >> np.uint64(52)) * np.uint64(self._late_us) >> np.uint64(12)).astype(np.int64)
        return at[taken] + late, scanner[taken], event[taken], (level[taken] + UNIT // 2) // UNIT

    def _undisturbed(
        self, scanner: NDArray[np.intp], level: NDArray[np.int32], dice: Words, seconds: float
    ) -> NDArray[np.bool_]:
        """Which packets meet nothing nearly as loud on the channel at the same time (ALOHA: with exp(-2 x rate x length)), nor any other
        mishap."""
        bin_ = ((level // UNIT - _QUIETEST_DBM) // _BIN_DB).clip(0, _BINS - 1) + scanner * _BINS
        counted = np.bincount(bin_, minlength=len(self._keys) * _BINS).reshape(-1, _BINS)
        louder = counted[:, ::-1].cumsum(axis=1)[:, ::-1]
        rivals = louder[:, (np.arange(_BINS) - _CAPTURE_DB // _BIN_DB).clip(0)] - 1
        chance = _exp_minus(rivals.clip(0) * (2 * _ON_AIR_US * 1e-6 / seconds)) * (1 - self._parameters.loss)
        clear = ((dice >> np.uint64(24)) & np.uint64(0xFFFFFF)).astype(np.float64) / (1 << 24)
        return np.asarray(clear < chance.ravel()[bin_])

    def _channel(self, scanner: NDArray[np.intp], at: Microseconds) -> tuple[NDArray[np.int64], Microseconds]:
        """The channel a scanner listens on just then, -1 outside its window, and when the packet on it is over."""
        since = at + self._phase_us[scanner]
        turn = since // self._interval_us
        channel = turn - turn // CHANNELS * CHANNELS
        over = at + channel * _CHANNEL_AFTER_US + _ON_AIR_US
        if self._window_us < self._interval_us:
            channel[since - turn * self._interval_us >= self._window_us] = -1
        return channel, over

    def _fading_places(self, events: Events) -> NDArray[np.int64]:
        """A number for each few centimetres, with room for a channel."""
        near = self._parameters.fading_m
        column = np.floor(events.x / near).astype(np.int64)
        row = np.floor(events.y / near).astype(np.int64)
        return np.asarray((column << 28) ^ (row << 2))

    def _fade(
        self, link: Words, place: NDArray[np.int64], channel: NDArray[np.int64], at: Microseconds
    ) -> NDArray[np.int32]:
        """The same for one link, channel and place, for a while; else new."""
        while_us = round(self._parameters.fading_s * 1e6)
        phase = link - link // np.uint64(while_us) * np.uint64(while_us)
        since = (at + phase.astype(np.int64)) // while_us
        return np.asarray(self._fades[quantile_rows(words(words(link, place ^ channel), since), 20)])

    def _drift(self, link: Words, at: Microseconds) -> NDArray[np.int32]:
        """What changes on one link while people and doors move about: normal values at whole multiples of a time, with straight lines in between."""
        since = at + (link >> np.uint64(40)).astype(np.int64)
        step = since * STEPS // round(self._parameters.drift_s * 1e6)
        knot, share = step >> STEP_BITS, step & (STEPS - 1)
        key = link ^ self._drift_key
        before = self._normals[quantile_rows(words(key, knot), 40)]
        after = self._normals[quantile_rows(words(key, knot + 1), 40)]
        return np.asarray((before * self._falling[share] + after * self._rising[share]) >> WEIGHT_BITS)

    def _body(self, events: Events, scanner: NDArray[np.intp], event: NDArray[np.intp]) -> NDArray[np.int32]:
        """Nothing towards the scanner, all of it away from it; half of it on average, which the map has already."""
        to_x, to_y = self._x[scanner] - events.x[event], self._y[scanner] - events.y[event]
        away = np.sqrt(to_x * to_x + to_y * to_y) + 1e-9
        towards = (to_x * events.facing_x[event] + to_y * events.facing_y[event]) / away
        return np.rint(towards * (self._parameters.body_db * UNIT / 2)).astype(np.int32)


def _in_time(at: Microseconds) -> NDArray[np.intp]:
    """The order of time, and of rows where times are equal: sorted as one number of both, which is quicker than by a stable sort."""
    if not len(at):
        return np.empty(0, dtype=np.intp)
    bits = len(at).bit_length()
    numbers = (at - at.min()) << bits | np.arange(len(at))
    numbers.sort()
    return np.asarray(numbers & ((1 << bits) - 1))


def _exp_minus(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """exp(-value) for values of 0 or more, by multiplications alone, which are alike everywhere: (1 - v/256)^256, to 1 %."""
    part = np.maximum(0.0, 1 - value / 256)
    for _ in range(8):
        part = part * part
    return part
