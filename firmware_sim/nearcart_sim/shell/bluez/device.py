"""One remote device as bluetoothd remembers it: packets in, changed properties out (BlueZ src/device.c)."""

from dbus_fast import Variant

from nearcart_sim.shell.bluez.discovery import DiscoveryRules
from nearcart_sim.shell.bluez.names import adapter_path, device_path
from nearcart_sim.shell.bluez.packet import ReceivedPacket
from nearcart_sim.shell.bluez.payloads import Payloads

Changes = dict[str, Variant]
"""Property name to its new value."""

_RSSI = {value: Variant("n", value) for value in range(-128, 128)}


class Device:
    """A temporary (never paired) device of one adapter."""

    __slots__ = (
        "_manufacturer_data",
        "_rssi",
        "_service_data",
        "_tx_power",
        "_uuids",
        "address",
        "connectable",
        "last_seen",
        "path",
        "properties",
    )

    def __init__(self, adapter: str, packet: ReceivedPacket, now: float) -> None:
        """``now`` is in seconds on the caller's clock."""
        self.address = packet.address
        self.path = device_path(adapter, packet.address)
        self.connectable = packet.connectable
        self.last_seen = now
        self._rssi = packet.rssi
        self._manufacturer_data = Payloads("a{qv}", packet.manufacturer_data)
        self._service_data = Payloads("a{sv}", packet.service_data)
        self._uuids = tuple(dict.fromkeys((*packet.service_uuids, *packet.service_data)))
        self._tx_power = packet.tx_power
        self.properties = _identity(adapter, packet) | self._advertised()

    def hear(self, packet: ReceivedPacket, rules: DiscoveryRules, now: float) -> Changes:
        """Take one packet; what bluetoothd would tell of it, which may be nothing."""
        self.last_seen = now
        self.connectable = packet.connectable
        changes = self._hear_rssi(packet.rssi, rules.rssi_threshold_db)
        if packet.manufacturer_data and self._manufacturer_data.hear(packet.manufacturer_data, rules.duplicate_data):
            changes["ManufacturerData"] = self._manufacturer_data.variant
        if packet.service_data and self._service_data.hear(packet.service_data, rules.duplicate_data):
            changes["ServiceData"] = self._service_data.variant
        if packet.service_uuids or packet.service_data:
            self._hear_uuids(packet, changes)
        if packet.tx_power is not None and packet.tx_power != self._tx_power:
            self._tx_power = packet.tx_power
            changes["TxPower"] = Variant("n", packet.tx_power)
        self.properties.update(changes)
        return changes

    def forget_signal(self) -> list[str]:
        """What the end of the last discovery invalidates: the names of the properties that are gone."""
        gone = [name for name in ("RSSI", "TxPower") if self.properties.pop(name, None) is not None]
        self._rssi, self._tx_power = 0, None
        return gone

    def _hear_rssi(self, rssi: int, threshold_db: int) -> Changes:
        # bluetoothd keeps 0 for "not known".
        if self._rssi and abs(rssi - self._rssi) < threshold_db:
            return {}
        self._rssi = rssi
        return {"RSSI": _RSSI[rssi]}

    def _hear_uuids(self, packet: ReceivedPacket, changes: Changes) -> None:
        heard = (*packet.service_uuids, *packet.service_data)
        if all(uuid in self._uuids for uuid in heard):
            return
        self._uuids = tuple(dict.fromkeys((*self._uuids, *heard)))
        changes["UUIDs"] = Variant("as", list(self._uuids))

    def _advertised(self) -> Changes:
        """The properties that packets made, as the object first appears."""
        known: Changes = {"RSSI": _RSSI[self._rssi], "UUIDs": Variant("as", list(self._uuids))}
        if self._manufacturer_data:
            known["ManufacturerData"] = self._manufacturer_data.variant
        if self._service_data:
            known["ServiceData"] = self._service_data.variant
        if self._tx_power is not None:
            known["TxPower"] = Variant("n", self._tx_power)
        return known


def _identity(adapter: str, packet: ReceivedPacket) -> Changes:
    known = {
        "Address": Variant("s", packet.address),
        "AddressType": Variant("s", packet.address_type),
        "Alias": Variant("s", packet.name or packet.address.replace(":", "-")),
        "Paired": Variant("b", False),
        "Bonded": Variant("b", False),
        "Trusted": Variant("b", False),
        "Blocked": Variant("b", False),
        "LegacyPairing": Variant("b", False),
        "Connected": Variant("b", False),
        "ServicesResolved": Variant("b", False),
        "Adapter": Variant("o", adapter_path(adapter)),
    }
    if packet.name:
        known["Name"] = Variant("s", packet.name)
    return known
