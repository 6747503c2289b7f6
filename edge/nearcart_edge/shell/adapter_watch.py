"""Asks BlueZ whether an adapter still scans, and says in a sentence what is wrong with one.

A connection of its own without match rules: no signal wakes it, and bleak's can die without bleak noticing.
"""

from types import TracebackType
from typing import Self

from bleak.exc import BleakDBusError
from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio.message_bus import MessageBus
from dbus_fast.errors import DBusError

_BLUEZ = "org.bluez"
_ADAPTER = "org.bluez.Adapter1"


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
        if self._bus is None or not self._bus.connected:
            raise ConnectionResetError("the D-Bus connection is gone")
        reply = await self._bus.call(
            Message(
                destination=_BLUEZ,
                path=f"/org/bluez/{self._adapter}",
                interface="org.freedesktop.DBus.Properties",
                member="GetAll",
                signature="s",
                body=[_ADAPTER],
            )
        )
        if reply is None or reply.message_type == MessageType.ERROR:
            name = str(reply.error_name) if reply else "org.freedesktop.DBus.Error.NoReply"
            raise DBusError(name, str(reply.body[0]) if reply and reply.body else "no answer")
        for name in self._needed:
            if name in reply.body[0] and not reply.body[0][name].value:
                raise DBusError(f"{_BLUEZ}.Error.{'NotReady' if name == 'Powered' else 'Failed'}", f"{name} is off")


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
