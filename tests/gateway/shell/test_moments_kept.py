"""Moments that no offer waits for, on disk: each once, with what was known of her; carts as they were."""

import json
import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nearcart_contract.cart import Cart
from nearcart_contract.offer_file import Offer
from nearcart_contract.presence import PresenceBatch, Stamp, Transition
from nearcart_contract.store_file import Store
from nearcart_gateway.core.cart_book import CartBook, CartRecord
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.engine import Enrolled, Memory, StoreEngine
from nearcart_gateway.core.ledger import Ledger
from nearcart_gateway.core.locate import MedianLocator
from nearcart_gateway.core.offers.compile import compile_offers
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.sources.tidy import tidy_once
from nearcart_gateway.shell.storage import carts, moments
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect

NOW = 1_790_762_400.0
STORE = Store.model_validate(
    {
        "store": "s",
        "name": "S",
        "time_zone": "UTC",
        "currency": "EUR",
        "scanners": {"door": {"x": 1, "y": 1, "zone": "door"}},
    }
)
ANNA = Visitor("anna", consents=frozenset({"offers"}), segments=frozenset({"regulars"}))
PRESSES = Offer.model_validate({"offer": "help", "when": {"moment": "press"}, "say": "Somebody comes."})
EPOCH, BOOT = uuid.uuid4(), uuid.uuid4()


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    found = connect(tmp_path / "store.sqlite")
    yield found
    found.close()


def engine_with(*offers: Offer) -> StoreEngine:
    engine = StoreEngine(
        STORE,
        MedianLocator(STORE, STORE.locate),
        compile_offers(STORE, {}, offers, "r1", b"salt"),
        CartBook(),
        Ledger(),
    )
    engine.load(Memory([Enrolled(ANNA, ("t-anna",))]), NOW)
    return engine


def heard(engine: StoreEngine, connection: sqlite3.Connection, sequence: int, kind: str, at: float) -> PresenceBatch:
    stamp = Stamp(at=at, monotonic=at, boot=BOOT)
    more = {"cause": "silence"} if kind == "exit" else {"rssi": -60}
    transition = Transition(sequence=sequence, kind=kind, identity="t-anna", scanner="door", stamp=stamp, **more)  # type: ignore[arg-type]
    batch = PresenceBatch(epoch=EPOCH, after=sequence - 1, oldest=1, sent=stamp, transitions=(transition,))
    take(engine, connection, batch, at)
    return batch


def take(engine: StoreEngine, connection: sqlite3.Connection, batch: PresenceBatch, now: float) -> None:
    changes = Changes()
    engine.take_batch("door", batch, now, changes)
    commit(connection, changes, now)


def kinds(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT kind FROM moments ORDER BY number")]


def test_each_is_kept_once_and_what_is_known_of_her_only_when_it_changed(connection: sqlite3.Connection) -> None:
    engine = engine_with()
    first = heard(engine, connection, 1, "enter", NOW)
    heard(engine, connection, 2, "press", NOW + 1)
    take(engine, connection, first, NOW + 2)
    engine.enrol([Enrolled(replace(ANNA), ("t-anna",))])
    heard(engine, connection, 3, "press", NOW + 3)
    engine.enrol([Enrolled(replace(ANNA, tier="gold", version=2), ("t-anna",))])
    heard(engine, connection, 4, "press", NOW + 4)
    rows = connection.execute("SELECT kind, at, now, known_at, revision FROM moments ORDER BY number").fetchall()
    assert rows == [
        ("enter", NOW, NOW, NOW, "r1"),
        ("press", NOW + 1, NOW + 1, NOW, "r1"),
        ("press", NOW + 3, NOW + 3, NOW, "r1"),
        ("press", NOW + 4, NOW + 4, NOW + 4, "r1"),
    ]
    known = connection.execute("SELECT known_at, document FROM moment_visitors ORDER BY known_at").fetchall()
    assert [(at, json.loads(document)["tier"]) for at, document in known] == [(NOW, None), (NOW + 4, "gold")]
    assert json.loads(known[0][1])["segments"] == ["regulars"]


def test_what_is_decided_is_not_kept_twice(connection: sqlite3.Connection) -> None:
    engine = engine_with(PRESSES)
    heard(engine, connection, 1, "enter", NOW)
    heard(engine, connection, 2, "press", NOW + 1)
    assert kinds(connection) == ["enter"]
    assert connection.execute("SELECT kind FROM decisions").fetchall() == [("press",)]


def test_after_ninety_days_they_are_let_go(connection: sqlite3.Connection, tmp_path: Path) -> None:
    engine = engine_with()
    for sequence in range(1, 4):
        heard(engine, connection, sequence, "enter" if sequence == 1 else "press", NOW + sequence * 86_400)
    tidy_once(tmp_path / "store.sqlite", NOW + 3 * 86_400 + moments.KEPT_S - 1)
    assert connection.execute("SELECT now FROM moments").fetchall() == [(NOW + 3 * 86_400,)]
    assert connection.execute("SELECT count(*) FROM moment_visitors").fetchone() == (1,)
    tidy_once(tmp_path / "store.sqlite", NOW + 10 * 86_400 + moments.KEPT_S)
    assert kinds(connection) == []
    assert connection.execute("SELECT count(*) FROM moment_visitors").fetchone() == (0,)


def test_carts_are_kept_as_they_were_the_newest_fifty(connection: sqlite3.Connection) -> None:
    cart = Cart(id="k", source="web", customer="c", updated_at=datetime.fromtimestamp(NOW, UTC))
    for version in range(1, 61):
        carts.write_record(connection, CartRecord("web", "k", cart, version=version, received_at=NOW + version))
    rows = connection.execute("SELECT received_at FROM cart_versions ORDER BY number").fetchall()
    assert [row[0] for row in rows] == [NOW + version for version in range(11, 61)]
