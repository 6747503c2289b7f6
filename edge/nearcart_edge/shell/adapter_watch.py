"""Asks BlueZ whether an adapter still scans, and says in a sentence what is wrong with one."""

import asyncio
from collections.abc import Collection

from bleak.exc import BleakDBusError
from dbus_fast import Variant
from dbus_fast.errors import DBusError

from nearcart_edge.shell.bluez_bus import BLUEZ, PROPERTIES, BluezBus

_ADAPTER = "org.bluez.Adapter1"
_MONITORS = "org.bluez.AdvertisementMonitorManager1"

OFF_FOR_S = 1.0
"""A controller that is switched off and on at once may not notice."""


class AdapterWatch:
    """One adapter, for as long as the connection to the bus is open. Methods raise ``DBusError``, ``OSError`` or ``EOFError``."""

    def __init__(self, bus: BluezBus, adapter: str, *, discovering: bool = False) -> None:
        """``discovering``: whether BlueZ's property of that name must be true (it is not in passive mode)."""
        self._bus = bus
        self._path = f"/org/bluez/{adapter}"
        self._needed = ("Powered", "Discovering") if discovering else ("Powered",)

    async def check(self) -> None:
        """Raises when the adapter does not scan."""
        (properties,) = await self._bus.call(self._path, PROPERTIES, "GetAll", "s", [_ADAPTER])
        for name in self._needed:
            if name in properties and not properties[name].value:
                raise DBusError(f"{BLUEZ}.Error.{'NotReady' if name == 'Powered' else 'Failed'}", f"{name} is off")

    async def monitors(self) -> bool:
        """Whether BlueZ offers passive scanning on it."""
        try:
            (properties,) = await self._bus.call(self._path, PROPERTIES, "GetAll", "s", [_MONITORS])
        except DBusError:
            return False
        return "SupportedMonitorTypes" in properties and "or_patterns" in properties["SupportedMonitorTypes"].value

    async def listen_from(self, rssi: int) -> None:
        """The running active scan is to tell only packets of at least so many dBm."""
        told = {"Transport": Variant("s", "le"), "DuplicateData": Variant("b", True), "RSSI": Variant("n", rssi)}
        await self._bus.call(self._path, _ADAPTER, "SetDiscoveryFilter", "a{sv}", [told])

    async def power_cycle(self) -> None:
        """Switch it off and on."""
        await self._set_powered(on=False)
        await asyncio.sleep(OFF_FOR_S)
        await self._set_powered(on=True)

    async def _set_powered(self, *, on: bool) -> None:
        await self._bus.call(self._path, PROPERTIES, "Set", "ssv", [_ADAPTER, "Powered", Variant("b", on)])


async def another_adapter(bus: BluezBus, adapter: str, spoken_for: Collection[str]) -> str | None:
    """An adapter that is there, powered and nobody's, if any. Raises ``DBusError``, ``OSError`` and ``EOFError``."""
    (objects,) = await bus.call("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", "", [])
    there = sorted(
        path.rpartition("/")[2]
        for path, interfaces in objects.items()
        if _ADAPTER in interfaces and interfaces[_ADAPTER]["Powered"].value
    )
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
