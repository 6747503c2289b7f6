"""The locator beside the peers' method (strongest 3 s median, 3 dB) in one run: accuracy on real walks, steadiness, cost. JSON.

    python benchmarks/locate.py [--hours 8]

Real walks: each is located with a calibration of the others. Steady: a tag 2 m inside its zone, heard once a second, scanners 8 m
apart, half its packets lost, one link 15 dB down for 30 s of every 2 minutes. Moves: the same tag carried into the next zone at 1 m/s.
Two places: an aisle of three scanners whose packets spread by 5 dB, and a shop of twelve with 4 dB and 3 dB of shadowing by place. Each
word that store.yaml has for a zone (eager, balanced, sure) is a point of the trade between the two.
"""

import argparse
import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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

SENSITIVITY_DBM = -97
"""Packets that are quieter are not heard."""


def scanners_in_a_grid(columns: int, rows: int, switch: str) -> Layout:
    """Scanners 8 m apart, each in the middle of its zone."""
    places = {
        f"{n}-{m}": {"x": 4 + 8 * n, "y": 4 + 8 * m, "zone": f"{n}-{m}"} for n in range(columns) for m in range(rows)
    }
    return Layout.model_validate(
        {
            "floor": {"width": 8 * columns, "height": 8 * rows},
            "zones": {name: {"switch": switch} for name in places},
            "scanners": places,
        }
    )


@dataclass(frozen=True, slots=True)
class World:
    """``y`` of the walk in metres; ``blocked``: the scanner that is down, and where she stands; ``noise`` of a packet and
    ``shadow`` of a place in dB."""

    columns: int
    rows: int
    y: float
    blocked: str
    beyond: str
    noise: float
    shadow: float

    def layout(self, switch: str = "balanced") -> Layout:
        return scanners_in_a_grid(self.columns, self.rows, switch)


WORLDS = {
    "aisle": World(3, 1, 4.0, "0-0", "1-0", 5.0, 0.0),
    "shop": World(4, 3, 12.0, "0-1", "1-1", 4.0, 3.0),
}
WORDS = ("eager", "balanced", "sure")


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

    def __init__(self, locator: Locator, world: World, seed: int) -> None:
        self.locator, self.world, self.random, self.now = locator, world, Random(seed), 0.0
        self.scanners = world.layout().scanners
        self.shadows = {name: self.random.gauss(0, world.shadow) for name in self.scanners}
        self.x: float | None = None

    def second(self, x: float) -> Iterator[str | None]:
        """One second there: its packet if it is not lost, then the zones said, four times a second."""
        kept = math.exp(-abs(x - (x if self.x is None else self.x)) / 2.0)
        self.x = x
        for name, scanner in self.scanners.items():
            fresh = self.random.gauss(0, self.world.shadow)
            self.shadows[name] = kept * self.shadows[name] + math.sqrt(1 - kept**2) * fresh
            if self.random.random() < 0.5:
                continue
            distance = math.dist((x, self.world.y, 1.2), (scanner.x, scanner.y, scanner.z))
            down = 15 if name == self.world.blocked and self.now % 120 < 30 else 0
            level = -60 - 20 * math.log10(max(0.5, distance)) - down + self.shadows[name]
            rssi = round(level + self.random.gauss(0, self.world.noise))
            if rssi >= SENSITIVITY_DBM:
                self.locator.hear("tag", name, self.now, rssi)
        for quarter in range(4):
            for position in self.locator.locate(self.now + quarter / 4):
                yield position.zone
        self.now += 1.0


def changes_while_still(make: Make, world: World, hours: float, switch: str = "balanced") -> int:
    """Changes of zone after the first minute of a tag 2 m inside the first zone (its border is at x = 8)."""
    tag, zones = Tag(make(world.layout(switch)), world, 1), []
    for second in range(int(hours * 3600)):
        zones += [zone for zone in tag.second(6.0) if second > 60]
    return sum(one != other for one, other in pairwise(zones))


def seconds_until_a_move_shows(make: Make, world: World, moves: int, switch: str = "balanced") -> dict[str, float]:
    """From the crossing of a border at 1 m/s until the other zone is said."""
    late = []
    for seed in range(moves):
        tag = Tag(make(world.layout(switch)), world, seed)
        for _ in range(60):
            list(tag.second(5.0))
        seen: float | None = None
        for step in range(40):
            x = min(12.0, 5.0 + step)
            if world.beyond in list(tag.second(x)) and seen is None and x > 8.0:
                seen = step - 3.0
        late.append(seen if seen is not None else 99.0)
    late.sort()
    return {"p50": statistics.median(late), "p90": late[int(len(late) * 0.9)], "p95": late[int(len(late) * 0.95)]}


def trade(hours: float, moves: int) -> dict[str, Any]:
    """Steadiness against speed: each world, each word, and peers' way."""
    ways: dict[str, tuple[Make, str]] = {word: (lambda layout: grid_locator(layout, None), word) for word in WORDS}
    ways["median"] = median, "balanced"
    return {
        name: {
            way: {
                "changes while still": changes_while_still(make, world, hours, word),
                "seconds until a move shows": seconds_until_a_move_shows(make, world, moves, word),
            }
            for way, (make, word) in ways.items()
        }
        for name, world in WORLDS.items()
    }


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
        "trade": trade(hours, moves=100),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=8.0)
    print(json.dumps(main(parser.parse_args().hours)))
