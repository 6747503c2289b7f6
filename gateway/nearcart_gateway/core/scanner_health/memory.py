"""What the watch has learnt, to be kept over a restart: a fault that begins while the gateway is off is found after it all the same."""

import hashlib
import json
from dataclasses import dataclass

from nearcart_contract.radio_file import Radio
from nearcart_contract.store_file import Layout


@dataclass(frozen=True, slots=True)
class ScannerMemory:
    """As in ``ScannerRecord``: how far off it was when all was well (dB), in all and by square (how often, and the sum), and by square how many looks
    heard and missed tags."""

    usual: float | None
    usual_off: dict[int, tuple[float, float]]
    ever: bool
    looks: dict[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class WatchMemory:
    """``plan`` is the mark of the floor, scanners and calibration that it was learnt with; ``judged`` counts judgements."""

    plan: str
    judged: int
    scanners: dict[str, ScannerMemory]


def mark_of(layout: Layout, radio: Radio | None) -> str:
    """Changes when a scanner is written at another place or the store is calibrated anew: what was usual before says nothing then."""
    plan = {
        "floor": None if layout.floor is None else [layout.floor.width, layout.floor.height],
        "scanners": {name: [scanner.x, scanner.y, scanner.z] for name, scanner in layout.scanners.items()},
        "radio": None if radio is None else radio.model_dump(mode="json"),
    }
    return hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()[:16]
