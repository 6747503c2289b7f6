"""Python's garbage collector, kept from holding up the store.

A full collection walks every object that lives: 120 ms with 5,600 visitors enrolled, in which no offer leaves. What is made at
the start or at an enrolment lives for as long as the gateway does, so it is set aside from the collector's walks. Without
cycles it is freed as ever when nobody holds it any more.
"""

import ctypes
import gc

YOUNG_OBJECTS = 5_000
"""New objects before a collection (Python's default is 700): one full message of samples makes some thousands."""


_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None)


def set_aside_what_lives() -> None:
    """Collect once now, and from now on walk only what comes after. Call it when much was made that stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)


def give_back_what_is_free() -> None:
    """Give the kernel back what C's allocator holds free between what is in use: some megabytes after each burst of messages.

    A millisecond or two; a C library without such a call (musl) gives back by itself.
    """
    if _TRIM is not None:
        _TRIM(0)
