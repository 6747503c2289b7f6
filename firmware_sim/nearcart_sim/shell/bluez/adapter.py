"""One Bluetooth adapter of the virtual bluetoothd: discovery sessions, devices, and the signals that follow.

Synchronous and without a clock: the caller passes ``now`` and where signals go.
"""

import zlib
from dataclasses import dataclass, replace
from typing import Literal

from dbus_fast import Variant

from nearcart_sim.shell.bluez import errors
from nearcart_sim.shell.bluez.device import Device
from nearcart_sim.shell.bluez.discovery import RSSI_THRESHOLD_DB, DiscoveryFilter, DiscoveryRules, merge
from nearcart_sim.shell.bluez.monitors import Monitors
from nearcart_sim.shell.bluez.names import ADAPTER, DEVICE, MONITOR_MANAGER, adapter_path
from nearcart_sim.shell.bluez.packet import ReceivedPacket
from nearcart_sim.shell.bluez.signals import (
    Emit,
    Interfaces,
    interfaces_added,
    interfaces_removed,
    properties_changed,
)

TEMPORARY_TIMEOUT_S = 30.0
"""bluetoothd forgets a device that it has not heard for this long (BlueZ src/main.conf, TemporaryTimeout)."""

_MONITOR_RULES = DiscoveryRules(rssi_threshold_db=RSSI_THRESHOLD_DB)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with it, and what mends it: a scan that is started again, switching it off and on, passive scanning (its
    active scan stays broken), or nothing.

    ``deaf``: it scans and hears nothing; ``in_progress``: it refuses every scan; ``empty``: packets lose what is in them;
    ``deaf_monitors``: passive scanning alone hears nothing; ``no_monitors``: there is no passive scanning.
    """

    kind: Literal["deaf", "in_progress", "empty", "deaf_monitors", "no_monitors"]
    mended_by: Literal["scan", "power", "passive"] | None = None


@dataclass(slots=True)
class AdapterCounts:
    """Since the start. ``received``: packets that reached the antenna; ``adverts_sent``: signals made of them, one a
    packet, which is what a client has to hear; ``unchanged``: scanned, but nothing in them that bluetoothd would tell."""

    received: int = 0
    adverts_sent: int = 0
    unchanged: int = 0
    devices_added: int = 0
    devices_removed: int = 0


class Adapter:
    """``hci0`` and its devices."""

    def __init__(
        self,
        name: str,
        emit: Emit,
        *,
        temporary_timeout: float = TEMPORARY_TIMEOUT_S,
        rssi_needs_proximity: bool = False,
    ) -> None:
        """``temporary_timeout`` in seconds; ``rssi_needs_proximity`` as in ``discovery.merge``."""
        self.name = name
        self.path = adapter_path(name)
        self.powered = True
        self.alias = name
        self.fault: Fault | None = None
        self.counts = AdapterCounts()
        self.monitors = Monitors()
        self._emit = emit
        self._temporary_timeout = temporary_timeout
        self._rssi_needs_proximity = rssi_needs_proximity
        self._devices: dict[str, Device] = {}
        self._preset: dict[str, DiscoveryFilter] = {}
        self._sessions: dict[str, DiscoveryFilter | None] = {}
        self._rules: DiscoveryRules | None = None

    @property
    def discovering(self) -> bool:
        return bool(self._sessions)

    @property
    def devices(self) -> tuple[str, ...]:
        """Addresses of the devices that bluetoothd knows now."""
        return tuple(self._devices)

    @property
    def floors(self) -> tuple[int | None, ...]:
        """The RSSI filter of each discovery session."""
        return tuple(None if wanted is None else wanted.rssi for wanted in self._sessions.values())

    # what clients call

    def set_discovery_filter(self, client: str, wanted: DiscoveryFilter | None) -> None:
        """Raises ``NotReady``."""
        self._check_powered()
        if client in self._sessions:
            self._sessions[client] = wanted
            self._update_rules()
        elif wanted is None:
            self._preset.pop(client, None)
        else:
            self._preset[client] = wanted

    def start_discovery(self, client: str) -> None:
        """Raises ``NotReady``, and ``InProgress`` when this client scans already."""
        self._check_powered()
        if client in self._sessions or (self.fault is not None and self.fault.kind == "in_progress"):
            raise errors.in_progress()
        self._mend("scan")
        self._sessions[client] = self._preset.pop(client, None)
        self._update_rules()
        if len(self._sessions) == 1:
            self._tell(Discovering=Variant("b", True))

    def stop_discovery(self, client: str) -> None:
        """Raises ``NotReady``, and ``Failed`` when this client does not scan."""
        self._check_powered()
        if client not in self._sessions:
            raise errors.failed("No discovery started")
        filter_ = self._sessions.pop(client)
        if filter_ is not None:
            self._preset[client] = filter_
        self._session_ended()

    def client_gone(self, client: str) -> None:
        """A client left the bus: its session, filter and monitors end with it."""
        self._preset.pop(client, None)
        self.monitors.client_gone(client)
        if client in self._sessions:
            del self._sessions[client]
            self._session_ended()

    # what the radio and the operator do

    def receive(self, packet: ReceivedPacket, now: float) -> None:
        """One packet reaches the antenna at ``now`` (seconds)."""
        self.counts.received += 1
        fault = self.fault
        if fault is not None and fault.kind == "empty":
            packet = replace(packet, manufacturer_data={}, service_data={}, service_uuids=(), name=None)
        rules = self._rules_for(packet)
        if (
            fault is not None
            and fault.kind == "deaf"
            and not (fault.mended_by == "passive" and rules is _MONITOR_RULES)
        ):
            return
        if rules is None or (fault is not None and fault.kind == "deaf_monitors" and rules is _MONITOR_RULES):
            return
        device = self._devices.get(packet.address)
        if device is None:
            self._add(packet, now)
        elif changes := device.hear(packet, rules, now):
            self.counts.adverts_sent += 1
            self._emit(properties_changed(device.path, DEVICE, changes))
        else:
            self.counts.unchanged += 1

    def expire(self, now: float) -> None:
        """Forget the devices that were not heard for the temporary timeout."""
        silent = [device for device in self._devices.values() if now - device.last_seen >= self._temporary_timeout]
        for device in silent:
            self.remove(device.address)

    def remove(self, address: str) -> None:
        """Forget one device. Raises ``DoesNotExist``."""
        device = self._devices.pop(address, None)
        if device is None:
            raise errors.does_not_exist()
        self.counts.devices_removed += 1
        self._emit(interfaces_removed(device.path, [DEVICE]))

    def set_powered(self, powered: bool) -> None:
        """Switch the adapter on or off; off ends every discovery, without a word to its clients but the properties."""
        if powered == self.powered:
            return
        self.powered = powered
        if powered:
            self._mend("power")
        self._tell(Powered=Variant("b", powered))
        if not powered:
            was_discovering = self.discovering
            self._sessions.clear()
            self._preset.clear()
            if was_discovering:
                self._session_ended()

    def set_alias(self, alias: str) -> None:
        """Name it; an empty text gives it its own name back."""
        self.alias = alias or self.name
        self._tell(Alias=Variant("s", self.alias))

    def reset(self) -> None:
        """Forget all clients and devices and tell nobody, as a bluetoothd that died has."""
        self._sessions.clear()
        self._preset.clear()
        self._devices.clear()
        self.monitors.clear()
        self._rules = None

    def unplug(self) -> None:
        """Tell that the adapter and its devices are gone, then forget them."""
        for address in self.devices:
            self.remove(address)
        self._emit(interfaces_removed(self.path, [ADAPTER, MONITOR_MANAGER]))
        self.reset()

    def appear(self) -> None:
        """Tell that the adapter is there."""
        self._emit(interfaces_added(self.path, self.interfaces()))

    # what others read

    def interfaces(self) -> Interfaces:
        if self.fault is not None and self.fault.kind == "no_monitors":
            return {ADAPTER: self.properties()}
        return {ADAPTER: self.properties(), MONITOR_MANAGER: _MONITOR_MANAGER_PROPERTIES}

    def objects(self) -> dict[str, Interfaces]:
        """The adapter and its devices by object path."""
        devices = {device.path: {DEVICE: dict(device.properties)} for device in self._devices.values()}
        return {self.path: self.interfaces(), **devices}

    def properties(self) -> dict[str, Variant]:
        return {
            "Address": Variant("s", _address_of(self.name)),
            "AddressType": Variant("s", "public"),
            "Name": Variant("s", self.name),
            "Alias": Variant("s", self.alias),
            "Class": Variant("u", 0),
            "Powered": Variant("b", self.powered),
            "PowerState": Variant("s", "on" if self.powered else "off"),
            "Discoverable": Variant("b", False),
            "DiscoverableTimeout": Variant("u", 180),
            "Pairable": Variant("b", False),
            "PairableTimeout": Variant("u", 0),
            "Discovering": Variant("b", self.discovering),
            "UUIDs": Variant("as", []),
            "Modalias": Variant("s", "usb:v1D6Bp0246d0542"),
            "Roles": Variant("as", ["central", "peripheral"]),
        }

    # details

    def _mend(self, by: str) -> None:
        if self.fault is not None and self.fault.mended_by == by:
            self.fault = None

    def _rules_for(self, packet: ReceivedPacket) -> DiscoveryRules | None:
        if self._rules is not None and self._rules.matches(packet):
            return self._rules
        return _MONITOR_RULES if self.powered and self.monitors.match(packet) else None

    def _add(self, packet: ReceivedPacket, now: float) -> None:
        device = Device(self.name, packet, now)
        self._devices[packet.address] = device
        self.counts.devices_added += 1
        self.counts.adverts_sent += 1
        self._emit(interfaces_added(device.path, {DEVICE: dict(device.properties)}))

    def _session_ended(self) -> None:
        self._update_rules()
        if self._sessions:
            return
        for device in tuple(self._devices.values()):
            if gone := device.forget_signal():
                self._emit(properties_changed(device.path, DEVICE, {}, gone))
            if not device.connectable:
                self.remove(device.address)
        self._tell(Discovering=Variant("b", False))

    def _update_rules(self) -> None:
        filters = tuple(self._sessions.values())
        self._rules = merge(filters, rssi_needs_proximity=self._rssi_needs_proximity) if filters else None

    def _tell(self, **changes: Variant) -> None:
        self._emit(properties_changed(self.path, ADAPTER, changes))

    def _check_powered(self) -> None:
        if not self.powered:
            raise errors.not_ready()


_MONITOR_MANAGER_PROPERTIES = {
    "SupportedMonitorTypes": Variant("as", ["or_patterns"]),
    "SupportedFeatures": Variant("as", []),
}


def _address_of(adapter: str) -> str:
    """A made-up public address, always the same for one name."""
    digits = f"{zlib.crc32(adapter.encode()):08X}"
    return ":".join(["02", "00", *(digits[at : at + 2] for at in range(0, 8, 2))])
