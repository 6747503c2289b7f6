"""What a walk's packets tell of a room's radio, measured alike on a recording and on its simulated copy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.store_file import Layout
from nearcart_sim.core.air.copy import Beacon, Packet, Place, walk_again
from nearcart_sim.core.rooms.radio_parameters import RadioParameters

Column = NDArray[np.float64]
_TAG_HEIGHT_M = 1.1
DISTANCES_M = (0.3, 0.6, 1.0, 1.5, 2.5, 4.0)
TIMES_S = (1.0, 2.0, 4.0, 8.0, 14.0)
_PAIRS = 60
"""Each packet is compared with so many that the same scanner heard after it."""


@dataclass(frozen=True)
class Walk:
    """One walk with its truth."""

    places: list[Place]
    packets: list[Packet]


@dataclass(frozen=True)
class Radio:
    """``at_1m``: dBm by scanner; ``spread_db``: deviation from the law of distance, ``scanners_db`` of the scanners from each other; correlations of what is off the law by
    distance walked and by time passed, up to the bounds above; ``heard``: share of the packets sent that a scanner heard;
    ``levels`` and ``off`` sorted: dBm, and dB off the law."""

    exponent: float
    at_1m: dict[str, float]
    spread_db: float
    scanners_db: float
    by_distance: tuple[float, ...]
    by_time: tuple[float, ...]
    heard: float
    levels: Column
    off: Column


def radio_of(layout: Layout, walks: list[Walk], interval_s: float) -> Radio:
    names = list(layout.scanners)
    scanner, level, distance, x, y, at, number = _columns(layout, names, walks)
    law = np.zeros((len(level), len(names) + 1))
    law[np.arange(len(level)), scanner] = 1
    law[:, -1] = -10 * np.log10(np.maximum(0.5, distance))
    found = np.linalg.lstsq(law, level, rcond=None)[0]
    off = level - law @ found
    sent = sum((walk.places[-1][0] - walk.places[0][0]) / (interval_s + 0.005) for walk in walks)
    by_distance, by_time = _correlations(scanner, off, x, y, at, number)
    return Radio(
        float(found[-1]),
        dict(zip(names, found[:-1].tolist(), strict=True)),
        float(off.std()),
        float(found[:-1].std()),
        by_distance,
        by_time,
        len(level) / (sent * len(names)),
        np.sort(level),
        np.sort(off),
    )


def copy_of(layout: Layout, walks: list[Walk], beacon: Beacon, parameters: RadioParameters, seed: int) -> list[Walk]:
    """The same ways through one simulated room."""
    return [Walk(walk.places, walk_again(layout, walk.places, beacon, parameters, seed)) for walk in walks]


def largest_gap(one: Column, other: Column) -> float:
    """Kolmogorov's and Smirnov's distance of two sorted samples."""
    every = np.concatenate([one, other])
    shares = [np.searchsorted(sample, every, side="right") / len(sample) for sample in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())


def _columns(
    layout: Layout, names: list[str], walks: list[Walk]
) -> tuple[NDArray[np.int64], Column, Column, Column, Column, Column, NDArray[np.int64]]:
    rows = [
        (names.index(name), rssi, at, number) for number, walk in enumerate(walks) for at, name, rssi in walk.packets
    ]
    scanner = np.array([row[0] for row in rows])
    level = np.array([row[1] for row in rows], dtype=float)
    at = np.array([row[2] for row in rows])
    number = np.array([row[3] for row in rows])
    x, y = np.zeros(len(rows)), np.zeros(len(rows))
    for which, walk in enumerate(walks):
        times, xs, ys = (np.array(column) for column in zip(*walk.places, strict=True))
        mine = number == which
        x[mine], y[mine] = np.interp(at[mine], times, xs), np.interp(at[mine], times, ys)
    hung = np.array([(each.x, each.y, each.z) for each in layout.scanners.values()])[scanner]
    distance = np.sqrt((x - hung[:, 0]) ** 2 + (y - hung[:, 1]) ** 2 + (hung[:, 2] - _TAG_HEIGHT_M) ** 2)
    return scanner, level, distance, x, y, at, number


def _correlations(
    scanner: NDArray[np.int64], off: Column, x: Column, y: Column, at: Column, number: NDArray[np.int64]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean products of pairs that one scanner heard on one walk, against the variance, by distance and by time apart."""
    products, metres, seconds = [], [], []
    for one in np.unique(scanner):
        for walk in np.unique(number):
            rows = np.flatnonzero((scanner == one) & (number == walk))
            rows = rows[np.argsort(at[rows], kind="stable")]
            for lag in range(1, min(_PAIRS, len(rows))):
                first, second = rows[:-lag], rows[lag:]
                products.append(off[first] * off[second])
                metres.append(np.hypot(x[first] - x[second], y[first] - y[second]))
                seconds.append(at[second] - at[first])
    product, apart, later = np.concatenate(products), np.concatenate(metres), np.concatenate(seconds)
    return _binned(product, apart, DISTANCES_M, off), _binned(product, later, TIMES_S, off)


def _binned(product: Column, key: Column, bounds: tuple[float, ...], off: Column) -> tuple[float, ...]:
    lower = (0.0, *bounds[:-1])
    return tuple(
        float(product[(key >= low) & (key < high)].mean() / off.var()) for low, high in zip(lower, bounds, strict=True)
    )
