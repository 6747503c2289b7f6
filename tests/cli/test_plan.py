"""``nearcart plan`` over a store's own database."""

import json
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nearcart.main import app
from nearcart_contract.cart import Order
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.hooks.event import OrderPlaced
from nearcart_gateway.core.orders import NOTHING_KNOWN
from nearcart_gateway.core.values import Visit, Visitor
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.load import load_engine
from nearcart_gateway.shell.offer_watch import OfferWatch
from nearcart_gateway.shell.storage import visitors
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect

DAY = 86_400.0
STORE = """
store: corner
name: Corner Shop
time_zone: Europe/Vienna
currency: EUR
scanners: {door: {x: 1, y: 1, zone: door}}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten new visitors a day for thirty days, of whom one in five buys for 20 the next day; staff come too."""
    home = tmp_path_factory.mktemp("shop")
    (home / "store.yaml").write_text(STORE)
    began = time.time() - 30 * DAY
    with closing(connect(home / "nearcart.sqlite")) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        people = [Visitor(f"v{n}", customer=f"c{n}", consents=frozenset({"offers"})) for n in range(300)]
        staff = Visitor("staff", customer="staff", kind="staff", consents=frozenset({"offers"}))
        for visitor in (*people, staff):
            visitors.add(connection, visitor, [], began)
        store = load_yaml(home / "store.yaml", Store)
        watch = OfferWatch(home, store, connection, StoreClock(0.0))
        engine, changes = load_engine(store, watch.compiled, connection, began), Changes()
        for number, visitor in enumerate((*people, staff)):
            at = began + number // 10 * DAY + 3600
            changes.visits[f"{visitor.id}.1"] = Visit(f"{visitor.id}.1", visitor.id, at, left_at=at + 600)
            if number % 5 == 0:
                placed = at + DAY
                order = Order.model_validate(
                    {"id": visitor.id, "source": "web", "customer": visitor.customer, "total": "20.00", "placed_at": datetime.fromtimestamp(placed, UTC)}
                )  # fmt: skip
                engine.take_shop_change(OrderPlaced(order), NOTHING_KNOWN, placed, changes)
        commit(connection, changes, time.time())
    return home


def run(shop: Path, campaign: str, *words: str):
    (shop / "campaign.yaml").write_text(f"campaign: autumn\nname: Autumn\n{campaign}")
    files = ("--campaign", str(shop / "campaign.yaml"), "--config", str(shop / "store.yaml"))
    return CliRunner().invoke(app, ["plan", *files, *words])


def test_a_plan_from_the_stores_own_history(shop):
    result = run(shop, "hold_out_percent: 20", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["baseline"] == pytest.approx(0.2)
    assert found["visitors"] == pytest.approx(830, abs=15)
    assert 4000 < found["once"]["visitors"] < 7000
    assert found["once"]["days"] == pytest.approx(found["once"]["visitors"] / 10 + 7, rel=0.03)
    assert found["in_time"] is False


def test_it_warns_in_words_before_all_else(shop):
    result = run(shop, "hold_out_percent: 20")
    lines = result.stdout.splitlines()
    assert lines[0].startswith("WARNING: 20 % more can't be seen within 90 days, nor in 90.")
    assert lines[1].startswith("Until now 20.0 % bought within 7 days of coming (2")


def test_money_a_larger_effect_and_its_own_end(shop):
    words = "hold_out_percent: 50\noutcome: revenue\nstarts: 2027-01-01\nends: 2027-03-31\n"
    result = run(shop, words, "--lift", "80")
    assert result.exit_code == 0, result.output
    assert "they spent 4.00 EUR each within 7 days" in result.stdout
    assert "WARNING" not in result.stdout
    assert "In 90 days" in result.stdout


def test_without_a_hold_out_or_a_history(shop, tmp_path):
    assert "write hold_out_percent" in run(shop, "").output
    assert "a plan needs a history of visits" in run(shop, "hold_out_percent: 20", "--history", "1").output
    (tmp_path / "store.yaml").write_text(STORE)
    result = run(tmp_path, "hold_out_percent: 20")
    assert result.exit_code == 1
    assert "there is no database" in result.output
