"""Coupon codes on a real database: each is given in the transaction of one decision, and never again after a restart."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from nearcart_contract.offer_file import Offer
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.coupons import GivenCoupon, erased_code
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.offers.compile import compile_offers
from nearcart_gateway.core.values import Moment, Visitor
from nearcart_gateway.shell.load import load_engine
from nearcart_gateway.shell.storage import coupons, visitors
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect

from .corner_store import corner_store

NOW = 1_790_000_000.0
STORE = corner_store(coupons={"autumn": "codes.txt"})
OFFER: dict[str, Any] = {
    "offer": "hello",
    "when": {"moment": "press"},
    "give": {"kind": "percent", "percent": 10, "pool": "autumn"},
    "say": "Show {{ give.code }}",
}
OFFERS = compile_offers(STORE, {}, [Offer.model_validate(OFFER)], "r1", b"salt")


@pytest.fixture
def database(tmp_path: Path) -> sqlite3.Connection:
    connection = connect(tmp_path / "store.sqlite")
    for name in ("anna", "ben", "cleo"):
        visitors.add(connection, Visitor(name, consents=frozenset({"offers"})), [], NOW)
    return connection


def engine(database: sqlite3.Connection) -> StoreEngine:
    found = load_engine(STORE, OFFERS, database, NOW)
    found.facts.coupons.fill("autumn", ("A-1", "A-2"))
    return found


def press(engine: StoreEngine, visitor: str) -> Changes:
    changes = Changes()
    engine._decide(Moment(f"v-{visitor}.press", "press", visitor, f"v-{visitor}", NOW), NOW, changes)
    return changes


def test_each_gets_her_own_across_restarts(database: sqlite3.Connection) -> None:
    said = []
    for visitor in ("anna", "ben", "cleo"):
        changes = press(engine(database), visitor)
        commit(database, changes, NOW)
        said.append((changes.decisions[0].outcome, changes.decisions[0].text))
    assert said == [("sent", "Show A-1"), ("sent", "Show A-2"), ("withheld", None)]
    (body,) = database.execute("SELECT body FROM deliveries WHERE visitor = 'ben'").fetchone()
    assert json.loads(body)["benefit"]["code"] == "A-2"


def test_what_was_not_committed_was_not_given(database: sqlite3.Connection) -> None:
    press(engine(database), "anna")
    changes = press(engine(database), "ben")
    assert changes.decisions[0].text == "Show A-1"


def test_a_code_is_never_given_twice_whoever_asks(database: sqlite3.Connection) -> None:
    first, second = press(engine(database), "anna"), press(engine(database), "ben")
    commit(database, first, NOW)
    with pytest.raises(sqlite3.IntegrityError):
        commit(database, second, NOW)
    assert database.execute("SELECT count(*) FROM decisions").fetchone() == (1,)
    assert database.execute("SELECT count(*) FROM deliveries").fetchone() == (1,)


def test_an_erased_visitor_s_code_stays_given(database: sqlite3.Connection) -> None:
    commit(database, press(engine(database), "anna"), NOW)
    coupons.erase_visitor(database, "anna")
    assert database.execute("SELECT code, decision FROM coupons").fetchall() == [(erased_code("autumn", "A-1"), None)]
    assert engine(database).facts.coupon("autumn") == "A-2"
    coupons.write_given(database, GivenCoupon("autumn", "A-2", "other"))
    assert list(coupons.read_given(database)) == [("autumn", "A-2"), ("autumn", erased_code("autumn", "A-1"))]
