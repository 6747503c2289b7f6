"""``nearcart lifetime``: those held out of everything against the rest, when they have been here long enough."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from nearcart.main import app
from nearcart_contract.cart import Order
from nearcart_gateway.core.hooks.event import OrderPlaced
from nearcart_gateway.core.offers.assign import Shares, experiment_of
from nearcart_gateway.core.orders import NOTHING_KNOWN
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.storage import revisions

from .test_report import DAY, STORE, Shop

LONG_AGO = datetime.now(UTC).timestamp() - 120 * DAY


def run(home: Path, *words: str) -> Any:
    return CliRunner().invoke(app, ["lifetime", *words, "--config", str(home / "store.yaml")])


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    found = Shop(tmp_path, people=120)
    (tmp_path / "store.yaml").write_text(f"{STORE}hold_out: {{percent: 50}}\n")
    with found.database() as connection:
        revisions.store_salt(connection)
        connection.execute("UPDATE meta SET value = ? WHERE key = 'salt'", (b"a salt".hex(),))
    return found


def test_without_a_hold_out_of_everything_it_says_what_to_write(tmp_path: Path) -> None:
    shop = Shop(tmp_path, people=3)
    with shop.gateway(LONG_AGO):
        pass
    assert "write 'hold_out: {percent: 2}' in store.yaml" in run(tmp_path).output


def test_a_cohort_is_told_when_it_is_old_enough(shop: Shop) -> None:
    with shop.gateway(LONG_AGO - 3600):
        pass
    outcomes = shop.everybody_comes(LONG_AGO)
    experiment = experiment_of("*", 1, Shares(5000), b"a salt")
    held = {name for name in shop.people if experiment.slot(Visitor(name), b"a salt") < 5000}
    assert {outcomes[name] for name in held} == {"ghost"}
    with shop.gateway(LONG_AGO + 80 * DAY) as (engine, changes):
        for number, name in enumerate(shop.people):
            at = LONG_AGO + 80 * DAY + number
            total = 10 if name in held else 20
            order = Order.model_validate({"id": name, "source": "web", "customer": f"c-{name}", "total": total + number % 7, "placed_at": datetime.fromtimestamp(at, UTC)})  # fmt: skip
            engine.take_shop_change(OrderPlaced(order), NOTHING_KNOWN, at, changes)
    after_90, after_365 = json.loads(run(shop.home, "--json").stdout)
    assert after_365["report"] is None
    assert "Nobody has been here for 365 days since the hold-out began; the first will on 20" in after_365["sentence"]
    assert after_90["sentence"].startswith("After 90 days who may get offers spends more: 1")
    arms = {arm["arm"]: arm["people"] for arm in after_90["report"]["arms"]}
    assert arms == {"hold-out": len(held), "offer": 120 - len(held)}
    text = run(shop.home).output
    assert f"held out of everything {len(held)}, all others {120 - len(held)}" in text


def test_another_share_begins_anew(shop: Shop) -> None:
    shop.everybody_comes(LONG_AGO)
    (shop.home / "store.yaml").write_text(f"{STORE}hold_out: {{percent: 40}}\n")
    assert run(shop.home).output == "no gateway ran with this 'hold_out' of store.yaml yet\n"
    with shop.gateway(LONG_AGO + 60 * DAY):
        pass
    assert "since the hold-out began; nobody came yet" in run(shop.home).output
