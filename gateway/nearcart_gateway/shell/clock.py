"""The store's clock: steady while the kernel's steps, and stepped on purpose when the kernel's is known to be right."""

import ctypes
import time

from nearcart_contract.edge_state import Clock

STEP_S = 2.0
"""A difference to the kernel's clock above this is taken over, once the kernel says that its clock is synchronised."""

_TIMEX_BYTES = 256
_TIME_ERROR = 5


def kernel_clock() -> Clock:
    """What the kernel says of its clock: ``adjtimex(2)`` returns TIME_ERROR while it is not synchronised."""
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return "unknown"
    if state < 0:
        return "unknown"
    return "unsynchronised" if state == _TIME_ERROR else "synchronised"


class StoreClock:
    """Unix seconds that never jump by themselves. ``offset`` pretends another time of day (demo and tests)."""

    def __init__(self, offset: float = 0.0) -> None:
        self._offset = offset
        self._pretended = offset != 0.0
        self._base = time.time() + offset - time.monotonic()

    def now(self) -> float:
        return self._base + time.monotonic()

    def at_monotonic(self, monotonic: float) -> float:
        """The store's time of a reading of this machine's monotonic clock."""
        return self._base + monotonic

    def state(self) -> Clock:
        """The kernel's word on its clock; a time that is pretended is right by definition."""
        return "synchronised" if self._pretended else kernel_clock()

    def step(self) -> float:
        """Take over the kernel's time when it is synchronised and differs; returns by how many seconds, 0 mostly."""
        difference = time.time() + self._offset - self.now()
        if abs(difference) < STEP_S or kernel_clock() == "unsynchronised":
            return 0.0
        self._base += difference
        return difference
