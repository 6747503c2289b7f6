"""The edge's clocks: monotonic with the boot it belongs to, wall, and what the kernel says of the wall clock."""

import ctypes
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from nearcart_contract.edge_state import Clock as KernelClock
from nearcart_contract.presence import Stamp

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_STA_UNSYNC = 0x0040
"""linux/timex.h: the clock is unsynchronised."""


class Clock(Protocol):
    """What the agent reads time from."""

    @property
    def boot(self) -> UUID: ...

    def monotonic(self) -> float:
        """Seconds since some point of this boot."""

    def wall(self) -> float:
        """Unix seconds; may jump."""

    def kernel(self) -> KernelClock:
        """Whether the wall clock is to be trusted."""


class SystemClock:
    """Linux's clocks."""

    def __init__(self) -> None:
        self.boot = UUID(_BOOT_ID.read_text().strip())

    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    def kernel(self) -> KernelClock:
        return kernel_clock()


class SteadyWall:
    """The wall clock as rolling identifiers need it: without steps that nobody vouches for.

    Whoever sets the clock by hand makes the kernel call it unsynchronised; until a time server has had its say time runs on from what it was.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead = clock.wall() - clock.monotonic()

    def now(self) -> float:
        """Unix seconds."""
        monotonic = self._clock.monotonic()
        if self._clock.kernel() != "unsynchronised":
            self._ahead = self._clock.wall() - monotonic
        return monotonic + self._ahead


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment read on both clocks, from which moments shortly before it are stamped."""

    monotonic: float
    wall: float
    boot: UUID

    def stamp(self, at: float | None = None) -> Stamp:
        """The stamp of ``at`` on the monotonic clock, else of the instant itself."""
        monotonic = self.monotonic if at is None else at
        return Stamp(at=self.wall - (self.monotonic - monotonic), monotonic=max(0.0, monotonic), boot=self.boot)


def instant(clock: Clock) -> Instant:
    """Now, on both clocks."""
    return Instant(clock.monotonic(), clock.wall(), clock.boot)


class _Timex(ctypes.Structure):
    """The head of ``struct timex`` (adjtimex(2)); the rest is room for the kernel to write."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 512),
    )


def kernel_clock() -> KernelClock:
    """What ``adjtimex`` says; unknown where it may not be asked."""
    timex = _Timex()
    try:
        answer = ctypes.CDLL(None).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return "unknown"
    if answer < 0:
        return "unknown"
    return "unsynchronised" if timex.status & _STA_UNSYNC else "synchronised"
