"""What each scanner of a store is worth, and where one more would help most: the coverage with and without it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nearcart_contract.radio_file import Radio
from nearcart_contract.store_file import Layout, Scanner
from nearcart_gateway.core.location.coverage import PLACE_DB, Array, Places, tried
from nearcart_gateway.core.location.floor_grid import FloorGrid
from nearcart_gateway.core.location.radio_map import USUAL_EXPONENT, USUAL_POWER, RadioMap, decades

COARSE_PLACES, COARSE_SPOTS = 160, 36
"""At most so many places are tried for each spot, and about so many spots: what counts here is which is better."""

WORTH_DRAWS = 96
"""Three times those of the map: here differences count."""

NEAREST_SPOT_M = 1.0
"""A new scanner is not hung nearer than this to one that is there."""

NOTHING_ERROR, NOTHING_RIGHT = 0.02, 0.005
"""A scanner adds nothing if without it the mean error grows by less than this share, and less than this of the time is wrong."""


@dataclass(frozen=True, slots=True)
class Figures:
    """``error``: mean over the floor, metres; ``right``: share of the time in the right zone."""

    error: float
    right: float


@dataclass(frozen=True, slots=True)
class Worth:
    """All scanners (``now``), all but each one (``without``), and one more at ``spot`` (x, y, height)."""

    now: Figures
    without: dict[str, Figures]
    spot: tuple[float, float, float] | None
    with_spot: Figures

    def adds_nothing(self) -> tuple[str, ...]:
        """The scanners any one of which could be taken down."""
        return tuple(
            name
            for name, left in self.without.items()
            if left.error < self.now.error * (1 + NOTHING_ERROR) and left.right > self.now.right - NOTHING_RIGHT
        )


def worth(
    layout: Layout,
    grid: FloorGrid,
    radio_map: RadioMap,
    radio: Radio | None,
    normals: Array,
    interval: float = 1.0,
    done: Callable[[int, int], None] | None = None,
) -> Worth:
    """Try each scanner away, and one more at each of some spots. ``normals``: (draws, scanners + 3), the first
    column for the one that is added. ``done`` is told how many
    of how many trials are over."""
    few = _every(grid.cells, COARSE_PLACES)
    places = Places(grid.centres[few], grid.zone_of[few], len(grid.zones))
    coarse = RadioMap(radio_map.mean[:, few], radio_map.variance[:, few], radio_map.noise)
    spots = _spots(layout, grid)
    trials = len(layout.scanners) + len(spots)

    def figures(number: int, mapped: RadioMap, draws: Array) -> Figures:
        if done is not None:
            done(number, trials)
        error, right, _ = tried(places, mapped, draws, interval)
        return Figures(float(error.mean()), float(right.mean()))

    own = normals[:, 1:]
    now = figures(0, coarse, own)
    without = {
        name: figures(number, _without(coarse, number), np.delete(own, number, axis=1))
        for number, name in enumerate(layout.scanners)
    }
    best, spot = now, None
    for number, (x, y, z) in enumerate(spots, len(layout.scanners)):
        more = figures(number, _with(coarse, places.at, (x, y, z), radio), normals)
        if more.error < best.error:
            best, spot = more, (x, y, z)
    return Worth(now, without, spot, best)


def _every(cells: int, most: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Evenly spread indexes, at most so many. The golden ratio's steps leave no rows or columns out of a grid."""
    if cells <= most:
        return np.arange(cells)
    return np.unique((np.arange(most) * 0.6180339887498949 % 1.0 * cells).astype(np.intp))


def _spots(layout: Layout, grid: FloorGrid) -> list[tuple[float, float, float]]:
    """A coarse grid of spots as high as the other scanners hang."""
    there = np.array([(scanner.x, scanner.y) for scanner in layout.scanners.values()])
    height = float(np.median([scanner.z for scanner in layout.scanners.values()]))
    step = max(1, int(np.ceil(np.sqrt(grid.cells / COARSE_SPOTS))))
    lattice = grid.centres.reshape(grid.columns, grid.rows, 2)[step // 2 :: step, step // 2 :: step].reshape(-1, 2)
    near = np.hypot(*(lattice[:, None, :] - there[None, :, :]).transpose(2, 0, 1)).min(axis=1)
    return [(round(float(x), 2), round(float(y), 2), height) for x, y in lattice[near >= NEAREST_SPOT_M]]


def _without(radio: RadioMap, number: int) -> RadioMap:
    return RadioMap(np.delete(radio.mean, number, axis=0), np.delete(radio.variance, number, axis=0), radio.noise)


def _with(radio_map: RadioMap, at: Array, spot: tuple[float, float, float], radio: Radio | None) -> RadioMap:
    """One scanner more, by the mean law of those that are known; nobody surveyed it."""
    x, y, z = spot
    known = () if radio is None else tuple(radio.scanners.values())
    power = float(np.mean([scanner.power for scanner in known])) if known else USUAL_POWER
    exponent = float(np.mean([scanner.exponent for scanner in known])) if known else USUAL_EXPONENT
    alone = Layout(scanners={"new": Scanner(x=x, y=y, z=z, zone="new")})
    mean = power + exponent * decades(alone, at, radio.tag_height if radio is not None else 1.2)
    return RadioMap(
        np.vstack([mean, radio_map.mean]),
        np.vstack([np.full_like(mean, PLACE_DB**2), radio_map.variance]),
        radio_map.noise,
    )
