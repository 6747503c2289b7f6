"""``nearcart why`` as a whole process over a database of many decisions. Prints one JSON object.

    python benchmarks/why.py [--decisions 1000000]

One real decision is copied for as many visitors and times in 90 days; the question is about one of them.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.changes import Revision
from nearcart_gateway.core.decide import decide
from nearcart_gateway.core.ledger import Ledger
from nearcart_gateway.core.values import Moment, Visitor
from nearcart_gateway.shell.offer_files import check_folder, read_folder
from nearcart_gateway.shell.storage import decisions, revisions
from nearcart_gateway.shell.storage.database import connect

VISITORS, DAYS = 100_000, 90
STORE = "store: bench\nname: Bench\ntime_zone: UTC\ncurrency: EUR\nscanners: {door: {x: 1, y: 1, zone: door}}\n"
OFFER = 'offer: offer-{n}\nwhen: {{moment: enter}}\nsay: "Hello."\npriority: {n}\ncart: {{state: abandoned}}\n'


def shop(home: Path) -> Store:
    """A store with ten offers, none of which suits anybody."""
    (home / "store.yaml").write_text(STORE)
    (home / "offers").mkdir()
    for number in range(10):
        (home / "offers" / f"offer-{number}.yaml").write_text(OFFER.format(n=number))
    return load_yaml(home / "store.yaml", Store)


def fill(home: Path, store: Store, count: int) -> None:
    connection = connect(home / store.database)
    connection.execute("PRAGMA synchronous=OFF")
    checked = check_folder(store, home / "offers", home / "campaigns")
    documents = read_folder(home / "offers", home / "campaigns").texts()
    revisions.keep_revision(connection, Revision(checked.revision, 0.0, "bench", documents))
    offers = checked.compile(store, revisions.store_salt(connection))
    now = time.time()

    def rows() -> Iterator[tuple[Any, ...]]:
        moment = Moment("m", "enter", "VISITOR", "visit", now)
        made = decide(moment, Visitor("VISITOR", consents=frozenset({"offers"})), None, offers, Ledger(), now=now)
        assert made is not None
        row = list(decisions.row_of(made))
        inputs = str(row[17])
        for number in range(count):
            visitor = f"v-{number % VISITORS}"
            row[0], row[1], row[3] = f"k{number}", f"m{number}", visitor
            row[5] = now - DAYS * 86_400 * (1 - number / count)
            row[17] = inputs.replace("VISITOR", visitor)
            yield tuple(row)

    connection.execute("BEGIN")
    marks = ", ".join("?" * 20)
    connection.executemany(f"INSERT INTO decisions ({decisions.COLUMNS}) VALUES ({marks})", rows())
    connection.execute("COMMIT")
    connection.close()


def ask(home: Path, visitor: str) -> float:
    command = [sys.executable, "-m", "nearcart", "why", visitor, "--json", "--config", str(home / "store.yaml")]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["decisions"]
    return time.perf_counter() - started


def main(count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        store = shop(home)
        fill(home, store, count)
        took = [ask(home, f"v-{number * 7919 % min(count, VISITORS)}") for number in range(7)]
        size = (home / store.database).stat().st_size
    return {
        "decisions": count,
        "database_mb": round(size / 1e6),
        "first_s": round(took[0], 2),
        "median_s": round(statistics.median(took), 2),
        "bar_s": 1.0,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=1_000_000)
    print(json.dumps(main(parser.parse_args().decisions)))
