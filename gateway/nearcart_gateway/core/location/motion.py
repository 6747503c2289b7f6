"""How people move in shops: they stand, or walk in a direction that they keep for a while.

The state is (mode, cell): mode 0 stands, the others walk in evenly spread directions. A step of time mixes the modes and
moves each mode's mass with a normal of its mean walk; both are products with small matrices.
"""

import math
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from nearcart_gateway.core.location.floor_grid import SMALLEST_CELL_M, FloorGrid

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

WITHIN = 5
"""So many places within a cell are tried."""

AT_A_TIME = 2
"""So many steps go at once past shelves and walls."""

Array32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Step:
    """``mix`` (modes, modes), ``along`` (modes, columns, columns) and ``across`` (modes, rows, rows) for one length of time;
    ``stays`` (modes, columns, rows): the share of the mass that something stands in the way of, where anything does."""

    mix: Array32
    along: Array32
    across: Array32
    stays: Array32 | None


class Motion:
    """The motion model on one grid. ``entered``: the chance that a step into each cell (columns, rows) is made, if anything
    stands on the floor (``obstacles``)."""

    def __init__(self, grid: FloorGrid, entered: Array32 | None = None) -> None:
        self._grid = grid
        self._entered = entered
        self._step = cache(self._make)

    def start(self, people: int) -> Array32:
        """Beliefs of people of whom nothing is known: (people, modes, columns, rows)."""
        shape = (people, MODES, self._grid.columns, self._grid.rows)
        floor = np.ones(shape[2:], dtype=np.float32) if self._entered is None else self._entered
        return np.asarray(np.broadcast_to(floor / np.float32(MODES * floor.sum()), shape).copy())

    def predict(self, belief: Array32, seconds: float) -> Array32:
        """Beliefs (people, modes, columns, rows) this much later."""
        after = belief.copy()
        self.carry(after, seconds, np.empty_like(after))
        return after

    def carry(self, belief: Array32, seconds: float, room: Array32) -> None:
        """``predict`` in place, with ``room`` of the same shape: a megabyte that is allocated anew each time costs more than
        the sums."""
        for step in self._steps(seconds):
            flat = (len(belief), MODES, -1)
            np.matmul(step.mix, belief.reshape(flat), out=room.reshape(flat))
            kept = None if step.stays is None else room * step.stays
            np.matmul(step.along, room, out=belief)
            np.matmul(belief, step.across, out=room)
            if kept is None or self._entered is None:
                belief[...] = room
            else:
                np.multiply(room, self._entered, out=belief)
                belief += kept

    def reverse(self, belief: Array32, seconds: float) -> Array32:
        """The transpose of ``predict``, for smoothing backwards in time."""
        for step in reversed(self._steps(seconds)):
            to = belief if self._entered is None else belief * self._entered
            moved = step.along.transpose(0, 2, 1) @ to @ step.across.transpose(0, 2, 1)
            if step.stays is not None:
                moved += step.stays * belief
            mixed = step.mix.T @ moved.reshape(len(belief), MODES, -1)
            belief = np.asarray(mixed.reshape(belief.shape), dtype=np.float32)
        return belief

    def _steps(self, seconds: float) -> list[Step]:
        """One step of the whole time; where something stands in the way, short ones, or people would jump over it."""
        steps = min(round(seconds / STEP_S), round(LONGEST_S / STEP_S))
        if steps <= 0:
            return []
        if self._entered is None:
            return [self._step(steps)]
        return [self._step(AT_A_TIME)] * (steps // AT_A_TIME) + [self._step(1)] * (steps % AT_A_TIME)

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
        return self._among(Step(_mix(seconds), along.astype(np.float32), across.astype(np.float32), None))

    def _among(self, step: Step) -> Step:
        """The same step between what stands on the floor: mass that would enter it stays where it was."""
        if self._entered is None:
            return step
        enters = step.along.transpose(0, 2, 1) @ self._entered @ step.across.transpose(0, 2, 1)
        return replace(step, stays=(1 - enters).astype(np.float32))


def _kernel(cells: int, cell: float, mean: float, spread: float) -> NDArray[np.float64]:
    """Probability of each cell (column) one step after each cell (row); nobody walks through the outer walls."""
    edges = (np.arange(cells + 1) - 0.5) * cell
    far = [
        [_reach(edge - start * cell - mean, spread, cell if abs(mean) > 1e-9 else 0.0) for edge in edges]
        for start in range(cells)
    ]
    reach = np.array(far)
    mass = np.maximum(np.diff(reach, axis=1) / 2, 0.0)
    mass[:, 0] += (1 + reach[:, 0]) / 2
    mass[:, -1] += (1 - reach[:, -1]) / 2
    return np.asarray(mass / mass.sum(axis=1, keepdims=True))


def _reach(to: float, spread: float, cell: float) -> float:
    """Twice the chance, less one, to come no further than ``to``. Who walks in cells larger than the smallest is anywhere in hers:
    from its middle a short step would hardly ever leave it, and she would be taken to be slower than she is."""
    wide = cell if cell > SMALLEST_CELL_M else 0.0
    places = ((number + 0.5) / WITHIN - 0.5 for number in range(WITHIN)) if wide else (0.0,)
    chances = [math.erf((to - place * wide) / (spread * math.sqrt(2))) for place in places]
    return sum(chances) / len(chances)


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
