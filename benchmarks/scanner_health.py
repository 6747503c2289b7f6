"""Scanners that die, move or lose 10 dB in simulated shops, and shops in which all is well. JSON.

    python benchmarks/scanner_health.py [--worlds 5] [--hours 6]

Each world has its own shadowing, scanners that differ by 3 dB, tags that differ by 4 dB, packets lost and bodies in the way
(tests/gateway/core/scanner_health/shop_traffic.py); six shoppers, eight scanners 6 m apart. Cost: 12 tags and 20 scanners.
"""

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

from nearcart_contract.store_file import Layout
from nearcart_gateway.core.scanner_health.watch import LOOK_S, MOST_TAGS, ScannerWatch

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.gateway.core.scanner_health.shop_traffic import SHOP, Fault, Traffic

FAULTS: dict[str, Fault] = {
    "dead": "dead",
    "10 dB quieter": -10.0,
    "10 dB louder": 10.0,
    "moved 13 m": (21.0, 9.0),
    "moved 8 m": (15.0, 9.0),
    "moved 5 m": (14.0, 3.0),
}


def after(fault: Fault, seed: int) -> dict[tuple[str, str], float]:
    """What is said in the hour after a fault, and after how many minutes."""
    traffic = Traffic(ScannerWatch(SHOP, None), seed)
    traffic.run(3600)
    traffic.found_at.clear()
    traffic.fault = {"s10": fault}
    traffic.run(3600)
    return {what: (at - 3600) / 60 for what, at in traffic.found_at.items()}


def figures(said: list[dict[tuple[str, str], float]], kind: str) -> dict[str, object]:
    minutes = [each[("s10", kind)] for each in said if ("s10", kind) in each]
    return {
        "worlds": len(said),
        "found": len(minutes),
        "minutes_p50": round(statistics.median(minutes), 1) if minutes else None,
        "minutes_most": round(max(minutes), 1) if minutes else None,
        "another_scanner_blamed": sum(any(name != "s10" for name, _ in each) for each in said),
    }


def well(seeds: range, hours: float) -> dict[str, object]:
    alarms: Counter[str] = Counter()
    for seed in seeds:
        traffic = Traffic(ScannerWatch(SHOP, None), seed)
        traffic.run(hours * 3600)
        alarms.update(kind for _, kind in traffic.found_at)
    return {"hours": hours * len(seeds), "alarms": dict(alarms)}


def cost() -> dict[str, float]:
    """Of the busiest look in CPU milliseconds: the longest tick, and its share of one core."""
    layout = Layout.model_validate(
        {"floor": {"width": 40, "height": 25}, "scanners": {f"s{n}": {"x": 4 + n % 5 * 8, "y": 3 + n // 5 * 6, "zone": "z"} for n in range(20)}}
    )  # fmt: skip
    watch, alive, now, ticks = ScannerWatch(layout, None), frozenset(layout.scanners), 0.0, []
    while now < 61:
        now += 0.25
        if watch.looking:
            for tag in range(MOST_TAGS):
                for scanner in layout.scanners:
                    watch.hear(f"t{tag}", scanner, -70 - (tag * 7 + len(scanner)) % 20)
        began = time.process_time()
        if watch.due(now):
            watch.tick(now, alive)
        ticks.append((time.process_time() - began) * 1000)
    return {"longest_tick_ms": round(max(ticks), 1), "share_of_core": round(sum(ticks) / 61_000, 5), "look_s": LOOK_S}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=5)
    parser.add_argument("--hours", type=float, default=6.0)
    given = parser.parse_args()
    seeds = range(100, 100 + given.worlds)
    table: dict[str, object] = {"cost": cost()}
    for name, fault in FAULTS.items():
        kind = "dead" if fault == "dead" else "off" if isinstance(fault, float) else "moved"
        table[name] = figures([after(fault, seed) for seed in seeds], kind)
    table["all is well"] = well(range(given.worlds), given.hours)
    print(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
