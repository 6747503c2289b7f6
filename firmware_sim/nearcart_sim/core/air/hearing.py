"""Which scanner hears which packet, and how loud: the map's mean, and what chance adds to it on the way."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.store_file import Layout
from nearcart_sim.core.air.events import Events, Microseconds
from nearcart_sim.core.chance import Words, key_of, mixed, quantile_rows, words
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

    def hear(self, events: Events, seconds: float, until: int | None = None) -> Heard:
        """What is heard of the events of ``seconds``. A row of the result depends on its event, its scanner and how much else is on air.

        ``until``: nothing is stamped at this time (microseconds) or later, so that what is heard next comes after it.
        """
        mean = self._levels[:, self._map.cells(events.x, events.y)] + events.louder
        floor = round(self._parameters.sensitivity_dbm * UNIT)
        scanner, event = np.nonzero(mean >= floor - _HEADROOM_DB * UNIT)
        level = mean[scanner, event].astype(np.int32)
        link = mixed(events.device[event] ^ self._keys[scanner])
        dice = words(link, events.number[event])
        channel, at = self._channel(scanner, events.at[event])
        quiet = self._quiet_share(scanner, level, seconds)
        level += self._fade(link, events, event, channel, at) + self._body(events, scanner, event)
        level += self._noise[quantile_rows(dice, 0)]
        taken = self._received(level, floor, quiet, dice) & (channel >= 0)
        late = ((dice[taken] >> np.uint64(52)) * np.uint64(self._late_us) >> np.uint64(12)).astype(np.int64)
        rssi = (level[taken] + UNIT // 2) // UNIT
        stamped = at[taken] + late
        if until is not None:
            stamped = np.minimum(stamped, until - 1)
        order = np.argsort(stamped, kind="stable")
        return Heard(stamped[order], scanner[taken][order], event[taken][order], rssi[order])

    def _channel(self, scanner: NDArray[np.intp], at: Microseconds) -> tuple[NDArray[np.int64], Microseconds]:
        """The channel a scanner listens on just then, -1 outside its window, and when the packet on it is over."""
        since = at + self._phase_us[scanner]
        turn = since // self._interval_us
        channel = turn % CHANNELS
        open_ = since - turn * self._interval_us < self._window_us
        return np.where(open_, channel, -1), at + channel * _CHANNEL_AFTER_US + _ON_AIR_US

    def _fade(
        self, link: Words, events: Events, event: NDArray[np.intp], channel: NDArray[np.int64], at: Microseconds
    ) -> NDArray[np.int32]:
        """The same for one link, channel and place, for a while; else new."""
        near = self._parameters.fading_m
        column = np.floor(events.x / near).astype(np.int64)
        row = np.floor(events.y / near).astype(np.int64)
        place = ((column << 28) ^ (row << 2))[event] ^ channel
        while_us = round(self._parameters.fading_s * 1e6)
        since = (at + (link % np.uint64(while_us)).astype(np.int64)) // while_us
        return np.asarray(self._fades[quantile_rows(words(words(link, place), since), 20)])

    def _body(self, events: Events, scanner: NDArray[np.intp], event: NDArray[np.intp]) -> NDArray[np.int32]:
        """Nothing towards the scanner, all of it away from it; half of it on average, which the map has already."""
        to_x, to_y = self._x[scanner] - events.x[event], self._y[scanner] - events.y[event]
        away = np.sqrt(to_x * to_x + to_y * to_y) + 1e-9
        towards = (to_x * events.facing_x[event] + to_y * events.facing_y[event]) / away
        return np.rint(towards * (self._parameters.body_db * UNIT / 2)).astype(np.int32)

    def _quiet_share(self, scanner: NDArray[np.intp], level: NDArray[np.int32], seconds: float) -> NDArray[np.float64]:
        """How likely it is that nothing nearly as loud is on the channel at the same time: ALOHA, exp(-2 x rate x length)."""
        bin_ = ((level // UNIT - _QUIETEST_DBM) // _BIN_DB).clip(0, _BINS - 1)
        scanners = len(self._keys)
        counted = np.bincount(scanner * _BINS + bin_, minlength=scanners * _BINS).reshape(scanners, _BINS)
        louder = counted[:, ::-1].cumsum(axis=1)[:, ::-1]
        rivals = louder[scanner, (bin_ - _CAPTURE_DB // _BIN_DB).clip(0)] - 1
        return _exp_minus(rivals * (2 * _ON_AIR_US * 1e-6 / seconds))

    def _received(
        self, level: NDArray[np.int32], floor: int, quiet: NDArray[np.float64], dice: Words
    ) -> NDArray[np.bool_]:
        soft = round(2 * self._parameters.soft_db * UNIT)
        weak = floor + ((dice >> np.uint64(12)) & np.uint64(0xFFF)).astype(np.int32) * soft // 4096
        clear = ((dice >> np.uint64(24)) & np.uint64(0xFFFFFF)).astype(np.float64) / (1 << 24)
        return np.asarray((level >= weak) & (clear < quiet * (1 - self._parameters.loss)))


def _exp_minus(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """exp(-value) for values of 0 or more, by multiplications alone, which are alike everywhere: (1 - v/256)^256, to 1 %."""
    part = np.maximum(0.0, 1 - value / 256)
    for _ in range(8):
        part = part * part
    return part
