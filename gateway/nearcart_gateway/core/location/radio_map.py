"""What each scanner hears of a tag in each cell: mean RSSI and how sure that is.

Log-distance path loss, and where there was a survey its residual as a Gaussian process over the survey's points (universal
kriging, Rasmussen and Williams 2006, section 2.7): near the points the map follows them, far from them the law.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.radio_file import Radio, ScannerRadio
from nearcart_contract.store_file import Layout
from nearcart_gateway.core.location.floor_grid import FloorGrid

Array = NDArray[np.float64]

NEAREST_M = 0.5
"""Nearer than this a tag is not heard louder: bodies and antennas are not points."""

USUAL_POWER, USUAL_EXPONENT = -60.0, 2.0
"""dBm at 1 m and path loss exponent where nobody calibrated; the tag's own power is learnt as it is heard."""

POWER_SPREAD, EXPONENT_SPREAD = 5.0, 0.5
"""How far a scanner may be off the law that was fitted to its survey, in dB and in the exponent."""

UNCALIBRATED_NOISE_DB = 5.5
"""Packets around the law alone; measured 4.6 to 5.9 dB around a law fitted to each scanner in a hall."""


@dataclass(frozen=True, slots=True)
class RadioMap:
    """``mean`` (dBm) and ``variance`` (dB²) are (scanners, cells), scanners in the layout's order; ``noise`` in dB."""

    mean: Array
    variance: Array
    noise: float


def decades(layout: Layout, places: Array, tag_height: float) -> Array:
    """-10 log10 of the distance in metres from each scanner to each place: (scanners, places)."""
    at = np.array([(scanner.x, scanner.y, scanner.z) for scanner in layout.scanners.values()])
    flat = ((places[None, :, :] - at[:, None, :2]) ** 2).sum(axis=-1)
    distance = np.sqrt(flat + (at[:, None, 2] - tag_height) ** 2)
    return np.asarray(-10.0 * np.log10(np.maximum(distance, NEAREST_M)))


def uncalibrated(layout: Layout, grid: FloorGrid) -> RadioMap:
    """The usual law for every scanner."""
    mean = USUAL_POWER + USUAL_EXPONENT * decades(layout, grid.centres, tag_height=1.2)
    return RadioMap(mean, np.zeros_like(mean), UNCALIBRATED_NOISE_DB)


def calibrated(layout: Layout, grid: FloorGrid, radio: Radio) -> RadioMap:
    """A calibration's map; a scanner that it does not know follows the mean of those it knows."""
    known = list(radio.scanners.values())
    usual = ScannerRadio(
        power=float(np.mean([scanner.power for scanner in known])),
        exponent=float(np.mean([scanner.exponent for scanner in known])),
    )
    cells = decades(layout, grid.centres, radio.tag_height)
    rows = [
        _scanner(layout, number, radio.scanners.get(name, usual), radio, grid, cells[number])
        for number, name in enumerate(layout.scanners)
    ]
    return RadioMap(np.array([mean for mean, _ in rows]), np.array([spread for _, spread in rows]), radio.noise_db)


def _scanner(
    layout: Layout, number: int, scanner: ScannerRadio, radio: Radio, grid: FloorGrid, cells: Array
) -> tuple[Array, Array]:
    """Mean and variance of one scanner in every cell."""
    law = np.stack([np.ones_like(cells), cells], axis=1)
    spread = np.diag([POWER_SPREAD**2, EXPONENT_SPREAD**2])
    prior = law @ np.array([scanner.power, scanner.exponent])
    if not scanner.survey:
        return prior, np.zeros_like(cells)
    survey = np.array(scanner.survey)
    points = survey[:, :2]
    heard = decades(layout, points, radio.tag_height)[number]
    heard_law = np.stack([np.ones_like(heard), heard], axis=1)
    among = _shadow(points, points, radio) + heard_law @ spread @ heard_law.T
    among += np.diag(radio.noise_db**2 / survey[:, 3])
    across = _shadow(grid.centres, points, radio) + law @ spread @ heard_law.T
    residual = survey[:, 2] - heard_law @ np.array([scanner.power, scanner.exponent])
    solved = np.linalg.solve(among, np.column_stack([residual, across.T]))
    alone = radio.shadow_db**2 + np.einsum("ij,jk,ik->i", law, spread, law)
    variance = alone - np.einsum("ij,ji->i", across, solved[:, 1:])
    return prior + across @ solved[:, 0], np.maximum(variance, 0.0)


def _shadow(places: Array, others: Array, radio: Radio) -> Array:
    """Covariance (dB²) of the residual at two sets of places."""
    squared = ((places[:, None, :] - others[None, :, :]) ** 2).sum(axis=-1)
    return np.asarray(radio.shadow_db**2 * np.exp(-squared / (2 * radio.shadow_m**2)))
