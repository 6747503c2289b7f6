"""The mean RSSI of every scanner everywhere on the floor, worked out once: path loss, walls and shelves, shadowing.

Path loss is the log-distance law (Rappaport, Wireless Communications, 2nd ed., 4.9) from a table by distance. Shadowing belongs to the scanner and
the floor, not to a shopper: whoever stands there is heard alike. Where levels were measured, the map has them.
"""

from collections.abc import Sequence
from math import ceil, log10

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.store_file import Layout, Scanner
from nearcart_sim.core.chance import QUANTILE_BITS, key_of, normal_quantiles
from nearcart_sim.core.rooms.fading import UNIT, variance_of_packets
from nearcart_sim.core.rooms.obstacles import Shelf, Wall, shadow_of, shelf_loss, wall_loss
from nearcart_sim.core.rooms.radio_parameters import MeasuredLevel, RadioParameters
from nearcart_sim.core.rooms.raster import Raster
from nearcart_sim.core.rooms.shadows import Shadows

CELL_M = 0.25
MARGIN_M = 2.0
"""The map goes on for this far around the floor."""

TAG_HEIGHT_M = 1.1
MEASURED_POWER_DBM = -59
"""dBm at 1 m of a tag that says nothing else; devices are louder or quieter than it."""

_NEAREST_M = 0.5
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
        raster = Raster(_middles(self._left, self.columns), _middles(self._top, self.rows))
        self.levels: list[Levels] = []
        for name, scanner in layout.scanners.items():
            shadows = Shadows(seed, name, parameters.shadowing_db, parameters.shadowing_m)
            by_chance = parameters.scanner_spread_db * _one_normal(seed, "scanner", name)
            louder = parameters.scanner_db.get(name, by_chance)
            if measured := parameters.measured.get(name):
                _bend(shadows, measured, scanner, louder, parameters, walls, shelves)
            level = _unshadowed(scanner, louder, parameters, walls, raster.x, raster.y) + shadows.over(raster)
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


def _middles(first: float, count: int) -> NDArray[np.float64]:
    """Of so many cells in a row."""
    return np.asarray(first + (np.arange(count) + 0.5) * CELL_M)


def _bend(
    shadows: Shadows,
    measured: Sequence[MeasuredLevel],
    scanner: Scanner,
    louder: float,
    parameters: RadioParameters,
    walls: Sequence[Wall],
    shelves: Sequence[Shelf],
) -> None:
    """Give the shadows what was measured beyond the law, walls and shelves."""
    x, y, dbm, packets = (np.array(column, dtype=float) for column in zip(*measured, strict=True))
    rest = dbm - _unshadowed(scanner, louder, parameters, walls, x, y)
    for shelf in shelves:
        rest += shelf_loss(shelf, (scanner.x, scanner.y, scanner.z), x, y, TAG_HEIGHT_M)
    shadows.bend(x, y, rest, variance_of_packets(parameters.fading, parameters.noise_db) / packets)


def _unshadowed(
    scanner: Scanner,
    louder: float,
    parameters: RadioParameters,
    walls: Sequence[Wall],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> NDArray[np.float64]:
    """dBm by distance, the scanner's loudness and walls."""
    level = _path_loss(scanner, parameters, x, y) + louder
    for wall in walls:
        level -= wall_loss(wall, (scanner.x, scanner.y), x, y)
    return np.asarray(level)


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


def _one_normal(seed: int, *names: object) -> float:
    return float(normal_quantiles()[key_of(seed, *names) >> (64 - QUANTILE_BITS)])
