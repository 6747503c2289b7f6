"""Shadowing: a random field that belongs to a scanner and its floor, and that bends to what was measured there.

The field is the sum of three lattices of normal values, with straight lines between their knots (correlation as in Gudmundson, Electronics Letters
27(23), 1991). It is linear in its knots. So a field that is to agree with measured places is the random one plus the least change of its knots
that explains the difference: conditioning by kriging (Matheron, Advances in Applied Probability 5, 1973). Away from those places it stays random.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nearcart_sim.core.chance import QUANTILE_BITS, key_of, normal_quantiles, words
from nearcart_sim.core.rooms.elimination import solved
from nearcart_sim.core.rooms.raster import Column, Knots, Mesh, Raster, knot

_LATTICES = ((0.5, 0.45), (1.5, 0.35), (3.0, 0.20))
"""Spacing in decorrelation distances, and share of the variance: together they fall off as the recordings do."""


@dataclass(frozen=True, slots=True)
class _Lattice:
    """Normal values at whole multiples of ``spacing`` metres. ``bent``: what was added to the knots ``places``, which are sorted."""

    key: int
    spacing: float
    share: float
    places: Knots
    bent: Column

    def at(self, x: Column, y: Column) -> Column:
        """A field of deviation 1 everywhere, while nothing is bent."""
        total, squares = np.zeros_like(x), np.zeros_like(x)
        for place, weight in self.corners(x, y):
            total += weight * self._values(place)
            squares += weight * weight
        return np.asarray(total / np.sqrt(squares))

    def over(self, mesh: Mesh) -> Column:
        """The same, to the last bit, at all places of a raster: each knot is drawn once."""
        values = self._values(mesh.knots)
        total = np.zeros_like(mesh.width)
        for right, horizontal in enumerate(mesh.across.weights):
            for below, vertical in enumerate(mesh.down.weights):
                knots = values[mesh.down.before + below][:, mesh.across.before + right]
                total += horizontal * vertical[:, None] * knots
        return np.asarray(total / mesh.width).ravel()

    def corners(self, x: Column, y: Column) -> Iterator[tuple[Knots, Column]]:
        """The four knots around each place, weighed by nearness."""
        across, down = x / self.spacing, y / self.spacing
        left, top = np.floor(across), np.floor(down)
        right_share, bottom_share = across - left, down - top
        for right in (0, 1):
            for below in (0, 1):
                weight = (right_share if right else 1 - right_share) * (bottom_share if below else 1 - bottom_share)
                column, row = left.astype(np.int64) + right, top.astype(np.int64) + below
                yield knot(column, row), weight

    def _values(self, place: Knots) -> Column:
        drawn = words(np.array([self.key], dtype=np.uint64), place) >> np.uint64(64 - QUANTILE_BITS)
        values = normal_quantiles()[drawn.astype(np.intp)]
        if len(self.places):
            found = np.searchsorted(self.places, place).clip(max=len(self.places) - 1)
            values = values + np.where(self.places[found] == place, self.bent[found], 0.0)
        return np.asarray(values)


class Shadows:
    """Those of one scanner. ``deviation_db`` everywhere, forgotten over ``metres``."""

    def __init__(self, seed: int, scanner: str, deviation_db: float, metres: float) -> None:
        none, nothing = np.empty(0, dtype=np.int64), np.empty(0)
        self._deviation_db = deviation_db
        self._lattices = [
            _Lattice(key_of(seed, "shadowing", scanner, number), spacing * metres, share, none, nothing)
            for number, (spacing, share) in enumerate(_LATTICES)
        ]

    def at(self, x: Column, y: Column) -> Column:
        """dB at each of the places."""
        total = np.zeros_like(x)
        for lattice in self._lattices:
            total += np.sqrt(lattice.share) * lattice.at(x, y)
        return np.asarray(self._deviation_db * total)

    def over(self, raster: Raster) -> Column:
        """The same at all places of a raster, quicker."""
        total = np.zeros_like(raster.x)
        for lattice in self._lattices:
            total += np.sqrt(lattice.share) * lattice.over(raster.mesh(lattice.spacing))
        return np.asarray(self._deviation_db * total)

    def bend(self, x: Column, y: Column, measured_db: Column, variance: Column) -> None:
        """Make the field what it would be, had it been measured: ``measured_db`` at these places, each with the ``variance`` of its error."""
        rows = [self._rows(lattice, x, y) for lattice in self._lattices]
        alike = np.diag(variance)
        for _, weights in rows:
            alike = alike + _covariance(weights)
        pull = solved(alike, measured_db - self.at(x, y))
        self._lattices = [
            _Lattice(lattice.key, lattice.spacing, lattice.share, places, _in_order(weights.T * pull))
            for lattice, (places, weights) in zip(self._lattices, rows, strict=True)
        ]

    def covariances(self, x: Column, y: Column) -> NDArray[np.float64]:
        """Of the field at these places, dB squared; quickly, and not to the last bit alike everywhere."""
        rows = [self._rows(lattice, x, y)[1] for lattice in self._lattices]
        return np.asarray(sum(weights @ weights.T for weights in rows))

    def _rows(self, lattice: _Lattice, x: Column, y: Column) -> tuple[Knots, NDArray[np.float64]]:
        """The knots that these places hang on, in order, and how: dB a unit, a row a place."""
        corners = list(lattice.corners(x, y))
        places, number = np.unique(np.stack([place for place, _ in corners]), return_inverse=True)
        scale = self._deviation_db * np.sqrt(lattice.share) / np.sqrt(sum(weight * weight for _, weight in corners))
        rows = np.zeros((len(x), len(places)))
        for corner, (_, weight) in enumerate(corners):
            rows[np.arange(len(x)), number.reshape(len(corners), -1)[corner]] += weight * scale
        return places, rows


def _covariance(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of sums of independent normal values, by one value after the other: a library's product adds in an order of its own."""
    total = np.zeros((len(weights), len(weights)))
    for column in weights.T:
        touched = np.flatnonzero(column)
        total[np.ix_(touched, touched)] += np.outer(column[touched], column[touched])
    return total


def _in_order(products: NDArray[np.float64]) -> Column:
    """Sums of rows, from the left to the right."""
    return np.asarray(np.cumsum(products, axis=1)[:, -1])
