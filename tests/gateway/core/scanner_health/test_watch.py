"""Faults are found within an hour of traffic, and a shop in which all is well raises no alarm.

``python benchmarks/scanner_health.py`` does the same for longer and with more worlds.
"""

import json
from itertools import count
from pathlib import Path

import pytest

from nearcart_contract.store_file import Layout, Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.scanner_health.watch import ScannerWatch

from .shop_traffic import SHOP, Fault, Traffic

ROOT = Path(__file__).parents[4]


def found(fault: Fault, seed: int) -> dict[tuple[str, str], float]:
    """What was said in the hour after the fault, and after how many minutes."""
    traffic = Traffic(ScannerWatch(SHOP, None), seed)
    traffic.run(3900)
    assert not traffic.found_at
    traffic.fault = {"s10": fault}
    traffic.run(3600)
    return {what: (at - 3900) / 60 for what, at in traffic.found_at.items()}


@pytest.mark.parametrize(("fault", "kind"), [("dead", "dead"), (-10.0, "off"), (10.0, "off"), ((14.0, 3.0), "moved")])
def test_a_fault_is_found_within_an_hour(fault: Fault, kind: str) -> None:
    assert set(found(fault, seed=100)) == {("s10", kind)}


def test_two_hours_in_which_all_is_well() -> None:
    traffic = Traffic(ScannerWatch(SHOP, None), seed=1)
    traffic.run(7200)
    assert not traffic.found_at


@pytest.mark.parametrize("wall_db", [15.0, 30.0])
def test_walls_are_no_fault(wall_db: float) -> None:
    """Nobody in the one room for a while, and the scanners of the other hear nothing through the wall."""
    traffic = Traffic(ScannerWatch(SHOP, None), seed=0, people=3, wall_db=wall_db)
    traffic.run(7200)
    assert not traffic.found_at


def test_a_scanner_that_comes_back_is_well_again() -> None:
    traffic = Traffic(ScannerWatch(SHOP, None), seed=3)
    traffic.run(600)
    traffic.fault = {"s21": "dead"}
    traffic.run(1200)
    assert [(each.scanner, each.kind) for each in traffic.watch.troubles] == [("s21", "dead")]
    assert "its edge answers: look at its adapter" in traffic.watch.troubles[0].sentence
    traffic.fault = {}
    traffic.run(400)
    assert not traffic.watch.troubles


def test_an_edge_that_is_away_is_said_elsewhere() -> None:
    traffic = Traffic(ScannerWatch(SHOP, None), seed=3)
    traffic.run(600)
    traffic.fault = {"s21": "dead"}
    traffic.alive = frozenset(SHOP.scanners) - {"s21"}
    traffic.run(1200)
    assert not traffic.found_at


def test_one_that_was_dead_from_the_start_is_found_too() -> None:
    traffic = Traffic(ScannerWatch(SHOP, None), seed=2)
    traffic.fault = {"s10": "dead"}
    traffic.run(3600)
    assert set(traffic.found_at) == {("s10", "dead")}


def test_an_empty_shop_is_no_dead_shop() -> None:
    traffic = Traffic(ScannerWatch(SHOP, None), seed=1, people=0)
    traffic.run(4000)
    assert not traffic.found_at


@pytest.mark.parametrize(
    ("layout", "captures"),
    [
        ("tests/data/hall/layout.yaml", sorted((ROOT / "tests/data/hall").glob("*.capture.jsonl"))),
        ("examples/recorded-walk/store.yaml", [ROOT / "examples/recorded-walk/robot.capture.jsonl"]),
    ],
)
def test_recorded_walks_raise_no_alarm(layout: str, captures: list[Path]) -> None:
    """The walks over and over, for an hour and a half."""
    plan: Layout = load_yaml(ROOT / layout, Store if "recorded-walk" in layout else Layout)
    watch, alive, now = ScannerWatch(plan, None), frozenset(plan.scanners), 0.0
    walks = [[json.loads(line) for line in capture.read_text().splitlines()] for capture in captures]
    for number in count():
        walk = walks[number % len(walks)]
        begin = now - walk[0]["at"]
        for line in walk:
            now = begin + line["at"]
            if watch.due(now):
                watch.tick(now, alive)
            if watch.looking:
                watch.hear(f"walker{number}", line["scanner"], line["rssi"])
        assert not watch.troubles
        if now > 5400:
            break
