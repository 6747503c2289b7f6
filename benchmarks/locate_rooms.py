"""The locator beside the peers' method in rooms that it was not made for: simulated ones and changed recordings.

python benchmarks/locate_rooms.py [--rooms 12] [--only survey,heard,none,median,lag] [--match hall]
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from nearcart_contract.store_file import Layout, Locate, Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.locate import Locator, MedianLocator
from nearcart_gateway.core.location.calibrate import Walk, from_survey, from_what_was_heard
from nearcart_gateway.core.locators import grid_locator

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.gateway.core.location.recordings import FLAT, HALL, HALL_WALKS, Figures, follow, hall, judge, mean, walk

from benchmarks._rooms import Room, changed_recordings, simulated

Make = Callable[[Layout, Sequence[Walk]], Locator]


def unknown(walks: Sequence[Walk]) -> list[Walk]:
    return [Walk(each.packets) for each in walks]


WAYS: dict[str, Make] = {
    "median": lambda layout, _: MedianLocator(layout, Locate()),
    "none": lambda layout, _: grid_locator(layout, None),
    "heard": lambda layout, walks: grid_locator(layout, from_what_was_heard(layout, unknown(walks))),
    "survey": lambda layout, walks: grid_locator(layout, from_survey(layout, walks)),
    "lag": lambda layout, walks: grid_locator(layout, from_survey(layout, walks), lag=2.0),
}


def located(room: Room, make: Make) -> Figures:
    figures = []
    for each, others in zip(room.walks, room.trained_on, strict=True):
        said = follow(make(room.layout, others), each)
        figures.append(judge(room.layout, said, each))
    return mean(figures)


def true_switches(room: Room) -> int:
    def nearest(x: float, y: float) -> str:
        return min(room.layout.scanners.values(), key=lambda s: (s.x - x) ** 2 + (s.y - y) ** 2).zone

    count = 0
    for each in room.walks:
        zones = [nearest(x, y) for _, x, y in each.truth]
        count += sum(one != other for one, other in pairwise(zones))
    return count


def rooms(number: int, match: str) -> list[Room]:
    flat = load_yaml(FLAT / "store.yaml", Store)
    found = changed_recordings((hall(), [walk(HALL, name) for name in HALL_WALKS]), (flat, [walk(FLAT, "robot")]))
    found = [room for room in found if match in room.name]
    return found + [simulated(each) for each in range(1, number + 1) if match in f"room {each}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=int, default=12)
    parser.add_argument("--only", default="median,none,heard,survey,lag")
    parser.add_argument("--match", default="")
    options = parser.parse_args()
    ways = options.only.split(",")
    totals: dict[str, list[Figures]] = {way: [] for way in ways}
    for room in rooms(options.rooms, options.match):
        began, row = time.process_time(), {}
        for way in ways:
            figures = located(room, WAYS[way])
            totals[way].append(figures)
            row[way] = f"{figures.zone:.3f} {figures.clear:.3f} {figures.switches:4d} {figures.error:.2f}"
        print(
            f"{room.name:45s} {true_switches(room):4d} | " + " | ".join(f"{way} {told}" for way, told in row.items()),
            f"| {time.process_time() - began:.0f}s {room.about}",
            flush=True,
        )
    print(
        "mean",
        {
            way: [
                round(statistics.mean(getattr(f, what) for f in each), 4)
                for what in ("zone", "clear", "switches", "error")
            ]
            for way, each in totals.items()
        },
    )


if __name__ == "__main__":
    main()
