"""One moment, two channels, on a real database: each decision once, across restarts and out of an older file."""

import sqlite3
from pathlib import Path

import pytest
import sqlite_utils

from nearcart_contract.offer_file import Offer
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.offers.compile import compile_offers
from nearcart_gateway.core.values import Moment, Visit, Visitor
from nearcart_gateway.shell.load import load_engine
from nearcart_gateway.shell.storage import visitors
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.storage.schema import migrations

from .corner_store import corner_store

NOW = 1_790_000_000.0
STORE = corner_store(channels={"phone": {"kind": "phone"}, "helpers": {"kind": "staff"}})
OFFERS = compile_offers(
    STORE,
    {},
    [
        Offer.model_validate({"offer": name, "when": {"moment": "press"}, "say": "Hello", "through": [channel]})
        for name, channel in (("hello", "phone"), ("help-her", "helpers"))
    ],
    "r1",
    b"salt",
)
MOMENT = Moment("v-anna.press", "press", "anna", "v-anna", NOW, zone="door")


def decide(database: sqlite3.Connection) -> Changes:
    """As a gateway that has just started: what a moment leads to, and its commit."""
    changes = Changes()
    load_engine(STORE, OFFERS, database, NOW)._decide(MOMENT, NOW, changes)
    changes.visits["v-anna"] = Visit("v-anna", "anna", NOW)
    commit(database, changes, NOW)
    return changes


def rows(database: sqlite3.Connection) -> list[tuple[str, str, str]]:
    return database.execute("SELECT key, offer, channel FROM decisions ORDER BY number").fetchall()


BOTH = [("v-anna.press:offer", "hello", "phone"), ("v-anna.press:offer:2", "help-her", "helpers")]


def test_both_leave_once_whatever_is_heard_again(tmp_path: Path) -> None:
    database = connect(tmp_path / "store.sqlite")
    visitors.add(database, Visitor("anna", consents=frozenset({"offers"})), [], NOW)
    assert len(decide(database).decisions) == 2
    assert decide(database).decisions == [], "a gateway that starts again knows the moment"
    assert rows(database) == BOTH
    assert database.execute("SELECT count(*) FROM deliveries").fetchone() == (2,)
    assert database.execute("SELECT count(*) FROM ledger").fetchone() == (2,)


def test_a_repeat_that_the_engine_does_not_know_of_changes_nothing(tmp_path: Path) -> None:
    database = connect(tmp_path / "store.sqlite")
    visitors.add(database, Visitor("anna", consents=frozenset({"offers"})), [], NOW)
    late = Changes()
    load_engine(STORE, OFFERS, database, NOW)._decide(MOMENT, NOW, late)
    decide(database)
    commit(database, late, NOW)
    assert (late.decisions, late.offers, late.counted["decisions_repeated"]) == ([], {}, 2)
    assert rows(database) == BOTH


@pytest.mark.parametrize("already", [1, 2])
def test_an_older_file_keeps_its_decisions_and_deliveries(tmp_path: Path, already: int) -> None:
    """The table is made anew; what names its rows stays."""
    path = tmp_path / "store.sqlite"
    old = sqlite3.connect(path, isolation_level=None)
    names = [migration.name for migration in migrations.pending(sqlite_utils.Database(old))]
    migrations.apply(sqlite_utils.Database(old), stop_before="several_decisions_a_moment")
    assert "several_decisions_a_moment" in names
    for number in range(already):
        old.execute(
            "INSERT INTO decisions (key, moment, kind, visitor, visit, at, outcome, reason, considered, inputs)"
            " VALUES (?, ?, 'press', 'anna', 'v', 1.0, 'sent', 'because', '[]', '{}')",
            (f"m{number}:offer", f"m{number}"),
        )
        old.execute(
            "INSERT INTO deliveries (key, channel, visitor, body, state, attempts, next_at, expires_at, created_at)"
            " VALUES (?, 'phone', 'anna', '{}', 'waiting', 0, 1.0, 2.0, 1.0)",
            (f"m{number}:offer",),
        )
    old.close()
    database = connect(path)
    assert database.execute("SELECT count(*) FROM decisions").fetchone() == (already,)
    assert database.execute("SELECT count(*) FROM deliveries").fetchone() == (already,)
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    database.execute("DELETE FROM decisions WHERE key = 'm0:offer'")
    assert database.execute("SELECT count(*) FROM deliveries").fetchone() == (already - 1,), "they still go together"
