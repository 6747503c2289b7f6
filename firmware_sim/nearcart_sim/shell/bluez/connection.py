"""bluetoothd's own connection to the bus: owns ``org.bluez``, and ends with everything that was started on it."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Self

from dbus_fast import Message, MessageType, NameFlag, RequestNameReply
from dbus_fast.aio.message_bus import MessageBus

from nearcart_sim.shell.bluez.names import BLUEZ, DBUS, DBUS_PATH
from nearcart_sim.shell.bluez.outbound import Outbound

_NAME_OWNERS = f"type='signal',sender='{DBUS}',interface='{DBUS}',member='NameOwnerChanged'"


class Connection:
    """Made by ``open``; ``close`` when done."""

    def __init__(self, bus: MessageBus) -> None:
        self.outbound = Outbound(bus)
        self._bus = bus
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, address: str, take: Callable[[Message], bool]) -> Self:
        """Connect to ``address``, hand every message that arrives to ``take``, and own ``org.bluez``."""
        bus = MessageBus(bus_address=address)
        connection = cls(bus)
        try:
            await bus.connect()
            bus.add_message_handler(take)
            await connection.match(_NAME_OWNERS)
            owned = await bus.request_name(BLUEZ, NameFlag.DO_NOT_QUEUE)
            if owned is not RequestNameReply.PRIMARY_OWNER:
                raise RuntimeError(f"{BLUEZ} on {address} belongs to somebody else ({owned.name})")
        except BaseException:
            bus.disconnect()
            raise
        connection.start(connection.outbound.run())
        connection.start(connection._until_lost())
        return connection

    async def match(self, rule: str) -> None:
        """Ask the daemon for signals. Only before anything else is sent, as it does not queue."""
        reply = await self._bus.call(
            Message(destination=DBUS, path=DBUS_PATH, interface=DBUS, member="AddMatch", signature="s", body=[rule])
        )
        if reply is None or reply.message_type is MessageType.ERROR:
            raise RuntimeError(f"the D-Bus daemon refused the match rule {rule}")

    def start(self, work: Coroutine[object, object, None]) -> None:
        """Run something for as long as the connection is open."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _until_lost(self) -> None:
        """The daemon going away is no error here; but somebody has to take note of it, or asyncio complains."""
        with suppress(OSError, EOFError):
            await self._bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        self.outbound.close()

    async def close(self) -> None:
        """Leave the bus at once; what is still queued is lost, as with any process that dies."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.outbound.close()
        self._bus.disconnect()
