"""What holds for one scanner of a bridge.yaml: what it says, and else what its kind needs."""

from dataclasses import dataclass

from nearcart_contract.bridge_file import BridgedScanner
from nearcart_contract.edge_file import Tracking
from nearcart_edge.core.scanners.kind import Kind
from nearcart_edge.core.scanners.registry import KINDS


@dataclass(frozen=True, slots=True)
class ScannerSettings:
    """``reports`` and ``heartbeats``: topics, with or without wildcards. ``quiet_after``: seconds of its silence after which it is
    lost; ``doubt_after``: after which a tag's silence may be its own, half of what makes a tag gone."""

    scanner: str
    kind: Kind
    reports: tuple[str, ...]
    status: str
    heartbeats: tuple[str, ...]
    doubt_after: float
    quiet_after: float

    @property
    def topics(self) -> tuple[str, ...]:
        """All that is to be subscribed to."""
        return (*self.reports, self.status, *self.heartbeats)


def settings_of(name: str, scanner: BridgedScanner) -> ScannerSettings:
    """The settings of the scanner called ``name``."""
    kind = KINDS[scanner.kind]
    node = scanner.node or kind.node or name
    reports = kind.reports if scanner.reports is None else scanner.reports
    heartbeats = kind.heartbeats if scanner.heartbeats is None else scanner.heartbeats
    return ScannerSettings(
        name,
        kind,
        tuple(topic.replace("{node}", node) for topic in reports),
        (scanner.status or kind.status).replace("{node}", node),
        tuple(topic.replace("{node}", node) for topic in heartbeats),
        tracking_of(scanner).exit_after_s / 2,
        kind.quiet_after if scanner.quiet_after is None else scanner.quiet_after.total_seconds(),
    )


def tracking_of(scanner: BridgedScanner) -> Tracking:
    """When a tag has come and gone: what the file says, and else as the kind needs."""
    usual = KINDS[scanner.kind].tracking
    if scanner.tracking is None:
        return usual
    return usual.model_copy(
        update={name: getattr(scanner.tracking, name) for name in scanner.tracking.model_fields_set}
    )
