"""How much memory this process holds, and holding less of it."""

import ctypes
import gc
import os
from contextlib import suppress
from pathlib import Path

_STATM = Path("/proc/self/statm")


def resident_mb() -> float | None:
    """Resident memory in MB (10^6 bytes); none where the kernel does not say."""
    try:
        pages = int(_STATM.read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


_M_ARENA_MAX = -8
"""malloc.h: threads share one heap; each of an edge's two would else keep free memory of its own."""

_M_MMAP_THRESHOLD, _BIG_BYTES = -3, 65_536
"""malloc.h: messages of this size have pages of their own, which go when they do. Left alone, glibc stops doing so after the first."""


def give_back_memory() -> None:
    """After start, and after a big roster: collect what importing left behind, keep the collector from looking at the rest, return free pages."""
    gc.collect()
    gc.freeze()
    with suppress(OSError, AttributeError):  # only glibc has mallopt(3) and malloc_trim(3)
        library = ctypes.CDLL(None)
        library.mallopt(_M_ARENA_MAX, 1)
        library.mallopt(_M_MMAP_THRESHOLD, _BIG_BYTES)
        library.malloc_trim(0)
