"""What a store with other people's scanners has besides: which edges they are, and what they and the bridge may say and hear."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nearcart_contract.bridge_file import ScannerKind

BRIDGE = "bridge"

SCANNERS_USER = "scanners"
"""Of the broker: all scanners together."""

BRIDGE_HEARS: Mapping[ScannerKind, Sequence[str]] = {
    "espresense": ("espresense/#",),
    "theengs": ("home/+/BTtoMQTT/+", "home/+/LWT"),
    "openmqttgateway": ("home/+/BTtoMQTT/+", "home/+/LWT", "home/+/SYStoMQTT"),
}

_HOME = ("write home/#", "read home/+/commands/#")
SCANNER_RULES: Mapping[ScannerKind, Sequence[str]] = {
    "espresense": ("write espresense/#", "read espresense/rooms/+/+/set", "read espresense/settings/+/config"),
    "theengs": _HOME,
    "openmqttgateway": _HOME,
}
"""What a scanner says, and the settings that it asks for."""


@dataclass(frozen=True, slots=True)
class Bridged:
    """One scanner of another maker."""

    name: str
    kind: ScannerKind

    @property
    def node(self) -> str:
        """Its own name in its topics: ESPresense writes a room's as one word."""
        return self.name.replace("-", "_") if self.kind == "espresense" else self.name


def edge_of(scanner: Bridged, all_of_them: Sequence[Bridged]) -> str:
    """The edge that it is a part of: one for all, where all are of one kind."""
    return BRIDGE if len({each.kind for each in all_of_them}) == 1 else f"{BRIDGE}-{scanner.kind}"


def edges_of(scanners: Sequence[Bridged]) -> tuple[str, ...]:
    """All edges of a bridge."""
    return tuple(dict.fromkeys(edge_of(each, scanners) for each in scanners))


def hears(scanners: Sequence[Bridged]) -> tuple[str, ...]:
    """Topics that the bridge reads beside its edges' own."""
    return tuple(dict.fromkeys(topic for each in scanners for topic in BRIDGE_HEARS[each.kind]))


def rules(scanners: Sequence[Bridged]) -> tuple[str, ...]:
    """What the scanners' user may do."""
    return tuple(dict.fromkeys(rule for each in scanners for rule in SCANNER_RULES[each.kind]))
