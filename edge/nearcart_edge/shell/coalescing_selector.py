"""Wakes the event loop for the radio at most every ``INTERVAL_S``: what an advert costs is mostly the waking for it.

At 300 adverts a second bleak alone, woken for each, took 4 % of a core; the whole agent takes less when adverts share a wake. A
packet after a quiet moment is passed on at once; only within the interval after a wake do packets gather. In a flood the interval is shorter.
"""

import asyncio
import fcntl
import select
import socket
import struct
import termios
import time
from selectors import EVENT_READ, EVENT_WRITE, EpollSelector, SelectorKey
from typing import Any

INTERVAL_S = 0.1
"""Seconds a packet may wait for company. A shopper does not notice them, nor does the median over seconds of packets."""

SHORTEST_S = 0.005
COMFORTABLE_BYTES = 40_000
"""Waiting in the socket at a wake. It holds some 140,000 of adverts, and when it is full more wait in the bus's daemon, where a flood is late by
seconds: so the more there is at a wake, the sooner is the next."""

_POLL = {
    EVENT_READ: select.POLLIN,
    EVENT_WRITE: select.POLLOUT,
    EVENT_READ | EVENT_WRITE: select.POLLIN | select.POLLOUT,
}


class CoalescingSelector(EpollSelector):
    """An epoll that looks at D-Bus at most every ``INTERVAL_S``, and at all else at once.

    D-Bus is whatever comes over a Unix socket, but for the loop's own wake-up (finished disk work, signals), which the loop
    registers before anything else.
    """

    def __init__(self) -> None:
        super().__init__()
        self._patient: set[int] = set()
        self._last = 0.0
        self._interval = INTERVAL_S

    def register(self, fileobj: Any, events: int, data: Any = None) -> SelectorKey:
        """As in the base class."""
        first = not self.get_map()
        key = super().register(fileobj, events, data)
        if not first and _is_unix_socket(key.fd):
            self._patient.add(key.fd)
        return key

    def unregister(self, fileobj: Any) -> SelectorKey:
        """As in the base class."""
        key = super().unregister(fileobj)
        self._patient.discard(key.fd)
        return key

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """As in the base class, except that D-Bus messages soon after the last wake wait for their company."""
        now = time.monotonic()
        rest = self._last + self._interval - now
        if self._patient and rest > 0 and timeout != 0:
            self._wait_for_others(rest if timeout is None else min(rest, timeout))
            if timeout is not None:
                timeout = max(0.0, timeout - (time.monotonic() - now))
        ready = super().select(timeout)
        packets = [key.fd for key, _ in ready if key.fd in self._patient]
        if packets:
            self._last = time.monotonic()
            self._interval = _next_interval(self._interval, max(map(_waiting_bytes, packets)))
        return ready

    def _wait_for_others(self, seconds: float) -> None:
        poll = select.poll()
        for key in self.get_map().values():
            if key.fd not in self._patient:
                poll.register(key.fd, _POLL[key.events])
        poll.poll(seconds * 1000)


def coalescing_loop() -> asyncio.SelectorEventLoop:
    """An event loop on such a selector."""
    return asyncio.SelectorEventLoop(CoalescingSelector())


def _next_interval(interval: float, waiting: int) -> float:
    """Seconds to the next wake, when so many bytes came within ``interval``."""
    return max(SHORTEST_S, min(INTERVAL_S, interval * COMFORTABLE_BYTES / max(1, waiting)))


def _waiting_bytes(descriptor: int) -> int:
    """What can be read from a socket now (``FIONREAD``); 0 where the kernel does not say."""
    try:
        answer = fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4))
    except OSError:
        return 0
    return int(struct.unpack("i", answer)[0])


def _is_unix_socket(descriptor: int) -> bool:
    try:
        probe = socket.socket(fileno=descriptor)
    except OSError:
        return False
    try:
        return probe.family == socket.AF_UNIX
    finally:
        probe.detach()
