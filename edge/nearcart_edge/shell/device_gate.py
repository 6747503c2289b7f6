"""Stands before bleak on its D-Bus connection, so that no crowd costs more than it should.

bleak remembers every device that BlueZ names, some 5 kB each, and BlueZ names each random address of the last half minute: thousands a
second fill a small machine. Past ``MAX_DEVICES`` a device is heard here, packet by packet, and nobody remembers it. In a flood
packets of known strangers end here, before bleak unpacks them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from dbus_fast import Message, MessageType, Variant

MAX_DEVICES = 2000
"""Devices that bleak may remember at a time: 10 MB."""

_DEVICE = "org.bluez.Device1"
_ROOT = "/org/bluez/"
_ADDRESS = slice(-17, None)

PassesOver = Callable[[str], bool]
"""Whether a packet of this address needs no look."""


class Packet:
    """What a signal tells of one packet; ``rssi`` none where it tells none."""

    __slots__ = ("address", "manufacturer_data", "rssi", "service_data", "service_uuids", "tx_power")

    def __init__(self, address: str, told: Mapping[str, Variant]) -> None:
        self.address = address
        self.rssi: int | None = _value(told, "RSSI", None)
        self.manufacturer_data = {
            company: bytes(data.value) for company, data in _value(told, "ManufacturerData", {}).items()
        }
        self.service_data = {uuid: bytes(data.value) for uuid, data in _value(told, "ServiceData", {}).items()}
        self.service_uuids: tuple[str, ...] = tuple(_value(told, "UUIDs", ()))
        self.tx_power: int | None = _value(told, "TxPower", None)


class DeviceGate:
    """A message handler of one connection; true means that bleak need not see the message. It never raises."""

    def __init__(self, known: Mapping[str, object]) -> None:
        """``known``: bleak's objects by their path."""
        self._known = known
        self._hearers: dict[str, Callable[[Packet], None]] = {}
        self._passes_over: PassesOver | None = None

    def hear(self, adapter: str, hearer: Callable[[Packet], None] | None) -> None:
        """Who hears the devices of an adapter that bleak does not remember; ``None``: nobody any more."""
        if hearer is None:
            self._hearers.pop(adapter, None)
        else:
            self._hearers[adapter] = hearer

    def relieve(self, passes_over: PassesOver | None) -> None:
        """Ask this of every packet of a known device, from now on; ``None``: of none."""
        self._passes_over = passes_over

    def __call__(self, message: Message) -> bool:
        if message.message_type is not MessageType.SIGNAL:
            return False
        if message.member == "PropertiesChanged":
            path = message.path or ""
            if path in self._known:
                return self._passes_over is not None and self._sheds(path, message.body[0])
            return message.body[0] == _DEVICE and self._take(path, message.body[1])
        if message.member == "InterfacesAdded" and len(self._known) >= MAX_DEVICES:
            path, interfaces = message.body
            device = interfaces.get(_DEVICE)
            return device is not None and self._take(path, device)
        return False

    def _sheds(self, path: str, interface: str) -> bool:
        return interface == _DEVICE and self._passes_over is not None and self._passes_over(_address(path))

    def _take(self, path: str, told: Mapping[str, Any]) -> bool:
        hearer = self._hearers.get(path[len(_ROOT) : path.find("/", len(_ROOT))])
        if hearer is not None and told:
            address = _address(path)
            if self._passes_over is None or not self._passes_over(address):
                hearer(Packet(address, told))
        return True


def _address(path: str) -> str:
    return path[_ADDRESS].replace("_", ":")


def _value(told: Mapping[str, Variant], name: str, missing: Any) -> Any:
    variant = told.get(name)
    return missing if variant is None else variant.value
