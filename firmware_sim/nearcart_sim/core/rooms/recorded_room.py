"""A room like a recorded one: what a walk with its truth says of the radio in it, as a scenario's parameters.

The law of distance is the plain part (``law``). What is off it is split by ``likelihood``; what belongs to the places walked through is handed on as
levels measured there, so that the room is this one and not only one of its kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.store_file import Layout
from nearcart_sim.core.air.copy import Packet, Place
from nearcart_sim.core.rooms.fading import shape_of
from nearcart_sim.core.rooms.law import Law, law_of, walked_at
from nearcart_sim.core.rooms.likelihood import SLOT_S, Likelihood, Progress, Slots
from nearcart_sim.core.rooms.radio_parameters import MeasuredLevel, RadioParameters

Column = NDArray[np.float64]

_CELL_M, _MOST_CELLS = 0.5, 300
"""What one scanner heard from a square is one measured level; squares are larger where so many of them are not enough."""
_INDEPENDENT_AFTER = 1.5
"""Times of the drift: the mean of a long while is as good as one value each so long."""


@dataclass(frozen=True, slots=True)
class RecordedRoom:
    """``parameters`` say what the recording says, and for the rest the defaults; ``law`` is the part of it that has a formula."""

    law: Law
    parameters: RadioParameters


def recorded_room(
    layout: Layout,
    places: Sequence[Place],
    packets: Sequence[Packet],
    progress: Progress = lambda _, __: None,
) -> RecordedRoom:
    """Of a walk, or of several one after the other; ``progress`` as of ``Likelihood``. Raises ``ValueError`` where no scanner of the layout heard enough."""
    usual = RadioParameters()
    law = law_of(layout, places, packets)
    slots = {name: _slots(layout, law, name, places, packets) for name in law.scanner_db}
    split = Likelihood(list(slots.values()), law.variance, usual.drift_s, progress).likeliest()
    own = split.own_db**2
    unsure = split.drift_db**2 / own * _INDEPENDENT_AFTER * usual.drift_s
    parameters = RadioParameters(
        exponent=law.exponent,
        scanner_db=dict(law.scanner_db),
        measured={name: _measured(layout, law, name, slots[name], unsure) for name in slots},
        shadowing_db=split.shadowing_db,
        shadowing_m=split.shadowing_m,
        drift_db=split.drift_db,
        fading=shape_of(own - usual.noise_db**2),
        loss=law.rhythm.loss,
    )
    return RecordedRoom(law, parameters)


def _slots(layout: Layout, law: Law, name: str, places: Sequence[Place], packets: Sequence[Packet]) -> Slots:
    """Means of what a scanner heard."""
    at, rssi = (
        np.array(column) for column in zip(*((at, rssi) for at, by, rssi in packets if by == name), strict=True)
    )
    x, y = walked_at(places, at)
    off = rssi - law.level(layout.scanners[name], name, x, y)
    _, number, count = np.unique(np.floor(at / SLOT_S), return_inverse=True, return_counts=True)
    at, x, y, off = (np.bincount(number, column) / count for column in (at, x, y, off))
    return Slots(at, x, y, off, count.astype(float))


def _measured(layout: Layout, law: Law, name: str, slots: Slots, unsure: float) -> tuple[MeasuredLevel, ...]:
    """Mean levels of the squares walked through. In a short while all packets have drifted alike: ``unsure`` seconds make up for one packet."""
    squares = _squares(slots)
    levels = []
    for square in np.unique(squares, axis=1).T:
        inside = (squares == square[:, None]).all(axis=0)
        packets = slots.packets[inside]
        x, y, off = (float(np.average(column[inside], weights=packets)) for column in (slots.x, slots.y, slots.off))
        level = float(law.level(layout.scanners[name], name, np.array([x]), np.array([y]))[0]) + off
        worth = 1 / (1 / float(packets.sum()) + unsure / (SLOT_S * int(inside.sum())))
        levels.append(MeasuredLevel(round(x, 2), round(y, 2), round(level, 2), round(worth, 3)))
    return tuple(levels)


def _squares(slots: Slots) -> NDArray[np.float64]:
    """Column and row of the square of each slot."""
    metres = _CELL_M
    while True:
        squares = np.stack([np.floor(slots.x / metres), np.floor(slots.y / metres)])
        if len(np.unique(squares, axis=1).T) <= _MOST_CELLS:
            return squares
        metres *= 2
