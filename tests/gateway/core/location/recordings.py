"""Recorded walks with truth, and how a locator's beliefs are judged: every half second against the truth then."""

import json
import math
import statistics
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nearcart_contract.store_file import Layout
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.locate import Locator
from nearcart_gateway.core.location.calibrate import Walk
from nearcart_gateway.core.values import Position

ROOT = Path(__file__).parents[4]
HALL = ROOT / "tests" / "data" / "hall"
FLAT = ROOT / "examples" / "recorded-walk"
HALL_WALKS = ("rectangular_with_rotation", "straight_02", "zigzagging_with_rotation")


def hall() -> Layout:
    return load_yaml(HALL / "layout.yaml", Layout)


def walk(folder: Path, name: str, *, with_truth: bool = True) -> Walk:
    def rows(kind: str) -> Iterable[dict[str, object]]:
        return map(json.loads, (folder / f"{name}.{kind}.jsonl").read_text().splitlines())

    truth = tuple((row["at"], row["x"], row["y"]) for row in rows("truth")) if with_truth else ()
    return Walk(tuple((row["at"], row["scanner"], row["rssi"]) for row in rows("capture")), truth)  # type: ignore[misc]


def halves(whole: Walk) -> tuple[Walk, Walk]:
    """Its first and its second half."""
    middle = (whole.truth[0][0] + whole.truth[-1][0]) / 2
    early, late = (
        Walk(
            tuple(row for row in whole.packets if (row[0] < middle) == first),
            tuple(row for row in whole.truth if (row[0] < middle) == first),
        )
        for first in (True, False)
    )
    return early, late


@dataclass(frozen=True, slots=True)
class Figures:
    """``zone``: share of steps in the true zone; ``clear``: of the steps more than a metre nearer to one scanner than to the
    next; ``error``: median distance in metres."""

    steps: int
    zone: float
    clear: float
    switches: int
    error: float


HELD_BACK_S = 2.0
"""After the last packet a locator with a lag has so much left to say."""


def follow(locator: Locator, walk: Walk) -> list[Position]:
    """Every position said of a walk, at steps of half a second."""
    said: list[Position] = []
    packets = list(walk.packets)
    now, heard = packets[0][0] + 0.5, 0
    while now <= packets[-1][0] + HELD_BACK_S:
        while heard < len(packets) and packets[heard][0] <= now:
            at, scanner, rssi = packets[heard]
            locator.hear("tag", scanner, at, rssi)
            heard += 1
        said += locator.locate(now)
        now += 0.5
    return said


def judge(layout: Layout, said: list[Position], walk: Walk) -> Figures:
    """The zone is the nearest scanner's, as in the recordings' truth."""
    times = [at for at, _, _ in walk.truth]
    stamps = [position.at for position in said]
    right = clear = clear_right = steps = switches = 0
    errors, last, now = [], None, walk.packets[0][0] + 0.5
    while now <= walk.packets[-1][0]:
        latest, true = bisect_right(stamps, now + 1e-6) - 1, bisect_right(times, now) - 1
        if latest >= 0 and true >= 0:
            position, (_, x, y) = said[latest], walk.truth[true]
            switches += last is not None and position.zone != last
            last = position.zone
            if now >= times[0] + 5.0:
                by_distance = sorted((math.dist((x, y), (s.x, s.y)), s.zone) for s in layout.scanners.values())
                hit = position.zone == by_distance[0][1]
                steps, right = steps + 1, right + hit
                if by_distance[1][0] - by_distance[0][0] > 1.0:
                    clear, clear_right = clear + 1, clear_right + hit
                assert position.x is not None and position.y is not None
                errors.append(math.dist((position.x, position.y), (x, y)))
        now += 0.5
    return Figures(steps, right / steps, clear_right / clear, switches, statistics.median(errors))


def mean(figures: list[Figures]) -> Figures:
    """Of several walks: zones by their steps, the others by walk, switches summed."""
    steps = sum(each.steps for each in figures)
    return Figures(
        steps,
        sum(each.zone * each.steps for each in figures) / steps,
        statistics.mean(each.clear for each in figures),
        sum(each.switches for each in figures),
        statistics.mean(each.error for each in figures),
    )
