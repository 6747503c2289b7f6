"""What `nearcart coverage` expects of the recorded walks, by the cells that were walked. JSON; measured figures: benchmarks/locate.py.

python benchmarks/coverage.py
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import numpy as np

from nearcart_contract.radio_file import Radio
from nearcart_contract.store_file import Layout, Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.location.calibrate import Walk, from_survey, from_what_was_heard
from nearcart_gateway.core.location.coverage import DRAWS, coverage, planned_map

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.gateway.core.location.recordings import FLAT, HALL, HALL_WALKS, hall, walk

AS_RECORDED_S = 0.35
"""Two packets a second from each scanner, after losses."""


def expected(layout: Layout, radio: Radio | None, walked: Walk) -> tuple[float, float]:
    """Median error in metres and right zones of the cells that were walked."""
    normals = np.random.default_rng(0).standard_normal((DRAWS, len(layout.scanners) + 2))
    found = coverage(*planned_map(layout, radio), normals, AS_RECORDED_S)
    cells = [int(((found.grid.centres - (x, y)) ** 2).sum(axis=1).argmin()) for _, x, y in walked.truth]
    return float(np.median(found.error[cells])), float(found.right[cells].mean())


def mean(figures: Sequence[tuple[float, float]]) -> dict[str, float]:
    error, right = np.mean(figures, axis=0)
    return {"error_m": round(float(error), 2), "zone": round(float(right), 3)}


def main() -> None:
    walks = {name: walk(HALL, name) for name in HALL_WALKS}
    rest = {name: [other for each, other in walks.items() if each != name] for name in walks}
    fits = {"hall, survey": from_survey, "hall, heard": from_what_was_heard}
    table = {
        said: mean([expected(hall(), fit(hall(), rest[name]), walks[name]) for name in walks])
        for said, fit in fits.items()
    }
    flat = load_yaml(FLAT / "store.yaml", Store)
    table["flat, nobody calibrated"] = mean([expected(flat, None, walk(FLAT, "robot"))])
    print(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
