"""Who is taken for a visitor at a shop front, with the door in store.yaml and without. JSON.

    python benchmarks/doorway.py [--streets 6] [--method median] [--glass 6]

Simulated streets (tests/sim/street.py), each another room: people who walk past, look into the window, stand at the door, wait across the street, and those
who come in. Times in seconds after she truly came in or left.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.sim.street import NOT_VISITS, VISITS, Said, Street, Way, shop

from nearcart_contract.store_file import Store

Told = list[tuple[str, Way, Said]]


def told(store: Store, streets: Sequence[Street]) -> Told:
    found: Told = []
    for street in streets:
        people = street.people()
        found += [(who[0], people[who], said) for who, said in street.said(store).items()]
    return found


def figures(found: Told) -> dict[str, object]:
    row: dict[str, object] = {"taken for a visitor": {}, "missed": {}}
    for kind in NOT_VISITS:
        whose = [bool(said.opened) for each, _, said in found if each == kind]
        row["taken for a visitor"][kind] = f"{sum(whose)} of {len(whose)}"  # type: ignore[index]
    for kind in VISITS:
        whose = [not said.opened for each, _, said in found if each == kind]
        row["missed"][kind] = f"{sum(whose)} of {len(whose)}"  # type: ignore[index]
    visits = [(kind, way, said) for kind, way, said in found if way.came is not None and said.opened]
    row["in two visits"] = f"{sum(len(said.opened) > 1 for _, _, said in visits)} of {len(visits)}"
    row["enter told after"] = points([said.opened[0] - (way.came or 0.0) for _, way, said in visits])
    for kind in ("shops", "shops, then waits outside"):
        late = [said.closed[-1] - (way.left or 0.0) for each, way, said in visits if each == kind and said.closed]
        row[f"exit told after, {kind}"] = points(late)
    return row


def points(late: Sequence[float]) -> dict[str, float]:
    cut = statistics.quantiles(late, n=20)
    return {"p5": round(cut[0], 1), "p50": round(cut[9], 1), "p90": round(cut[17], 1), "p95": round(cut[18], 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streets", type=int, default=6)
    parser.add_argument("--method", default="median")
    parser.add_argument("--glass", type=float, default=6.0, help="dB that the shop front takes")
    given = parser.parse_args()
    streets = [Street(seed, glass_db=given.glass) for seed in range(100, 100 + given.streets)]
    deaf = {
        name: [Street(s.seed, glass_db=s.glass_db, deaf=frozenset({name})) for s in streets]
        for name in ("mat", "street")
    }
    two = shop("street", "street-2", method=given.method)
    table = {
        "no door in the file": told(shop(door=False, method=given.method), streets),
        "a door zone alone": told(shop(method=given.method), streets),
        "and a scanner on the street": told(shop("street", method=given.method), streets),
        "and two of them": told(two, streets),
        "two, and the door's own is deaf": told(two, deaf["mat"]),
        "two, of which one is deaf": told(two, deaf["street"]),
    }
    print(json.dumps({name: figures(found) for name, found in table.items()}, indent=1))


if __name__ == "__main__":
    main()
