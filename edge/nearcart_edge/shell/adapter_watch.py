"""Asks BlueZ whether an adapter still scans, and says in a sentence what is wrong with one.

A connection of its own without match rules: no signal wakes it, and bleak's can die without bleak noticing.
"""

import asyncio
from collections.abc import Collection
from types import TracebackType
from typing import Any, Self

from bleak.exc import BleakDBusError
from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio.message_bus import MessageBus
from dbus_fast.errors import DBusError

_BLUEZ = "org.bluez"
_ADAPTER = "org.bluez.Adapter1"
_PROPERTIES = "org.freedesktop.DBus.Properties"

OFF_FOR_S = 1.0
"""A controller that is switched off and on at once may not notice."""


class AdapterWatch:
    """One adapter, for as long as the connection to the bus is open."""

    def __init__(self, adapter: str, *, discovering: bool) -> None:
        """``discovering``: whether BlueZ's property of that name must be true (it is not in passive mode)."""
        self._adapter = adapter
        self._needed = ("Powered", "Discovering") if discovering else ("Powered",)
        self._bus: MessageBus | None = None

    async def __aenter__(self) -> Self:
        bus = MessageBus(bus_type=BusType.SYSTEM)
        try:
            await bus.connect()
        except BaseException:
            bus.disconnect()
            raise
        self._bus = bus
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bus is not None:
            self._bus.disconnect()

    async def check(self) -> None:
        """Raises ``DBusError``, ``OSError`` or ``EOFError`` when the adapter does not scan."""
        body = await self._call(f"/org/bluez/{self._adapter}", _PROPERTIES, "GetAll", "s", [_ADAPTER])
        for name in self._needed:
            if name in body[0] and not body[0][name].value:
                raise DBusError(f"{_BLUEZ}.Error.{'NotReady' if name == 'Powered' else 'Failed'}", f"{name} is off")

    async def set_powered(self, *, on: bool) -> None:
        """Switch it. Raises as ``check``."""
        body = [_ADAPTER, "Powered", Variant("b", on)]
        await self._call(f"/org/bluez/{self._adapter}", _PROPERTIES, "Set", "ssv", body)

    async def powered_adapters(self) -> list[str]:
        """The adapters that are there and switched on. Raises as ``check``."""
        (objects,) = await self._call("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", "", [])
        return sorted(
            path.rpartition("/")[2]
            for path, interfaces in objects.items()
            if _ADAPTER in interfaces and interfaces[_ADAPTER]["Powered"].value
        )

    async def _call(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> list[Any]:
        if self._bus is None or not self._bus.connected:
            raise ConnectionResetError("the D-Bus connection is gone")
        call = Message(
            destination=_BLUEZ, path=path, interface=interface, member=member, signature=signature, body=body
        )
        reply = await self._bus.call(call)
        if reply is None or reply.message_type == MessageType.ERROR:
            name = str(reply.error_name) if reply else "org.freedesktop.DBus.Error.NoReply"
            raise DBusError(name, str(reply.body[0]) if reply and reply.body else "no answer")
        return list(reply.body)


async def power_cycle(adapter: str) -> None:
    """Switch an adapter off and on. Raises ``DBusError`` where this user may not, ``OSError`` and ``EOFError``."""
    async with AdapterWatch(adapter, discovering=False) as watch:
        await watch.set_powered(on=False)
        await asyncio.sleep(OFF_FOR_S)
        await watch.set_powered(on=True)


async def another_adapter(adapter: str, spoken_for: Collection[str]) -> str | None:
    """An adapter that is there, powered and nobody's, if any. Raises ``DBusError``, ``OSError`` and ``EOFError``."""
    async with AdapterWatch(adapter, discovering=False) as watch:
        there = await watch.powered_adapters()
    return next((name for name in there if name != adapter and name not in spoken_for), None)


def adapter_sentence(adapter: str, error: Exception) -> str:
    """What is wrong with an adapter and how to mend it."""
    if isinstance(error, FileNotFoundError | ConnectionRefusedError):
        return "no D-Bus system bus to reach BlueZ on: start it (systemctl start dbus)"
    name, details = _dbus_error(error)
    if name.endswith(("ServiceUnknown", "NameHasNoOwner", "NoReply")):
        return "BlueZ is not running: install it and start it (systemctl start bluetooth)"
    if name.endswith(("NotReady",)):
        return f"adapter {adapter} is switched off: bluetoothctl power on, or rfkill unblock bluetooth"
    if name.endswith(("AccessDenied", "NotAuthorized", "NotPermitted")):
        return f"this user may not use adapter {adapter}: add it to the group bluetooth"
    if name.endswith(("UnknownObject", "UnknownMethod")) or f"adapter '{adapter}' not found" in details:
        return (
            f"adapter {adapter} is not there: plug it in, or name another in edge.yaml (bluetoothctl list shows them)"
        )
    return f"adapter {adapter} does not scan ({details[:200]}): starting it again"


def _dbus_error(error: Exception) -> tuple[str, str]:
    if isinstance(error, BleakDBusError):
        return error.dbus_error, error.dbus_error_details or error.dbus_error
    if isinstance(error, DBusError):
        return error.type, error.text
    return "", str(error) or type(error).__name__
