"""What one scanner should have heard of a tag, by what all others heard of it: the scanner that is judged has no say."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from nearcart_contract.radio_file import Radio
from nearcart_contract.store_file import Layout

USUAL_POWER, USUAL_EXPONENT = -60.0, 2.0
"""dBm at 1 m and path loss exponent of a scanner that nobody calibrated."""

TAG_HEIGHT_M, NEAREST_M = 1.2, 0.7
MOST_CELLS = 140
"""Coarse squares are enough here, and each costs a microsecond a scanner."""

SPREAD_DB = 6.0
"""A few packets' mean around the law: noise, bodies, and what is off the law at a place."""

TAG_DB = 6.0
"""How much louder or quieter one tag is than another."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Of one scanner: the likeliest ``cell`` by all others, and what it should hear there, in dBm."""

    cell: int
    level: float


class Expectation:
    """The law of each scanner over coarse squares of the floor."""

    def __init__(self, layout: Layout, radio: Radio | None) -> None:
        self.cells = _squares(layout)
        self.names = tuple(layout.scanners)
        known = {} if radio is None else radio.scanners
        laws = {
            name: (known[name].power, known[name].exponent) if name in known else (USUAL_POWER, USUAL_EXPONENT)
            for name in self.names
        }
        self.exponents = {name: exponent for name, (_, exponent) in laws.items()}
        self.heights = {name: scanner.z for name, scanner in layout.scanners.items()}
        self.levels = {
            name: [
                laws[name][0] + laws[name][1] * decade(math.dist((scanner.x, scanner.y), cell), scanner.z)
                for cell in self.cells
            ]
            for name, scanner in layout.scanners.items()
        }

    def of(self, heard: Mapping[str, float]) -> dict[str, Expected]:
        """For every scanner, whether it heard anything or not. ``heard``: scanner to mean dBm, at least three of them."""
        off = [[level - self.levels[name][cell] for name, level in heard.items()] for cell in range(len(self.cells))]
        sums = [(sum(row), sum(each * each for each in row)) for row in off]
        column = {name: number for number, name in enumerate(heard)}
        return {name: self._one(name, column.get(name), off, sums) for name in self.names}

    def _one(self, name: str, column: int | None, off: list[list[float]], sums: list[tuple[float, float]]) -> Expected:
        """The tag's own power is the one that fits best at each cell, drawn to the usual one (TAG_DB)."""
        others = len(off[0]) - (column is not None)
        share = 1 / (others + (SPREAD_DB / TAG_DB) ** 2)
        fits, tags = [], []
        for row, (total, squares) in zip(off, sums, strict=True):
            own = 0.0 if column is None else row[column]
            rest = total - own
            fits.append((squares - own * own - rest * rest * share) / (-2 * SPREAD_DB**2))
            tags.append(rest * share)
        best = max(range(len(fits)), key=fits.__getitem__)
        weights = [math.exp(fit - fits[best]) for fit in fits]
        levels = self.levels[name]
        level = sum(w * (levels[cell] + tags[cell]) for cell, w in enumerate(weights)) / sum(weights)
        return Expected(best, level)


def decade(metres: float, height: float) -> float:
    """-10 log10 of the distance, for a scanner at this height and so many metres to the side."""
    return -10 * math.log10(max(math.hypot(metres, height - TAG_HEIGHT_M), NEAREST_M))


def _squares(layout: Layout) -> list[tuple[float, float]]:
    """Middles of squares over the floor, or over the rectangle around the scanners and a metre more."""
    xs = [scanner.x for scanner in layout.scanners.values()]
    ys = [scanner.y for scanner in layout.scanners.values()]
    left, top, right, bottom = min(xs) - 1, min(ys) - 1, max(xs) + 1, max(ys) + 1
    if layout.floor is not None:
        left, top, right, bottom = 0.0, 0.0, layout.floor.width, layout.floor.height
    side = max(1.0, math.sqrt((right - left) * (bottom - top) / MOST_CELLS))
    columns, rows = max(1, round((right - left) / side)), max(1, round((bottom - top) / side))
    return [
        (left + (column + 0.5) * (right - left) / columns, top + (row + 0.5) * (bottom - top) / rows)
        for column in range(columns)
        for row in range(rows)
    ]
