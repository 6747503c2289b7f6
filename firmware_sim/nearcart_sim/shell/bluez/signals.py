"""The D-Bus signals that bluetoothd sends. Built without validation: every name in them is ours."""

from collections.abc import Callable, Mapping

from dbus_fast import Message, MessageType, Variant

from nearcart_sim.shell.bluez.names import OBJECT_MANAGER, PROPERTIES

Interfaces = dict[str, dict[str, Variant]]
"""Interface name to its properties."""

Emit = Callable[[Message], None]


def interfaces_added(path: str, interfaces: Interfaces) -> Message:
    """An object has appeared, or gained interfaces."""
    return _signal("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", [path, interfaces])


def interfaces_removed(path: str, interfaces: list[str]) -> Message:
    """An object is gone, or lost interfaces."""
    return _signal("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", [path, interfaces])


def properties_changed(
    path: str, interface: str, changed: Mapping[str, Variant], invalidated: list[str] | None = None
) -> Message:
    """Properties of one interface have new values, or none any more."""
    return _signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, changed, invalidated or []])


def _signal(path: str, interface: str, member: str, signature: str, body: list[object]) -> Message:
    return Message(
        message_type=MessageType.SIGNAL,
        path=path,
        interface=interface,
        member=member,
        signature=signature,
        body=body,
        validate=False,
    )
