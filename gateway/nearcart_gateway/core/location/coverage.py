"""How well a store's scanners could locate people, place by place, before anybody walks there.

From each cell a tag is heard for a moment. What every scanner's packets amount to is drawn from the radio map, all other cells
are weighed by it, and the belief is compared with where the tag was. The first round knows nothing of where she came from; in
each later one she was known about as well as the round before says, and has walked since.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.radio_file import Radio
from nearcart_contract.store_file import Layout
from nearcart_gateway.core.location.floor_grid import FloorGrid, grid_of
from nearcart_gateway.core.location.likelihood import CORRELATION, DEGREES_OF_FREEDOM
from nearcart_gateway.core.location.radio_map import RadioMap, calibrated, uncalibrated

Array = NDArray[np.float64]

MOMENT_S, WALKED_M = 2.0, 1.0
"""A moment's length, and how far somebody comes in it: packets that are older say where she was and not where she is."""

ROUNDS = 3
"""After so many a belief is as good as it gets: a fourth changes less than 3 % of it."""

RECEIVED = 0.7
"""Share of packets that arrive where a scanner hears well: the rest collide or fall between two scans."""

SENSITIVITY_DBM = -95.0
"""At this mean RSSI every second packet that would arrive is heard."""

PLACE_DB = 4.0
"""How far a place is off the path loss law; it does not average out with more packets. Where nobody surveyed, it is not known."""

LEAST_PACKETS = 0.1
"""A scanner that hears fewer than this of a tag in a moment says nothing."""

INFORMATION = CORRELATION * (DEGREES_OF_FREEDOM + 1) / (DEGREES_OF_FREEDOM + 3)
"""What a packet is worth, next to an independent one with normal noise (Fisher information of a t distribution)."""

MEAN_OF_RAYLEIGH = float(np.sqrt(np.pi / 2))
"""Mean distance from the middle, for a spread of 1 in x and in y."""

DRAWS = 32


@dataclass(frozen=True, slots=True)
class Coverage:
    """By cell of ``grid``: ``error`` the mean distance (metres) between place and belief, ``right`` the share of draws with the
    right zone, ``heard`` how many scanners hear at least half the packets. ``said`` (true zone, said zone) counts draws of a
    moment's packets alone."""

    grid: FloorGrid
    error: Array
    right: Array
    heard: Array
    said: Array


@dataclass(frozen=True, slots=True)
class Places:
    """Where tags are tried: ``at`` (places, 2) in metres, the index of the zone of each, and how many zones there are."""

    at: Array
    zone: NDArray[np.intp]
    zones: int


def coverage(
    grid: FloorGrid,
    radio: RadioMap,
    normals: Array,
    interval: float = 1.0,
    done: Callable[[int, int], None] | None = None,
) -> Coverage:
    """Try each cell. ``normals``: standard normal draws (draws, scanners + 2); ``interval``: seconds between a tag's packets;
    ``done`` is told how many cells of how many are tried."""
    places = Places(grid.centres, grid.zone_of, len(grid.zones))
    error, right, said = tried(places, radio, normals, interval, done)
    return Coverage(grid, error, right, (hearing(radio) >= RECEIVED / 2).sum(axis=0).astype(float), said)


def planned_map(layout: Layout, radio: Radio | None) -> tuple[FloorGrid, RadioMap]:
    """The locator's own map of a store, unsure where nobody surveyed."""
    grid = grid_of(layout)
    if radio is None:
        plain = uncalibrated(layout, grid)
        unsure = np.full_like(plain.mean, PLACE_DB**2)
        return grid, RadioMap(plain.mean, unsure, float(np.sqrt(plain.noise**2 - PLACE_DB**2)))
    known = calibrated(layout, grid, radio)
    surveyed = [name in radio.scanners and bool(radio.scanners[name].survey) for name in layout.scanners]
    variance = np.where(np.array(surveyed)[:, None], known.variance, PLACE_DB**2)
    return grid, RadioMap(known.mean, variance, known.noise)


