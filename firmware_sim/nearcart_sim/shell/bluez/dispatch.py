"""Method calls of D-Bus clients, taken to the adapters. Every answer is one message; errors are raised as ``DBusError``."""

from collections.abc import Callable, Mapping
from typing import Any

from dbus_fast import Message, Variant

from nearcart_sim.shell.bluez import errors
from nearcart_sim.shell.bluez.adapter import Adapter
from nearcart_sim.shell.bluez.discovery import read_filter
from nearcart_sim.shell.bluez.monitors import Application
from nearcart_sim.shell.bluez.names import ADAPTER, MONITOR_MANAGER, OBJECT_MANAGER, PROPERTIES, ROOT_PATH
from nearcart_sim.shell.bluez.signals import Interfaces

_Method = Callable[[Adapter, str, list[Any]], None]


class Dispatch:
    """The objects of ``org.bluez`` as callers see them."""

    def __init__(
        self, adapters: Mapping[str, Adapter], monitor_registered: Callable[[Adapter, Application], None]
    ) -> None:
        """``adapters`` by name; ``monitor_registered`` is told of clients that want to scan passively."""
        self._adapters = adapters
        self._monitor_registered = monitor_registered
        self._methods: dict[tuple[str, str], _Method] = {
            (ADAPTER, "StartDiscovery"): lambda adapter, client, _: adapter.start_discovery(client),
            (ADAPTER, "StopDiscovery"): lambda adapter, client, _: adapter.stop_discovery(client),
            (ADAPTER, "SetDiscoveryFilter"): _set_discovery_filter,
            (ADAPTER, "RemoveDevice"): _remove_device,
            (MONITOR_MANAGER, "RegisterMonitor"): self._register_monitor,
            (MONITOR_MANAGER, "UnregisterMonitor"): _unregister_monitor,
        }

    def answer(self, call: Message) -> Message:
        """The reply to a method call. Raises ``DBusError``."""
        interface, member, path = call.interface or "", call.member or "", call.path or ""
        if (interface, member) == (OBJECT_MANAGER, "GetManagedObjects"):
            return Message.new_method_return(call, "a{oa{sa{sv}}}", [self._objects()])
        if interface == PROPERTIES:
            return self._properties(call, member, path)
        method = self._methods.get((interface, member))
        if method is None:
            raise errors.unknown_method(interface, member)
        method(self._adapter(path), call.sender or "", call.body)
        return Message.new_method_return(call)

    def _objects(self) -> dict[str, Interfaces]:
        objects: dict[str, Interfaces] = {ROOT_PATH: {}}
        for adapter in self._adapters.values():
            objects |= adapter.objects()
        return objects

    def _properties(self, call: Message, member: str, path: str) -> Message:
        if member == "GetAll":
            return Message.new_method_return(call, "a{sv}", [self._interface(path, call.body[0])])
        if member == "Get":
            interface, name = call.body
            value = self._interface(path, interface).get(name)
            if value is None:
                raise errors.unknown_property(name)
            return Message.new_method_return(call, "v", [value])
        if member == "Set":
            self._set(path, *call.body)
            return Message.new_method_return(call)
        raise errors.unknown_method(PROPERTIES, member)

    def _interface(self, path: str, interface: str) -> dict[str, Variant]:
        interfaces = self._objects().get(path)
        if interfaces is None:
            raise errors.unknown_object(path)
        if interface not in interfaces:
            raise errors.unknown_method(interface, "GetAll")
        return interfaces[interface]

    def _set(self, path: str, interface: str, name: str, value: Variant) -> None:
        adapter = self._adapter(path)
        if interface != ADAPTER or name not in ("Powered", "Alias"):
            raise errors.read_only(name)
        if value.signature != ("b" if name == "Powered" else "s"):
            raise errors.invalid_arguments()
        if name == "Powered":
            adapter.set_powered(value.value)
        else:
            adapter.set_alias(value.value)

    def _adapter(self, path: str) -> Adapter:
        for adapter in self._adapters.values():
            if adapter.path == path:
                return adapter
        raise errors.unknown_object(path)

    def _register_monitor(self, adapter: Adapter, client: str, arguments: list[Any]) -> None:
        application = Application(client, _one(arguments))
        adapter.monitors.register(application)
        self._monitor_registered(adapter, application)


def _set_discovery_filter(adapter: Adapter, client: str, arguments: list[Any]) -> None:
    adapter.set_discovery_filter(client, read_filter(_one(arguments)))


def _remove_device(adapter: Adapter, client: str, arguments: list[Any]) -> None:
    path = str(_one(arguments))
    adapter.remove(path.removeprefix(f"{adapter.path}/dev_").replace("_", ":"))


def _unregister_monitor(adapter: Adapter, client: str, arguments: list[Any]) -> None:
    adapter.monitors.unregister(Application(client, _one(arguments)))


def _one(arguments: list[Any]) -> Any:
    if len(arguments) != 1:
        raise errors.invalid_arguments()
    return arguments[0]
