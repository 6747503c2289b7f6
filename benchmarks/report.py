"""A report over millions: an export in Parquet is made up, and `nearcart report --from` runs over it in a process of its own.

``--exposures 10000000`` has 50,000,000 order lines. Prints JSON: seconds, processor seconds, and the peak of its memory.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from nearcart_contract.report_tables import HELD_OUT, OFFERED, TABLES, Terms
from nearcart_measure.report.tables import fill, make, opened

DAY = 86_400
START = 1_760_000_000
TERMS = Terms(
    "autumn#1.ab12", "autumn", "Autumn carts", "A chain", "Europe/Vienna", "EUR", "purchase", 7.0 * DAY, 1e6, None,
    ((HELD_OUT, 1000), (OFFERED, 9000)), START, None, START + 120 * DAY,
)  # fmt: skip


def made_up(folder: Path, exposures: int) -> None:
    """Two exposures a visitor, five order lines an exposure; about every third line in a window."""
    units, lines = exposures // 2, exposures * 5
    connection = opened()
    connection.execute("SELECT setseed(0.5)")
    held = "hash(unit) % 10 = 0"
    first = f"{START} + (hash(unit * 7) % {90 * DAY})::DOUBLE"
    queries = {
        "units": f"SELECT range + 1 AS unit, '' AS tier, 1 AS people FROM range({units})",
        "assignments": f"SELECT '{TERMS.experiment}' AS experiment, unit, CASE WHEN {held} THEN '{HELD_OUT}' ELSE '{OFFERED}' END AS arm,"
        f" {first} AS at_time FROM (SELECT range + 1 AS unit FROM range({units}))",
        "exposures": f"SELECT '{TERMS.experiment}' AS experiment, unit, CASE WHEN {held} THEN '{HELD_OUT}' ELSE '{OFFERED}' END AS arm,"
        f" {first} + n * 10 * {DAY} AS at_time, 'wine' AS offer, 'phone' AS channel, NOT ({held}) AS sent,"
        f" NOT ({held}) AND hash(unit) % 7 < 6 AS delivered, false AS seen, 1000 AS held_slots, 9000 AS offered_slots"
        f" FROM (SELECT range // 2 + 1 AS unit, range % 2 AS n FROM range({exposures}))",
        "visits": f"SELECT unit, {first} AS at_time, 600 AS seconds FROM (SELECT range + 1 AS unit FROM range({units}))",
        "order_lines": f"SELECT unit, purchase, {first} + (random() - 0.5) * 40 * {DAY} AS at_time, purchase % 2 = 0 AS in_store, line = 0 AS first,"
        " 'W-' || (purchase % 5000) AS sku, 100 + (random() * 4000)::BIGINT AS amount, NULL::BIGINT AS cost, 0 AS discount"
        f" FROM (SELECT 1 + (hash(range // 2) % {units})::BIGINT AS unit, range // 2 AS purchase, range % 2 AS line FROM range({lines}))",
    }  # fmt: skip
    for table in TABLES:
        path = folder / f"{table.name}.parquet"
        if table.name in queries:
            connection.execute(
                f"COPY (SELECT * FROM ({queries[table.name]}) ORDER BY unit) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
            )
        else:
            make(connection, table)
            if table.name == "experiments":
                fill(connection, table, [TERMS.row()])
            connection.execute(f"COPY {table.name} TO '{path}' (FORMAT parquet)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exposures", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="keep the files here, and use them when they are there")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "experiments.parquet").exists():
            made_up(folder, asked.exposures)
        begun = time.perf_counter()
        words = [sys.executable, "-m", "nearcart", "report", "autumn", "--from", str(folder), "--json"]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        took = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = json.loads(done.stdout)
    print(
        json.dumps(
            {
                "exposures": asked.exposures,
                "order_lines": asked.exposures * 5,
                "seconds": round(took, 1),
                "processor_seconds": round(used.ru_utime + used.ru_stime, 1),
                "peak_mb": round(used.ru_maxrss / 1024),
                "duckdb": duckdb.__version__,
                "answer": report["sentence"],
            }
        )
    )


if __name__ == "__main__":
    main()
