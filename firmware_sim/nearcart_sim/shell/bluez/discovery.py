"""Discovery sessions: who scans, with which filter, and what that means for a packet (BlueZ src/adapter.c)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dbus_fast import Variant

from nearcart_contract.advertisement import full_uuid
from nearcart_sim.shell.bluez.errors import invalid_arguments
from nearcart_sim.shell.bluez.packet import ReceivedPacket

RSSI_THRESHOLD_DB = 8
"""Without a filter, bluetoothd tells an RSSI only when it moved this far (BlueZ src/device.c, RSSI_THRESHOLD)."""

_RSSI_RANGE = range(-127, 21)
_PATHLOSS_RANGE = range(138)
_SIGNATURES = {
    "UUIDs": "as",
    "RSSI": "n",
    "Pathloss": "q",
    "Transport": "s",
    "DuplicateData": "b",
    "Discoverable": "b",
    "Pattern": "s",
    "AutoConnect": "b",
}


@dataclass(frozen=True, slots=True)
class DiscoveryFilter:
    """What one client asked for with SetDiscoveryFilter."""

    uuids: frozenset[str] = frozenset()
    rssi: int | None = None
    pathloss: int | None = None
    transport: str = "auto"
    duplicate_data: bool = False
    pattern: str | None = None

    @property
    def narrows(self) -> bool:
        """Whether bluetoothd runs a filtered discovery because of it, which tells each RSSI."""
        return self != DiscoveryFilter()

    @property
    def has_proximity(self) -> bool:
        return self.rssi is not None or self.pathloss is not None

    def matches(self, packet: ReceivedPacket) -> bool:
        """Whether the client is to hear of this packet."""
        return (
            self.transport != "bredr"
            and (not self.uuids or not self.uuids.isdisjoint((*packet.service_uuids, *packet.service_data)))
            and (self.rssi is None or packet.rssi >= self.rssi)
            and (self.pathloss is None or self._near(packet, self.pathloss))
            and (self.pattern is None or self._named(packet, self.pattern))
        )

    def _near(self, packet: ReceivedPacket, pathloss: int) -> bool:
        return packet.tx_power is not None and packet.tx_power - packet.rssi <= pathloss

    def _named(self, packet: ReceivedPacket, pattern: str) -> bool:
        return packet.address.lower().startswith(pattern.lower()) or (packet.name or "").startswith(pattern)


def read_filter(values: Mapping[str, Variant]) -> DiscoveryFilter | None:
    """The argument of SetDiscoveryFilter; an empty one is ``None``. Raises ``InvalidArguments`` as bluetoothd does."""
    if not values:
        return None
    plain = {key: _plain(key, value) for key, value in values.items()}
    if "RSSI" in plain and "Pathloss" in plain:
        raise invalid_arguments()
    if plain.get("Transport", "auto") not in ("auto", "le", "bredr"):
        raise invalid_arguments()
    if plain.get("RSSI", 0) not in _RSSI_RANGE or plain.get("Pathloss", 0) not in _PATHLOSS_RANGE:
        raise invalid_arguments()
    return DiscoveryFilter(
        uuids=_uuids(plain.get("UUIDs", [])),
        rssi=plain.get("RSSI"),
        pathloss=plain.get("Pathloss"),
        transport=plain.get("Transport", "auto"),
        duplicate_data=plain.get("DuplicateData", False),
        pattern=plain.get("Pattern"),
    )


def _plain(key: str, value: Variant) -> Any:
    if _SIGNATURES.get(key) != value.signature:
        raise invalid_arguments()
    return value.value


def _uuids(texts: Iterable[str]) -> frozenset[str]:
    try:
        return frozenset(full_uuid(text) for text in texts)
    except ValueError:
        raise invalid_arguments() from None


@dataclass(frozen=True, slots=True)
class DiscoveryRules:
    """All running sessions of one adapter together, worked out once a change so that a packet costs little."""

    filters: tuple[DiscoveryFilter | None, ...] = ()
    duplicate_data: bool = False
    rssi_threshold_db: int = RSSI_THRESHOLD_DB

    def matches(self, packet: ReceivedPacket) -> bool:
        """Whether at least one client wants the packet."""
        return any(filter_ is None or filter_.matches(packet) for filter_ in self.filters)


def merge(filters: Collection[DiscoveryFilter | None], *, rssi_needs_proximity: bool) -> DiscoveryRules:
    """What sessions with these filters mean together; one client's wish for duplicates holds for all.

    ``rssi_needs_proximity``: as bluetoothd has it since July 2026 (commit e004414a), where each RSSI is told only when
    a client filters by RSSI or path loss; before, any filter was enough.
    """
    given = [filter_ for filter_ in filters if filter_ is not None]
    each = any(filter_.has_proximity if rssi_needs_proximity else filter_.narrows for filter_ in given)
    return DiscoveryRules(
        filters=tuple(filters),
        duplicate_data=any(filter_.duplicate_data for filter_ in given),
        rssi_threshold_db=0 if each else RSSI_THRESHOLD_DB,
    )
