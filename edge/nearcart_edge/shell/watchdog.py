"""Tells systemd that the agent is up, and that it still turns: sd_notify(3), by its socket alone.

The watchdog is fed by the agent's own loop, so that an agent that hangs is started again.
"""

import asyncio
import os
import socket
from contextlib import suppress


class Watchdog:
    """Does nothing where nobody asked for it (``NOTIFY_SOCKET``)."""

    def __init__(self) -> None:
        self._path = os.environ.get("NOTIFY_SOCKET", "")
        self._every_s = _half(os.environ.get("WATCHDOG_USEC", ""))

    async def run(self) -> None:
        """Say that it is ready, then feed the watchdog until cancelled, then that it stops."""
        self._say("READY=1")
        try:
            while True:
                await asyncio.sleep(self._every_s or 3600.0)
                if self._every_s:
                    self._say("WATCHDOG=1")
        finally:
            self._say("STOPPING=1")

    def _say(self, text: str) -> None:
        if not self._path:
            return
        address = "\0" + self._path[1:] if self._path.startswith("@") else self._path
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.sendto(text.encode(), address)


def _half(microseconds: str) -> float:
    """Half of the time that systemd waits, in seconds; 0 where it waits for nothing."""
    return int(microseconds) / 2e6 if microseconds.isdigit() else 0.0
