"""How people move in shops: they stand, or walk in a direction that they keep for a while.

The state is (mode, cell): mode 0 stands, the others walk in evenly spread directions. A step of time mixes the modes and
moves each mode's mass with a normal of its mean walk; both are products with small matrices.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from nearcart_gateway.core.location.floor_grid import FloorGrid

DIRECTIONS = 8
MODES = DIRECTIONS + 1

WALK_M_S = 0.5
"""Mean speed of somebody who walks among shelves."""

SPREAD_M = 0.25
"""Standard deviation of the way walked in one second, around the mean; a third of it when she stands."""

START_PER_S, STOP_PER_S, TURN_PER_S = 0.3, 0.05, 0.15
"""Rates at which standing becomes walking, walking standing, and one direction another."""

STEP_S, LONGEST_S = 0.25, 4.0
"""Time goes in multiples of the step; past the longest gap a person is as far as after it."""

Array32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Step:
    """``mix`` (modes, modes), ``along`` (modes, columns, columns) and ``across`` (modes, rows, rows) for one length of time."""

    mix: Array32
    along: Array32
    across: Array32


class Motion:
    """The motion model on one grid."""

    def __init__(self, grid: FloorGrid) -> None:
        self._grid = grid
        self._step = cache(self._make)

    def start(self, people: int) -> Array32:
        """Beliefs of people of whom nothing is known: (people, modes, columns, rows)."""
        shape = (people, MODES, self._grid.columns, self._grid.rows)
        return np.full(shape, 1.0, dtype=np.float32) / np.float32(MODES * self._grid.cells)

    def predict(self, belief: Array32, seconds: float) -> Array32:
        """Beliefs (people, modes, columns, rows) this much later."""
        steps = min(round(seconds / STEP_S), round(LONGEST_S / STEP_S))
        if steps <= 0:
            return belief
        step = self._step(steps)
        mixed = (step.mix @ belief.reshape(len(belief), MODES, -1)).reshape(belief.shape)
        return np.asarray(step.along @ mixed @ step.across)

    def carry(self, belief: Array32, seconds: float, room: Array32) -> None:
        """``predict`` in place, with ``room`` of the same shape: a megabyte that is allocated anew each time costs more than
        the sums."""
        steps = min(round(seconds / STEP_S), round(LONGEST_S / STEP_S))
        if steps <= 0:
            return
        step = self._step(steps)
        flat = (len(belief), MODES, -1)
        np.matmul(step.mix, belief.reshape(flat), out=room.reshape(flat))
        np.matmul(step.along, room, out=belief)
        np.matmul(belief, step.across, out=room)
        belief[...] = room

    def reverse(self, belief: Array32, seconds: float) -> Array32:
        """The transpose of ``predict``, for smoothing backwards in time."""
        steps = min(round(seconds / STEP_S), round(LONGEST_S / STEP_S))
        if steps <= 0:
            return belief
        step = self._step(steps)
        moved = step.along.transpose(0, 2, 1) @ belief @ step.across.transpose(0, 2, 1)
        mixed = step.mix.T @ moved.reshape(len(belief), MODES, -1)
        return np.asarray(mixed.reshape(belief.shape), dtype=np.float32)

    def _make(self, steps: int) -> Step:
        seconds = steps * STEP_S
        angles = [2 * math.pi * number / DIRECTIONS for number in range(DIRECTIONS)]
        spread = SPREAD_M * math.sqrt(seconds)
        walk = WALK_M_S * seconds
        still = (0.0, spread / 3)
        ways_x = [still, *((walk * math.cos(angle), spread) for angle in angles)]
        ways_y = [still, *((walk * math.sin(angle), spread) for angle in angles)]
        along = np.array([_kernel(self._grid.columns, self._grid.cell, *way).T for way in ways_x])
        across = np.array([_kernel(self._grid.rows, self._grid.cell, *way) for way in ways_y])
        return Step(_mix(seconds), along.astype(np.float32), across.astype(np.float32))


def _kernel(cells: int, cell: float, mean: float, spread: float) -> NDArray[np.float64]:
    """Probability of each cell (column) one step after each cell (row); nobody walks through the outer walls."""
    edges = (np.arange(cells + 1) - 0.5) * cell
    reach = np.array(
        [[math.erf((edge - start * cell - mean) / (spread * math.sqrt(2))) for edge in edges] for start in range(cells)]
    )
    mass = np.maximum(np.diff(reach, axis=1) / 2, 0.0)
    mass[:, 0] += (1 + reach[:, 0]) / 2
    mass[:, -1] += (1 - reach[:, -1]) / 2
    return np.asarray(mass / mass.sum(axis=1, keepdims=True))


def _mix(seconds: float) -> Array32:
    """(to, from) probabilities of the modes: a turn goes mostly to a neighbouring direction."""
    start, stop, turn = (1 - math.exp(-rate * seconds) for rate in (START_PER_S, STOP_PER_S, TURN_PER_S))
    mix = np.zeros((MODES, MODES))
    mix[0, 0], mix[1:, 0] = 1 - start, start / DIRECTIONS
    for direction in range(DIRECTIONS):
        mix[0, 1 + direction] = stop
        mix[1:, 1 + direction] += (1 - stop) * turn * 0.3 / DIRECTIONS
        mix[1 + direction, 1 + direction] += (1 - stop) * (1 - turn)
        for neighbour in (direction - 1, direction + 1):
            mix[1 + neighbour % DIRECTIONS, 1 + direction] += (1 - stop) * turn * 0.35
    return mix.astype(np.float32)
