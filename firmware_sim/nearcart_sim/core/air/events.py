"""Advertising events of many devices at once, as columns."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from nearcart_sim.core.chance import Words

Microseconds = NDArray[np.int64]
"""Since the beginning of the scenario."""


@dataclass(frozen=True, slots=True)
class Events:
    """One row an advertising event. Metres; ``facing_*`` a unit vector, or nothing for a device that nobody carries."""

    at: Microseconds
    device: Words
    """The device's key of chance."""
    number: NDArray[np.int64]
    """Counts a device's events, in order."""
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    facing_x: NDArray[np.float64]
    facing_y: NDArray[np.float64]
    louder: NDArray[np.int32]
    """1/128 dB above a tag of the usual power."""
    broadcast: NDArray[np.int32]
    """What it says: a number that the caller gave out."""

    def __len__(self) -> int:
        return len(self.at)

    def rows(self, rows: slice | NDArray[np.intp]) -> "Events":
        """Some of them."""
        return Events(*(getattr(self, field.name)[rows] for field in fields(self)))


def joined(blocks: list[Events]) -> Events:
    """All of them, one after the other."""
    return Events(*(np.concatenate([getattr(block, field.name) for block in blocks]) for field in fields(Events)))


def nothing() -> Events:
    """No event."""
    none, places = np.empty(0, dtype=np.int64), np.empty(0)
    return Events(
        none, none.astype(np.uint64), none, places, places, places, places, none.astype(np.int32), none.astype(np.int32)
    )
