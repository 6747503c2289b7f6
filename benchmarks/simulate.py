"""The simulator: captures a second, a full supermarket, adverts into an unmodified bleak, and a day through a store's cores. One JSON object.

    python benchmarks/simulate.py [--minutes 5] [--bluez-seconds 5] [--day 10h]

``capture``: 200 people with 1 s tags under 20 scanners of which about 8 hear each packet, written to a file. ``supermarket``: 60 zones and 2,000 people
inside, to a file. Both are the command that a user runs, ``nearcart sim run``, with everything counted: the start of Python, radio maps, everybody's
way, playing and writing; user and system time of one core. ``bluez``: 5,200 adverts/s, paced. ``day``: the corner shop through edges' and
gateway's cores, without sockets, and the visits found beside the true ones.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

BARS = {
    "capture: times real time": 200,
    "capture: lines_per_s": 320_000,
    "supermarket: times real time": 10,
    "supermarket: rss_mb": 500,
    "bluez: adverts_per_s": 5000,
    "bluez: lost": 0,
    "day: cpu_s": 120,
    "day: missed or extra": 0,
}
HALL = {
    "title": "Bar",
    "about": "200 people all the time under 20 scanners that hear some 25 m far.",
    "starts_at": "2026-03-02T08:00:00Z",
    "lasts": "1h",
    "grid": {"columns": 5, "rows": 4, "zone": [12, 12], "shelf_loss_db": None},
    "radio": {"sensitivity_dbm": -89},
    "tags": {"kinds": {"ibeacon": 1}, "interval_ms": [1000, 1000]},
    "shoppers": {"arrivals": [{"per_hour": 0}], "staff": 200},
}


def played(scenario: str, seconds: float) -> dict[str, Any]:
    """One scenario into a file, by the command."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "nearcart", "sim", "run", scenario, "--for", f"{round(seconds)}s", "--json"]
        command += ["--capture", str(Path(folder) / "capture")]
        began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        ran = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    took = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return {
        "seconds": ran["seconds"],
        "cpu_s": round(took, 2),
        "cpu_s_a_minute": round(took * 60 / ran["seconds"], 3),
        "wall_s": round(wall, 2),
        "times_real_time": round(ran["seconds"] / took, 1),
        "lines": ran["heard"],
        "lines_per_s": round(ran["heard"] / took),
        "scanners_that_hear_an_advert": round(ran["heard"] / ran["sent"], 2),
        "rss_mb": round(after.ru_maxrss / 1024, 1),
    }


def hall(seconds: float) -> dict[str, Any]:
    """The bar's hall, from a file as a user would write it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "hall.yaml"
        file.write_text(json.dumps(HALL))
        return played(str(file), seconds)


def day(seconds: float) -> dict[str, Any]:
    """The corner shop through the cores: CPU seconds, and how the visits compare."""
    from tests.sim.store_cores import compared, found_visits

    from nearcart_sim.core.days.adverts import advertisements
    from nearcart_sim.core.days.play import Play
    from nearcart_sim.shell.scenario_files import load_scenario

    began = time.process_time()
    play = Play(load_scenario("corner-shop"), 0, seconds)
    result = compared(play, found_visits(play, advertisements(play)))
    return {
        "hours": round(play.seconds / 3600, 2),
        "cpu_s": round(time.process_time() - began, 1),
        "true_visits": result.true,
        "found_visits": result.found,
        "missed": len(result.missed),
        "extra": len(result.extra),
        "entered_late_s_median_and_most": [
            round(result.late_in[len(result.late_in) // 2], 1),
            round(result.late_in[-1], 1),
        ],
        "left_late_s_median_and_most": [
            round(result.late_out[len(result.late_out) // 2], 1),
            round(result.late_out[-1], 1),
        ],
    }


async def bluez(seconds: float) -> dict[str, Any]:
    """5,200 adverts/s into bleak in a process of its own."""
    from bluez import measure

    *ours, listeners = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, ours or {listeners})
    return await measure(5200.0, seconds, listeners)


def main() -> dict[str, Any]:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5.0, help="of the hall; the supermarket plays a fifth of it")
    parser.add_argument("--bluez-seconds", type=float, default=5.0)
    parser.add_argument("--day", default="10h")
    options = parser.parse_args()

    from nearcart_contract.duration import parse_duration

    return {
        "benchmark": "simulate",
        "capture": hall(options.minutes * 60),
        "supermarket": played("supermarket", options.minutes * 12),
        "day": day(parse_duration(options.day).total_seconds()),
        "bluez": asyncio.run(bluez(options.bluez_seconds)),
        "bars": BARS,
    }


if __name__ == "__main__":
    print(json.dumps(main()))
