"""The harness of `make intervals`, on few replications: it runs the core's own figures and finds the gross mistakes out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def lines() -> list[dict]:
    command = [sys.executable, "-m", "benchmarks.intervals", "--replications", "300", "--json"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=160)
    assert result.stderr == ""
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_all_four_worlds_with_and_without_a_true_lift(lines):
    seen = {(line["world"], line["lift"]) for line in lines if line["world"]}
    stores = ("small", "medium", "saturated", "regulars")
    assert seen == {(f"{store}{late}", lift) for store in stores for late in ("", " late") for lift in (0.0, 0.2)}


def test_gross_mistakes_show_in_a_few_experiments(lines):
    found = {line["method"]: line["kept"] for line in lines if line["part"] == "wrong"}
    assert len(found) == 9
    for method in (
        "no ghosts",
        "fixed interval, looked at every day",
        "visits taken as independent",
        "three plain tests each morning",
        "delivered alone against all ghosts",
    ):
        assert found[method] is True


def test_the_daily_interval_keeps_its_promise(lines):
    report = [line for line in lines if line["method"] == "sequence on the log ratio (the report's)"]
    assert [line["kept"] for line in report] == [True] * 16
    of_buyers = [line for line in lines if line["method"] == "sequence on the log ratio of buyers (the report's)"]
    assert [line["kept"] for line in of_buyers] == [True] * 8


def test_the_smaller_bars(lines):
    kept = {line["method"]: line["kept"] for line in lines if line["part"] == "smaller"}
    assert list(kept.values()) == [True] * 5


def test_the_bars_are_the_stated_ones():
    program = (
        "from benchmarks.intervals.bars import Tally; from benchmarks.intervals.worlds import WORLDS as W;"
        "t = lambda a, b: Tally(a, b, a + b, 0, 0);"
        "print(*[t(*x).keeps_the_fixed_bar(W[1]) for x in ((2.5, 2.5), (1.4, 3), (3.6, 1.5), (3.4, 2.7), (1.9, 1.9))],"
        " *[t(*x).keeps_the_fixed_bar(W[0]) for x in ((4.4, 2.5), (4.6, 2), (4, 3.1))],"
        " *[Tally(0, 0, m, 0, 0).keeps_the_ever_bar() for m in (3.0, 3.1)])"
    )
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert result.stdout.split() == ["True", *["False"] * 4, "True", "False", "False", "True", "False"]