def hearing(radio: RadioMap) -> Array:
    """Share of a tag's packets that each scanner hears of each cell: (scanners, cells)."""
    above = (radio.mean - SENSITIVITY_DBM) / np.sqrt(radio.noise**2 + radio.variance)
    return np.asarray(RECEIVED / (1 + np.exp(-1.702 * above)))


def tried(
    places: Places,
    radio: RadioMap,
    normals: Array,
    interval: float,
    done: Callable[[int, int], None] | None = None,
) -> tuple[Array, Array, Array]:
    """Mean error and share of right zones of each place in the last round; counts of (true zone, said zone) in the first, as what
    can't be told apart now could not be told apart before."""
    packets = hearing(radio) * (MOMENT_S / interval)
    count = len(places.at)
    error, right, said = np.full(count, np.inf), np.zeros(count), np.zeros((places.zones, places.zones))
    zones = np.eye(places.zones)[places.zone]
    for turn in range(ROUNDS * count):
        number = turn % count
        fit = _fit(number, packets[:, number], radio, normals[:, :-2])
        belief = _belief(fit + _before(places, number, error[number], normals[:, -2:]))
        error[number] = np.hypot(*(belief @ places.at - places.at[number]).T).mean()
        chosen = (belief @ zones).argmax(axis=1)
        right[number] = (chosen == places.zone[number]).mean()
        if turn < count:
            said[places.zone[number]] += np.bincount(chosen, minlength=places.zones)
        if done is not None and turn % 50 == 0:
            done(turn, ROUNDS * count)
    return error, right, said


def _fit(number: int, packets: Array, radio: RadioMap, normals: Array) -> Array:
    """(draws, places): log-likelihood of each place, by what each scanner's packets from place ``number`` mean together."""
    hears = np.flatnonzero(packets >= LEAST_PACKETS)
    variance = radio.noise**2 / (packets[hears, None] * INFORMATION) + radio.variance[hears]
    mean = radio.mean[hears]
    level = mean[:, number] + normals[:, hears] * np.sqrt(variance[:, number])
    fit = level @ (mean / variance) - (level**2) @ (0.5 / variance)
    return np.asarray(fit - (0.5 * mean**2 / variance + 0.5 * np.log(variance)).sum(axis=0))


def _before(places: Places, number: int, error: float, normals: Array) -> Array:
    """(draws, places): log-likelihood of each place by what was believed a moment ago, whose error was ``error`` metres."""
    if np.isinf(error):
        return np.zeros((len(normals), len(places.at)))
    spread = np.sqrt((error / MEAN_OF_RAYLEIGH) ** 2 + WALKED_M**2 / 2)
    expected = places.at[number] + spread * normals
    squared = (expected**2).sum(axis=1)[:, None] + (places.at**2).sum(axis=1) - 2 * expected @ places.at.T
    return np.asarray(-squared / (2 * spread**2))


def _belief(fit: Array) -> Array:
    belief = np.exp(fit - fit.max(axis=1, keepdims=True))
    return np.asarray(belief / belief.sum(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True)
class Confused:
    """Two zones, and how often the wrong one of the two is said of somebody who is in one of them: 0.5 is a coin's toss."""

    zones: tuple[str, str]
    wrong: float


CONFUSED = 1 / 3
"""From this share on two zones can't be told apart."""


def confused(grid: FloorGrid, said: Array) -> Sequence[Confused]:
    """The pairs of zones that can't be told apart, worst first."""
    found = []
    for one, first in enumerate(grid.zones):
        for other in range(one + 1, len(grid.zones)):
            pair = said[np.ix_([one, other], [one, other])]
            wrong = float((pair[0, 1] + pair[1, 0]) / pair.sum()) if pair.sum() else 0.0
            if wrong >= CONFUSED:
                found.append(Confused((first, grid.zones[other]), wrong))
    return sorted(found, key=lambda each: -each.wrong)
