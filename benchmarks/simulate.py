"""The simulator: captures a second, a full supermarket, adverts into an unmodified bleak, and a day through a store's cores. One JSON object.

    python benchmarks/simulate.py [--minutes 5] [--bluez-seconds 5] [--day 10h]

``capture``: 200 people with 1 s tags under 20 scanners of which about 8 hear each packet, written to a file. ``supermarket``: 60 zones and 2,000 people
inside, to a file. Both in a process of their own; CPU time, with the planning of everybody's way told apart. ``bluez``: 5,200 adverts/s,
paced. ``day``: the corner shop through edges' and gateway's cores, without sockets, and the visits found beside the true ones.
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


def played(which: str, seconds: float) -> dict[str, Any]:
    """One scenario into a file, in this process."""
    from nearcart_sim.core.days.play import Play
    from nearcart_sim.core.days.scenario_file import ScenarioFile
    from nearcart_sim.shell.scenario_files import load_scenario
    from nearcart_sim.shell.scenario_run import Files, write_run

    scenario = ScenarioFile.model_validate(HALL) if which == "capture" else load_scenario(which)
    began = time.process_time()
    play = Play(scenario, 0, seconds)
    planned = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        ran = write_run(play, Files(capture=Path(folder) / "capture"))
    took = time.process_time() - planned
    return {
        "seconds": seconds,
        "planning_cpu_s": round(planned - began, 2),
        "cpu_s": round(took, 2),
        "times_real_time_with_planning": round(seconds / (time.process_time() - began), 1),
        "times_real_time": round(seconds / took, 1),
        "lines": ran.heard,
        "lines_per_s": round(ran.heard / took),
        "scanners_that_hear_an_advert": round(ran.heard / ran.sent, 2),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def in_its_own_process(which: str, seconds: float) -> dict[str, Any]:
    command = [sys.executable, __file__, "--only", which, "--minutes", str(seconds / 60)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


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
    parser.add_argument("--only", choices=("capture", "supermarket"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        return played(options.only, options.minutes * 60)

    from nearcart_contract.duration import parse_duration

    return {
        "benchmark": "simulate",
        "capture": in_its_own_process("capture", options.minutes * 60),
        "supermarket": in_its_own_process("supermarket", options.minutes * 12),
        "day": day(parse_duration(options.day).total_seconds()),
        "bluez": asyncio.run(bluez(options.bluez_seconds)),
        "bars": BARS,
    }


if __name__ == "__main__":
    print(json.dumps(main()))
