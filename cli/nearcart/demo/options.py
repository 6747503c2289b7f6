"""What the person who starts the demo chose."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

BrokerChoice = Literal["auto", "embedded", "mosquitto"]


class DemoError(Exception):
    """Why the demo can't run, and what to do, in a sentence."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """``seconds`` after which it ends by itself (``None``: at Ctrl-C); ``store`` another store.yaml than the example's;
    ``folder`` where files and logs stay, instead of a temporary one."""

    seconds: float | None = None
    as_json: bool = False
    seed: int = 1
    port: int = 8080
    broker: BrokerChoice = "auto"
    store: Path | None = None
    folder: Path | None = None
