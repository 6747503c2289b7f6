"""Advertisement monitors: what clients that scan passively want to hear (BlueZ src/adv_monitor.c, "or_patterns" only)."""

from dataclasses import dataclass

from nearcart_contract.advertisement import BASE_UUID_SUFFIX
from nearcart_sim.shell.bluez import errors
from nearcart_sim.shell.bluez.packet import ReceivedPacket

_SERVICE_DATA_16 = 0x16
_MANUFACTURER_DATA = 0xFF
"""AD types of the Bluetooth assigned numbers, section 2.3."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """``content`` must stand at ``start`` in the AD structure of type ``ad_type``."""

    start: int
    ad_type: int
    content: bytes

    def matches(self, packet: ReceivedPacket) -> bool:
        end = self.start + len(self.content)
        return any(data[self.start : end] == self.content for data in _structures(packet, self.ad_type))


@dataclass(frozen=True, slots=True)
class Application:
    """One registration: a client and the object path below which its monitors hang."""

    client: str
    path: str


class Monitors:
    """The registrations of one adapter."""

    def __init__(self) -> None:
        self._patterns: dict[Application, dict[str, tuple[Pattern, ...]]] = {}

    def register(self, application: Application) -> None:
        """Raises ``AlreadyExists``."""
        if application in self._patterns:
            raise errors.already_exists()
        self._patterns[application] = {}

    def unregister(self, application: Application) -> None:
        """Raises ``DoesNotExist``."""
        if self._patterns.pop(application, None) is None:
            raise errors.does_not_exist()

    def activate(self, application: Application, path: str, patterns: tuple[Pattern, ...]) -> None:
        """The client has exported a monitor at ``path``; without a registration it is nothing to us."""
        if application in self._patterns:
            self._patterns[application][path] = patterns

    def deactivate(self, client: str, path: str) -> None:
        """The client took its monitor away."""
        for application, monitors in self._patterns.items():
            if application.client == client:
                monitors.pop(path, None)

    def applications(self, client: str) -> tuple[Application, ...]:
        return tuple(application for application in self._patterns if application.client == client)

    def client_gone(self, client: str) -> None:
        for application in self.applications(client):
            del self._patterns[application]

    def clear(self) -> None:
        self._patterns.clear()

    @property
    def active(self) -> bool:
        return any(self._patterns.values())

    def match(self, packet: ReceivedPacket) -> bool:
        """Whether any monitor wants the packet."""
        return any(
            pattern.matches(packet)
            for monitors in self._patterns.values()
            for patterns in monitors.values()
            for pattern in patterns
        )


def _structures(packet: ReceivedPacket, ad_type: int) -> list[bytes]:
    """The AD structures of one type as they are on air, without length and type."""
    if ad_type == _MANUFACTURER_DATA:
        return [company.to_bytes(2, "little") + data for company, data in packet.manufacturer_data.items()]
    if ad_type == _SERVICE_DATA_16:
        return [
            bytes.fromhex(uuid[4:8])[::-1] + data
            for uuid, data in packet.service_data.items()
            if uuid.startswith("0000") and uuid.endswith(BASE_UUID_SUFFIX)
        ]
    return []
