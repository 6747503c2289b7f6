"""The edge's clocks."""

import ctypes
from pathlib import Path
from uuid import UUID

from nearcart_edge.shell.clock import Instant, KernelClock, SteadyWall, SystemClock, _Timex, instant, kernel_clock


def test_the_boot_id_is_the_kernel_s() -> None:
    assert str(SystemClock().boot) == Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def test_the_kernel_says_one_of_its_words() -> None:
    assert kernel_clock() in ("synchronised", "unsynchronised", "unknown")


def test_the_kernel_s_status_word_stands_where_glibc_has_it() -> None:
    """``struct timex`` of sys/timex.h on a 64-bit machine: int and padding, then four longs, then the status."""
    assert ctypes.sizeof(ctypes.c_long) != 8 or _Timex.status.offset == 40
    assert ctypes.sizeof(_Timex) >= 208


def test_a_stamp_of_an_earlier_moment_moves_both_clocks_back() -> None:
    now = Instant(monotonic=100.0, wall=1.7e9, boot=UUID(int=1))
    stamp = now.stamp(90.0)
    assert (stamp.monotonic, stamp.at, stamp.boot) == (90.0, 1.7e9 - 10, UUID(int=1))
    assert now.stamp().monotonic == 100.0


def test_now_is_read_from_both_clocks() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    now = instant(clock)
    assert before <= now.monotonic <= clock.monotonic()
    assert now.boot == clock.boot


class SetClock:
    """A clock that is set by hand or by a time server."""

    boot = UUID(int=1)

    def __init__(self) -> None:
        self.seconds, self.ahead = 100.0, 1.79e9
        self.state: KernelClock = "synchronised"

    def monotonic(self) -> float:
        return self.seconds

    def wall(self) -> float:
        return self.seconds + self.ahead

    def kernel(self) -> KernelClock:
        return self.state


def test_a_step_by_hand_is_not_believed_and_one_by_a_time_server_is() -> None:
    clock = SetClock()
    steady = SteadyWall(clock)
    clock.seconds, clock.ahead, clock.state = 160.0, 1.79e9 + 7 * 3600, "unsynchronised"
    assert steady.now() == 1.79e9 + 160
    clock.seconds, clock.state = 200.0, "synchronised"
    assert steady.now() == clock.wall()


def test_without_a_time_server_the_clock_at_the_start_has_to_do() -> None:
    clock = SetClock()
    clock.state = "unsynchronised"
    steady = SteadyWall(clock)
    clock.seconds += 3600
    assert steady.now() == clock.wall()
    clock.state = "unknown"
    clock.ahead += 5
    assert steady.now() == clock.wall()
