"""``nearcart offers preview``: with the store's memory, and with a visitor and a cart that are made up."""

import json
import shutil
import sqlite3
from pathlib import Path
from random import Random
from typing import Any

import pytest
from typer.testing import CliRunner

from nearcart.main import app

from ..gateway.shell.past_store import OFFERS, PastStore

SHOP = Path(__file__).parents[2] / "examples" / "shop"
NOON = "2026-11-25T12:00"
WITH = """\
visitor: {language: de-AT, segments: [regulars], tier: gold, bought: 10d}
cart:
  items: [{title: Zweigelt, categories: [Wine], quantity: 2, unit_price: 9.50}]
  changed: 2h
probability: 0.4
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHOP, tmp_path / "shop"))


def run(home: Path, offer: str, *words: str) -> Any:
    path = home / offer
    return CliRunner().invoke(app, ["offers", "preview", str(path), "--config", str(home / "store.yaml"), *words])


def test_without_a_database_it_is_the_engine_all_the_same(shop: Path) -> None:
    (shop / "with.yaml").write_text(WITH)
    said = run(shop, "offers/wine-in-cart.yaml", "--at", f"wine/{NOON}", "--with", str(shop / "with.yaml"))
    assert said.exit_code == 0, said.output
    assert "✓ cart_category" in said.output
    assert "✗ probability" in said.output
    assert "There is no database yet" in said.output
    assert (
        "de, screen, 57 of 160 characters: “Zweigelt liegt in Ihrem Warenkorb. Heute mit 10 % Rabatt.”" in said.output
    )


def test_options_stand_for_the_file(shop: Path) -> None:
    row = json.loads(run(shop, "offers/welcome-back.yaml", "--language", "de", "--tier", "gold", "--json").output)
    assert row["visitor"] == "made-up"
    assert {text["language"] for text in row["texts"]} >= {"en"}
    assert all(text["length"] == len(text["text"]) for text in row["texts"])


def test_with_a_database_a_visitor_is_as_the_store_knows_her(tmp_path: Path) -> None:
    past = PastStore(tmp_path, Random(3))
    past.walk(200)
    sent = past.rows("SELECT visitor, max(at) FROM decisions WHERE offer = 'hello' AND outcome = 'sent'")[0]
    past.close()
    when = sqlite3.connect(":memory:").execute("SELECT strftime('%Y-%m-%dT%H:%M:%S', ?, 'unixepoch')", (sent[1] + 1,))
    at = f"/{when.fetchone()[0]}+00:00"
    row = json.loads(run(tmp_path, "offers/hello.yaml", "--visitor", sent[0], "--at", at, "--json").output)
    seen = {gate["gate"]: gate for gate in row["gates"]}
    assert row["remembered"] is True
    assert int(seen["per_visitor_limit"]["observed"].split()[0]) >= 1
    assert seen["quiet_after_any"]["passed"] is False


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--at", "wein"), "found zone 'wein'"),
        (("--at", "wine/noon"), "'noon' is no time"),
        (("--visitor", "anna"), "there is no database yet, so nobody is 'anna'"),
        (("--with", "nothing.yaml"), "there is no such file"),
    ],
)
def test_what_is_wrong_is_said(shop: Path, words: tuple[str, ...], told: str) -> None:
    said = run(shop, "offers/wine-in-cart.yaml", *words)
    assert (said.exit_code, told in said.output) == (1, True), said.output


def test_a_visitor_nobody_knows_is_said(tmp_path: Path) -> None:
    PastStore(tmp_path, Random(1)).close()
    said = run(tmp_path, "offers/hello.yaml", "--visitor", "zoe")
    assert (said.exit_code, "--visitor none makes one up" in said.output) == (1, True)
    assert set(OFFERS) == {path.stem for path in (tmp_path / "offers").iterdir()}
