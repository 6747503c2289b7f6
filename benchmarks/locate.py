"""The locator beside the peers' method (strongest 3 s median, 3 dB) in one run: accuracy on real walks, steadiness, cost. JSON.

    python benchmarks/locate.py [--hours 8]

Real walks: each is located with a calibration of the others. Steady: a tag 2 m inside its zone, heard once a second, scanners 8 m
apart, half its packets lost, one link 15 dB down for 30 s of every 2 minutes. Moves: the same tag carried into the next zone at 1 m/s.
"""

import argparse
import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import psutil

from nearcart_contract.store_file import Layout, Locate, Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.locate import Locator, MedianLocator
from nearcart_gateway.core.location.calibrate import from_survey, from_what_was_heard
from nearcart_gateway.core.locators import grid_locator

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.gateway.core.location.recordings import (
    FLAT,
    HALL,
    HALL_WALKS,
    Figures,
    follow,
    hall,
    judge,
    mean,
    walk,
)

Make = Callable[[Layout], Locator]
AISLE = Layout.model_validate(
    {
        "floor": {"width": 24, "height": 8},
        "scanners": {f"zone-{n}": {"x": 4 + 8 * n, "y": 4, "zone": f"zone-{n}"} for n in range(3)},
    }
)


def median(layout: Layout) -> Locator:
    return MedianLocator(layout, Locate())


def in_the_hall(fit: Callable[..., Any] | None, *, truth: bool, lag: float = 0.0) -> Figures:
    layout, figures = hall(), []
    for name in HALL_WALKS:
        others = [walk(HALL, other, with_truth=truth) for other in HALL_WALKS if other != name]
        locator = grid_locator(layout, fit(layout, others), lag=lag) if fit else median(layout)
        figures.append(judge(layout, follow(locator, walk(HALL, name)), walk(HALL, name)))
    return mean(figures)


def in_the_flat(make: Make) -> Figures:
    layout, robot = load_yaml(FLAT / "store.yaml", Store), walk(FLAT, "robot")
    return judge(layout, follow(make(layout), robot), robot)


class Tag:
    """Heard once a second by each scanner, if at all; ``now`` in seconds."""

    def __init__(self, locator: Locator, seed: int) -> None:
        self.locator, self.random, self.now = locator, Random(seed), 0.0

    def second(self, x: float, y: float) -> Iterator[str | None]:
        """One second there: its packet if it is not lost, then the zones said, four times a second."""
        for number, (name, scanner) in enumerate(AISLE.scanners.items()):
            if self.random.random() < 0.5:
                continue
            distance = math.dist((x, y, 1.2), (scanner.x, scanner.y, scanner.z))
            down = 15 if number == 0 and self.now % 120 < 30 else 0
            rssi = -60 - 20 * math.log10(max(0.5, distance)) - down + self.random.gauss(0, 5)
            self.locator.hear("tag", name, self.now, round(rssi))
        for quarter in range(4):
            for position in self.locator.locate(self.now + quarter / 4):
                yield position.zone
        self.now += 1.0


def changes_while_still(make: Make, hours: float) -> int:
    """Changes of zone after the first minute of a tag 2 m inside the first zone (its border is at x = 8)."""
    tag, zones = Tag(make(AISLE), 1), []
    for second in range(int(hours * 3600)):
        zones += [zone for zone in tag.second(6.0, 4.0) if second > 60]
    return sum(one != other for one, other in pairwise(zones))


def seconds_until_a_move_shows(make: Make, moves: int) -> dict[str, float]:
    """From the crossing of a border at 1 m/s until the other zone is said."""
    late = []
    for seed in range(moves):
        tag = Tag(make(AISLE), seed)
        for _ in range(60):
            list(tag.second(5.0, 4.0))
        seen: float | None = None
        for step in range(40):
            x = min(12.0, 5.0 + step)
            if "zone-1" in list(tag.second(x, 4.0)) and seen is None and x > 8.0:
                seen = step - 3.0
        late.append(seen if seen is not None else 99.0)
    return {"p50": statistics.median(late), "p95": sorted(late)[int(len(late) * 0.95)]}


def cost() -> dict[str, float]:
    """500 visitors, 20 scanners, 40 x 25 m, one packet a second each: share of one core, and memory."""
    scanners = {f"s{n}": {"x": 4 + 8 * (n % 5), "y": 3 + 6 * (n // 5), "zone": f"z{n}"} for n in range(20)}
    layout = Layout.model_validate({"floor": {"width": 40, "height": 25}, "scanners": scanners})
    before, random = psutil.Process().memory_info().rss, Random(1)
    locator, now, used = grid_locator(layout, None), 0.0, 0.0
    for second in range(13):
        for visitor in range(500):
            for scanner in scanners:
                locator.hear(f"v{visitor}", scanner, now + random.random(), -60 - random.randrange(30))
        now += 1.0
        started = time.process_time()
        list(locator.locate(now))
        used += time.process_time() - started if second >= 3 else 0.0
    grown = psutil.Process().memory_info().rss - before
    return {"core_share": round(used / 10, 3), "rss_mb": round(grown / 1e6, 1)}


def rounded(figures: Figures) -> dict[str, float]:
    return {
        "zone": round(figures.zone, 3),
        "clear": round(figures.clear, 3),
        "switches": figures.switches,
        "error_m": round(figures.error, 2),
    }


def main(hours: float) -> dict[str, Any]:
    spent = cost()
    methods: dict[str, Make] = {"grid": lambda layout: grid_locator(layout, None), "median": median}
    return {
        "cost": spent,
        "hall": {
            "survey": rounded(in_the_hall(from_survey, truth=True)),
            "survey, 2 s later": rounded(in_the_hall(from_survey, truth=True, lag=2.0)),
            "heard only": rounded(in_the_hall(from_what_was_heard, truth=False)),
            "median": rounded(in_the_hall(None, truth=False)),
        },
        "flat, uncalibrated": {name: rounded(in_the_flat(make)) for name, make in methods.items()},
        "changes while still": {name: changes_while_still(make, hours) for name, make in methods.items()},
        "seconds until a move shows": {name: seconds_until_a_move_shows(make, 100) for name, make in methods.items()},
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=8.0)
    print(json.dumps(main(parser.parse_args().hours)))
