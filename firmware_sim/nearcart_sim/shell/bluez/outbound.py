"""Everything that the virtual bluetoothd sends, in order, at the pace at which the D-Bus daemon takes it.

dbus-fast's writer gives its connection up when the socket is full (``BlockingIOError``, seen with 5.0 after some 400 signals
in a row). So at most ``WINDOW`` messages are under way; then the daemon is pinged, and its answer proves that it has them.
"""

import asyncio
from collections import deque
from contextlib import suppress

import structlog
from dbus_fast import Message
from dbus_fast.aio.message_bus import MessageBus

from nearcart_sim.shell.bluez.names import DBUS, DBUS_PATH

log = structlog.get_logger(__name__)

WINDOW = 64
"""Messages sent between two pings: a Linux unix socket takes some 400 of the size of an advertisement's signal."""

Reply = asyncio.Future[Message]


class Outbound:
    """A queue in front of one connection. ``run`` sends; all other methods return at once."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._waiting: deque[tuple[Message, Reply | None]] = deque()
        self._closed = False
        self._wake = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._calls: set[asyncio.Task[None]] = set()

    def put(self, message: Message) -> None:
        """Queue a signal or a reply."""
        self._waiting.append((message, None))
        self._notice()

    def call(self, message: Message) -> Reply:
        """Queue a method call; the future holds its answer."""
        reply: Reply = asyncio.get_running_loop().create_future()
        self._waiting.append((message, reply))
        self._notice()
        return reply

    async def drain(self) -> None:
        """Until the daemon has taken all that was queued so far and since."""
        await self._empty.wait()

    def close(self) -> None:
        """Drop what waits and what will come, and let nobody wait for it."""
        self._closed = True
        self._waiting.clear()
        self._empty.set()
        for call in self._calls:
            call.cancel()

    async def run(self) -> None:
        """Send for ever; ends when the connection is lost."""
        try:
            while self._bus.connected:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    await self._send_window()
                self._empty.set()
        except (OSError, EOFError) as error:
            log.info("bus_lost", problem=str(error) or type(error).__name__)
        finally:
            self.close()

    async def _send_window(self) -> None:
        for _ in range(min(WINDOW, len(self._waiting))):
            message, reply = self._waiting.popleft()
            if reply is not None:
                self._start_call(message, reply)
                continue
            await self._bus.send(message)
        await self._bus.call(
            Message(destination=DBUS, path=DBUS_PATH, interface="org.freedesktop.DBus.Peer", member="Ping")
        )

    def _start_call(self, message: Message, reply: Reply) -> None:
        async def ask() -> None:
            with suppress(OSError, EOFError):
                answer = await self._bus.call(message)
                if answer is not None and not reply.done():
                    reply.set_result(answer)

        task = asyncio.create_task(ask())
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    def _notice(self) -> None:
        if self._closed:
            self._waiting.clear()
            return
        self._empty.clear()
        self._wake.set()
