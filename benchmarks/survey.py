"""A five-minute survey walk through a simulated shop of ten zones: what `nearcart calibrate` says of it, and what visits then score. JSON.

python benchmarks/survey.py [--rooms 5]
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.sim.ten_zones import corner, layout, survey, visit, write

from nearcart.calibrate_command import _walks_of
from nearcart_gateway.core.location.calibrate import from_survey
from nearcart_gateway.core.location.score import Score, held_out, score


def room(seed: int, folder: Path) -> dict[str, Score]:
    plan = layout()
    walked = _walks_of(*write(folder, "survey", survey(), seed))
    visited = _walks_of(*write(folder, "visit", visit(), seed))
    poor = _walks_of(*write(folder, "corner", corner(), seed))
    return {
        "held out": held_out(plan, walked),
        "visits": score(plan, from_survey(plan, walked), visited),
        "visits, half a minute in a corner": score(plan, from_survey(plan, poor), visited),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rooms = [room(seed, Path(folder)) for seed in range(1, given.rooms + 1)]
    table = {
        name: {
            "zone": [round(each[name].zone, 3) for each in rooms],
            "zone_mean": round(statistics.mean(each[name].zone for each in rooms), 3),
            "error_m_median": round(statistics.median(each[name].error for each in rooms), 2),
        }
        for name in rooms[0]
    }
    print(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
