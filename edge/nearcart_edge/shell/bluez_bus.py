"""The agent's one connection to D-Bus: bleak's own, shared by all adapters, open as long as the agent runs.

A second one would be another client to BlueZ: it could not change the filter of a running scan, and would not notice that bleak's is dead
or late. A new one for each question would read every device that BlueZ knows, each time (github.com/hbldh/bleak/issues/500).
"""

import asyncio
from typing import Any, Self
from weakref import WeakKeyDictionary

from bleak.backends.bluezdbus.manager import BlueZManager, get_global_bluez_manager
from dbus_fast import Message, MessageType
from dbus_fast.aio.message_bus import MessageBus
from dbus_fast.errors import DBusError

from nearcart_edge.shell.device_gate import DeviceGate

BLUEZ = "org.bluez"
PROPERTIES = "org.freedesktop.DBus.Properties"

ANSWER_WITHIN_S = 8.0
"""A bus or bluetoothd that has not answered by then does not answer."""


_gates: WeakKeyDictionary[BlueZManager, tuple[MessageBus, DeviceGate]] = WeakKeyDictionary()


class BluezBus:
    """Questions to BlueZ over bleak's connection. ``gate`` stands on it before bleak."""

    def __init__(self, bus: MessageBus, gate: DeviceGate) -> None:
        self.gate = gate
        self._bus = bus
        self._owner: str | None = None

    @classmethod
    async def open(cls) -> Self:
        """The connection that is there, else a new one. Raises ``DBusError``, ``BleakError``, ``OSError`` or ``EOFError``."""
        async with asyncio.timeout(ANSWER_WITHIN_S):
            manager = await get_global_bluez_manager()
        bus = manager._bus  # bleak has no other door to it; tests hold bleak to it
        if bus is None:
            raise ConnectionResetError("the D-Bus connection is gone")
        return cls(bus, _gate(manager, bus))

    async def call(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> list[Any]:
        """Ask BlueZ. Raises ``DBusError``, ``OSError`` or ``EOFError``; ``ConnectionResetError`` too when bluetoothd is another process than
        at the first question, as it knows nothing then of scans that were begun before."""
        if not self._bus.connected:
            raise ConnectionResetError("the D-Bus connection is gone")
        call = Message(destination=BLUEZ, path=path, interface=interface, member=member, signature=signature, body=body)
        async with asyncio.timeout(ANSWER_WITHIN_S):
            reply = await self._bus.call(call)
        if reply is None or reply.message_type == MessageType.ERROR:
            name = str(reply.error_name) if reply else "org.freedesktop.DBus.Error.NoReply"
            raise DBusError(name, str(reply.body[0]) if reply and reply.body else "no answer")
        if self._owner is None:
            self._owner = reply.sender
        elif reply.sender != self._owner:
            raise ConnectionResetError("bluetoothd was started again")
        return list(reply.body)


def _gate(manager: BlueZManager, bus: MessageBus) -> DeviceGate:
    """The gate on this connection, put there when the connection is new."""
    standing = _gates.get(manager)
    if standing is not None and standing[0] is bus:
        return standing[1]
    gate = DeviceGate(manager._properties)
    bus.remove_message_handler(manager._parse_msg)
    bus.add_message_handler(gate)
    bus.add_message_handler(manager._parse_msg)
    _gates[manager] = bus, gate
    return gate
