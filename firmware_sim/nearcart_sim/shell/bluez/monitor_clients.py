"""The client's side of an advertisement monitor: find the monitors it exports, and tell it that they are active."""

from collections.abc import Iterable, Mapping
from typing import Any

from dbus_fast import Message, MessageFlag, MessageType

from nearcart_sim.shell.bluez.adapter import Adapter
from nearcart_sim.shell.bluez.monitors import Application, Pattern
from nearcart_sim.shell.bluez.names import DBUS, DBUS_PATH, MONITOR, OBJECT_MANAGER
from nearcart_sim.shell.bluez.outbound import Outbound


def follow(application: Application, outbound: Outbound) -> None:
    """Ask the daemon for what a client exports. Queue this before the answer to its ``RegisterMonitor``: the daemon takes our
    messages in order, so that what the client exports as soon as it has the answer (as bleak does) is never missed."""
    rule = f"type='signal',sender='{application.client}',interface='{OBJECT_MANAGER}'"
    outbound.put(
        Message(
            destination=DBUS,
            path=DBUS_PATH,
            interface=DBUS,
            member="AddMatch",
            signature="s",
            body=[rule],
            flags=MessageFlag.NO_REPLY_EXPECTED,
        )
    )


async def find(adapter: Adapter, application: Application, outbound: Outbound) -> None:
    """Take up the monitors that an application exported before it registered."""
    reply = await outbound.call(
        Message(
            destination=application.client,
            path=application.path,
            interface=OBJECT_MANAGER,
            member="GetManagedObjects",
        )
    )
    if reply.message_type is MessageType.METHOD_RETURN:
        for path, interfaces in reply.body[0].items():
            exported(adapter, application.client, path, interfaces, outbound)


def exported(
    adapter: Adapter, client: str, path: str, interfaces: Mapping[str, Mapping[str, Any]], outbound: Outbound
) -> None:
    """A client has exported interfaces at ``path``; activate the monitor among them, if it belongs to a registration."""
    properties = interfaces.get(MONITOR)
    if properties is None or "Patterns" not in properties:
        return
    for application in adapter.monitors.applications(client):
        if path.startswith(application.path):
            adapter.monitors.activate(application, path, _patterns(properties["Patterns"].value))
            outbound.call(Message(destination=client, path=path, interface=MONITOR, member="Activate"))


def _patterns(rows: Iterable[tuple[int, int, bytes]]) -> tuple[Pattern, ...]:
    return tuple(Pattern(start, ad_type, bytes(content)) for start, ad_type, content in rows)
