"""The mean RSSI of every scanner everywhere on the floor, worked out once: path loss, walls and shelves, shadowing.

Path loss is the log-distance law (Rappaport, Wireless Communications, 2nd ed., 4.9) from a table by distance. Shadowing is a random field that
belongs to the scanner and the floor, not to a shopper: whoever stands there is heard alike (Gudmundson, Electronics Letters 27(23), 1991, for its
correlation). It is the sum of three lattices of normal values, with straight lines between their knots.
"""

from collections.abc import Sequence
from math import ceil, log10

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.store_file import Layout, Scanner
from nearcart_sim.core.chance import QUANTILE_BITS, key_of, normal_quantiles, words
from nearcart_sim.core.rooms.fading import UNIT
from nearcart_sim.core.rooms.obstacles import Shelf, Wall, shadow_of, shelf_loss, wall_loss
from nearcart_sim.core.rooms.radio_parameters import RadioParameters

CELL_M = 0.25
MARGIN_M = 2.0
"""The map goes on for this far around the floor."""

TAG_HEIGHT_M = 1.1
MEASURED_POWER_DBM = -59
"""dBm at 1 m of a tag that says nothing else; devices are louder or quieter than it."""

_NEAREST_M = 0.5
_LATTICES = ((0.5, 0.45), (1.5, 0.35), (3.0, 0.20))
"""Spacing in decorrelation distances, and share of the variance: together they fall off as the recordings do."""

Levels = NDArray[np.int16]


class RadioMap:
    """Levels in 1/128 dB by scanner and cell, for a tag of ``MEASURED_POWER_DBM`` at ``TAG_HEIGHT_M``."""

    def __init__(
        self,
        layout: Layout,
        parameters: RadioParameters,
        seed: int,
        *,
        walls: Sequence[Wall] = (),
        shelves: Sequence[Shelf] = (),
    ) -> None:
        self.scanners = tuple(layout.scanners)
        self._left, self._top, width, height = _extent(layout)
        self.columns = ceil(width / CELL_M)
        self.rows = ceil(height / CELL_M)
        x = np.tile(self._left + (np.arange(self.columns) + 0.5) * CELL_M, self.rows)
        y = np.repeat(self._top + (np.arange(self.rows) + 0.5) * CELL_M, self.columns)
        self.levels: list[Levels] = []
        for name, scanner in layout.scanners.items():
            level = _path_loss(scanner, parameters, x, y) + _shadowing(name, parameters, seed, x, y)
            by_chance = parameters.scanner_spread_db * _one_normal(seed, "scanner", name)
            level += parameters.scanner_db.get(name, by_chance)
            for wall in walls:
                level -= wall_loss(wall, (scanner.x, scanner.y), x, y)
            for shelf in shelves:
                self._shade(level, shelf, scanner)
            self.levels.append(np.rint(np.maximum(level, -250.0) * UNIT).astype(np.int16))

    def _shade(self, level: NDArray[np.float64], shelf: Shelf, scanner: Scanner) -> None:
        """Take the shelf's loss from where it can lie in the way; that is a small part of the floor under a high scanner."""
        left, top, right, bottom = shadow_of(shelf, (scanner.x, scanner.y, scanner.z), TAG_HEIGHT_M)
        columns = slice(*self._range(left - self._left, right - self._left, self.columns))
        rows = slice(*self._range(top - self._top, bottom - self._top, self.rows))
        x = self._left + (np.arange(self.columns)[columns] + 0.5) * CELL_M
        y = self._top + (np.arange(self.rows)[rows] + 0.5) * CELL_M
        part = level.reshape(self.rows, self.columns)[rows, columns]
        loss = shelf_loss(
            shelf, (scanner.x, scanner.y, scanner.z), np.tile(x, len(y)), np.repeat(y, len(x)), TAG_HEIGHT_M
        )
        part -= loss.reshape(part.shape)

    @staticmethod
    def _range(low: float, high: float, count: int) -> tuple[int, int]:
        return max(0, min(count, int(low // CELL_M))), max(0, min(count, int(high // CELL_M) + 1))

    def cells(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.intp]:
        """Numbers of the cells of places; a place beyond the map has the cell nearest to it."""
        column = ((x - self._left) / CELL_M).astype(np.intp).clip(0, self.columns - 1)
        row = ((y - self._top) / CELL_M).astype(np.intp).clip(0, self.rows - 1)
        return np.asarray(row * self.columns + column)


def _extent(layout: Layout) -> tuple[float, float, float, float]:
    """Left, top, width and height of the map."""
    xs = [scanner.x for scanner in layout.scanners.values()]
    ys = [scanner.y for scanner in layout.scanners.values()]
    for zone in layout.zones.values():
        xs += [x for x, _ in zone.polygon or ()]
        ys += [y for _, y in zone.polygon or ()]
    if layout.floor is not None:
        xs += [0.0, layout.floor.width]
        ys += [0.0, layout.floor.height]
    left, top = min(xs) - MARGIN_M, min(ys) - MARGIN_M
    return left, top, max(xs) + MARGIN_M - left, max(ys) + MARGIN_M - top


def _path_loss(
    scanner: Scanner, parameters: RadioParameters, x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mean levels in dBm. From a table by decimetre of distance, since logarithms differ from machine to machine."""
    distance = np.sqrt((x - scanner.x) ** 2 + (y - scanner.y) ** 2 + (scanner.z - TAG_HEIGHT_M) ** 2)
    decimetres = np.rint(np.maximum(distance, _NEAREST_M) * 10).astype(np.intp)
    table = [
        round(MEASURED_POWER_DBM - 10 * parameters.exponent * log10(max(1, step) / 10), 3)
        for step in range(int(decimetres.max()) + 1)
    ]
    return np.asarray(np.array(table)[decimetres])


def _shadowing(
    name: str, parameters: RadioParameters, seed: int, x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    total = np.zeros_like(x)
    for number, (spacing, share) in enumerate(_LATTICES):
        key = key_of(seed, "shadowing", name, number)
        total += np.sqrt(share) * _lattice(
            key, x / (spacing * parameters.shadowing_m), y / (spacing * parameters.shadowing_m)
        )
    return np.asarray(parameters.shadowing_db * total)


def _lattice(key: int, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """A field of deviation 1 everywhere: normal values at whole numbers, weighed by nearness in between."""
    left, top = np.floor(x), np.floor(y)
    right_share, bottom_share = x - left, y - top
    total, squares = np.zeros_like(x), np.zeros_like(x)
    for across in (0, 1):
        for down in (0, 1):
            weight = (right_share if across else 1 - right_share) * (bottom_share if down else 1 - bottom_share)
            total += weight * _knots(key, left.astype(np.int64) + across, top.astype(np.int64) + down)
            squares += weight * weight
    return np.asarray(total / np.sqrt(squares))


def _knots(key: int, column: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.float64]:
    place = (column + (1 << 20)) << 24 | (row + (1 << 20))
    drawn = words(np.array([key], dtype=np.uint64), place) >> np.uint64(64 - QUANTILE_BITS)
    return np.asarray(normal_quantiles()[drawn.astype(np.intp)])


def _one_normal(seed: int, *names: object) -> float:
    return float(normal_quantiles()[key_of(seed, *names) >> (64 - QUANTILE_BITS)])
