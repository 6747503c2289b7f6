"""``edge.yaml``: one edge agent."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from nearcart_contract.broker import Broker
from nearcart_contract.names import Name, UserFile


class Adapter(UserFile):
    """One Bluetooth adapter and the scanner it is on the floor plan."""

    adapter: str = Field(default="hci0", pattern=r"^hci[0-9]{1,3}$")
    scanner: Name | None = Field(default=None, description="its name in store.yaml; else the edge's own name")


class Tracking(UserFile):
    """When an identity counts as entered and as gone."""

    enter_packets: int = Field(default=2, ge=1, le=20, description="packets needed …")
    enter_within_s: float = Field(default=5.0, gt=0, le=60, description="… in this many seconds")
    exit_after_s: float = Field(default=10.0, ge=2, le=600, description="seconds of silence after which it is gone …")
    exit_gaps: float = Field(
        default=3.0,
        ge=0,
        le=10,
        description="… or so many times its own usual longest gap, if that is longer; 0: never",
    )
    exit_at_most_s: float = Field(default=120.0, ge=2, le=3600, description="… but at most this long")


class Outbox(UserFile):
    """The file that keeps transitions until the gateway has them."""

    path: Path = Field(default=Path("outbox.sqlite"), description="relative to this file")
    max_mb: int = Field(default=64, ge=1, le=4096)


class Metrics(UserFile):
    """A page for Prometheus, at ``/metrics``. It has figures only, and no password: leave it on loopback or a network of your own."""

    host: str = "127.0.0.1"
    port: int = Field(default=9469, ge=0, le=65535, description="0: any free port")


class HomeAssistant(UserFile):
    """The edge as a device in a Home Assistant on the same broker."""

    prefix: str = Field(default="homeassistant", pattern=r"^[^\s#+/]{1,64}$", description="its MQTT discovery prefix")


class EdgeFile(UserFile):
    """A whole edge.yaml."""

    store: Name
    edge: Name
    broker: Broker = Broker()
    adapters: tuple[Adapter, ...] = Field(default=(Adapter(),), min_length=1, max_length=8)
    scanning: Literal["active", "passive"] = "active"
    tracking: Tracking = Tracking()
    outbox: Outbox = Outbox()
    metrics: Metrics | None = Field(default=None, description="without it there is no page for Prometheus")
    home_assistant: HomeAssistant | None = Field(default=None, description="without it Home Assistant is told nothing")
    log: Literal["debug", "info", "warning", "error"] = "info"
