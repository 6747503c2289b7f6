"""``nearcart offers backtest`` over a million stored moments. Prints one JSON object.

    python benchmarks/backtest.py [--moments 1000000] [--keep DIR]

The past is made by the engine itself, committed as a gateway does: 20,000 visitors, each visit an enter that thirty offers wait for and
eight presses that none does. Tried are a live offer, whose decisions must all come out again, and two new ones: one that waits
for every press, and one for the enters that others wait for too. Exits with 1 when a decision is not reproduced.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from nearcart_contract.presence import PresenceBatch, Stamp, Transition
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.changes import Changes, Revision
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.shell.backtest import backtest
from nearcart_gateway.shell.enrolment import as_enrolled
from nearcart_gateway.shell.load import load_engine
from nearcart_gateway.shell.offer_files import check_folder, read_folder
from nearcart_gateway.shell.storage import revisions, visitors
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.tried_file import read_tried

PEOPLE, PRESSES, LIVE = 20_000, 8, 30
GROUP = 500
BOOT, EPOCH = uuid.uuid4(), uuid.uuid4()
DAYS = 30
STORE = (
    "store: bench\nname: Bench\ntime_zone: Europe/Vienna\ncurrency: EUR\nscanners: {door: {x: 1, y: 1, zone: door}}\n"
    "channels: {phone: {kind: phone}}\n"
)
NEW = {
    "every press": "offer: new\nwhen: {moment: press}\nsay: New\nlimits: {per_visitor: {times: 1, period: 7d}, per_store: {times: 5000, period: 1d}}\n",
    "enters that others wait for": "offer: new\npriority: 40\nwhen: {moment: enter}\nsay: New\nwho: {segments: [regulars]}\n"
    "limits: {per_visitor: {times: 1, period: 7d}}\n",
}


def live(number: int) -> str:
    return (
        f"offer: live-{number}\npriority: {number}\nwhen: {{moment: enter}}\nsay: Hello\n"
        f"limits: {{per_visitor: {{times: 1, period: {1 + number % 9}d}}, per_offer: {{times: 100000, period: 1d}}}}\n"
    )


def make(home: Path, moments: int) -> None:
    """The past. ``synchronous`` is off: it is not what is measured."""
    (home / "offers").mkdir(parents=True)
    (home / "store.yaml").write_text(STORE)
    for number in range(LIVE):
        (home / "offers" / f"live-{number}.yaml").write_text(live(number))
    store = load_yaml(home / "store.yaml", Store)
    connection = connect(home / "nearcart.sqlite")
    connection.execute("PRAGMA synchronous=OFF")
    began = time.time() - DAYS * 86_400 + 60
    _enrol(connection, began)
    documents = read_folder(home / "offers", home / "campaigns")
    checked = check_folder(store, home / "offers", home / "campaigns", began)
    salt = revisions.store_salt(connection)
    revisions.keep_revision(connection, Revision(checked.revision, began, "files", documents.kept_with(store)))
    engine = load_engine(store, checked.compile(store, salt), connection, began)
    engine.enrol([as_enrolled(visitor) for visitor in visitors.everybody(connection)])
    _walk(engine, connection, began, moments)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _enrol(connection: Any, began: float) -> None:
    connection.execute("BEGIN")
    rows = []
    for number in range(PEOPLE):
        segments = '["regulars"]' if number % 10 == 0 else "[]"
        rows.append((f"v-{number}", segments, began, began))
    connection.executemany(
        "INSERT INTO visitors (id, kind, language, consents, version, segments, created_at, updated_at)"
        " VALUES (?, 'visitor', 'en', '[\"offers\"]', 1, ?, ?, ?)",
        rows,
    )
    connection.executemany(
        "INSERT INTO identities VALUES (?, ?, ?, ?)",
        [
            (
                f"t-{number}",
                f"v-{number}",
                json.dumps(
                    {
                        "kind": "address",
                        "id": f"t-{number}",
                        "address": f"C0:00:00:00:{number >> 8:02X}:{number & 255:02X}",
                    }
                ),
                str(number),
            )
            for number in range(PEOPLE)
        ],
    )
    connection.execute("COMMIT")


def _walk(engine: StoreEngine, connection: Any, began: float, moments: int) -> None:
    """Visits one group after another, spread over the days: enter, presses, exit."""
    per_visit = PRESSES + 2
    at_once = GROUP // per_visit
    groups = moments // (at_once * per_visit)
    sequence = 0
    for group in range(groups):
        now = began + group * (DAYS * 86_400 - 3600) / groups
        first = group * at_once
        people = [(first + number) % PEOPLE for number in range(at_once)]
        for step in range(per_visit):
            at = now + step * 2
            kind = "enter" if step == 0 else "exit" if step == per_visit - 1 else "press"
            sequence = _send(engine, connection, sequence, kind, people, at)
        changes = Changes()
        engine.tick(now + per_visit * 2 + 60, changes)
        commit(connection, changes, now)


def _send(engine: StoreEngine, connection: Any, sequence: int, kind: str, people: list[int], at: float) -> int:
    more: dict[str, Any] = {"cause": "silence"} if kind == "exit" else {}
    stamp = Stamp(at=at, monotonic=at, boot=BOOT)
    transitions = tuple(
        Transition(sequence=sequence + n, kind=kind, identity=f"t-{who}", scanner="door", stamp=stamp, **more)  # type: ignore[arg-type]
        for n, who in enumerate(people, 1)
    )
    batch = PresenceBatch(epoch=EPOCH, after=sequence, oldest=1, sent=stamp, transitions=transitions)
    changes = Changes()
    engine.take_batch("door", batch, at, changes)
    commit(connection, changes, at)
    return sequence + len(people)


def tried(home: Path, text: str) -> dict[str, Any]:
    file = home / "draft.yaml"
    file.write_text(text)
    began, cpu = time.perf_counter(), time.process_time()
    result = backtest(read_tried(file, home / "store.yaml"), time.time() - DAYS * 86_400)
    took, used = time.perf_counter() - began, time.process_time() - cpu
    found = result.found
    return {
        "seconds": round(took, 1),
        "cpu_seconds": round(used, 1),
        "moments": found.moments,
        "awaited": found.awaited,
        "sent": found.sent,
        "displaced": sum(found.displaced.values()),
        "reproduced": f"{found.reproduced} of {found.compared}",
        "ok": found.reproduced == found.compared,
    }


def run(home: Path, moments: int) -> dict[str, Any]:
    if not (home / "nearcart.sqlite").exists():
        make(home, moments)
    found: dict[str, Any] = {"a live offer": tried(home, live(LIVE - 1))}
    found |= {f"a new one: {name}": tried(home, text) for name, text in NEW.items()}
    found["peak_rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--moments", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="make the past here, or use the one that is here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = run(given.keep or Path(folder) / "bench", given.moments)
    print(json.dumps(found, indent=2))
    sys.exit(0 if all(entry["ok"] for entry in found.values() if isinstance(entry, dict)) else 1)
