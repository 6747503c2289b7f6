"""`nearcart visitors …`: what she carries, what joins her to the shop, and what is known of her."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from nearcart.main import app

STORE = """\
store: corner-shop
name: Corner Shop
time_zone: Europe/Berlin
currency: EUR
zones: {wine: {name: Wine}}
scanners: {wine: {x: 1, y: 1, zone: wine}}
"""
TAG = "f7826da6-4fa2-4e98-8024-bc5b71e0893e/1/7"
CARD = "0123456789abcdef0123/0123456789ab"
IRK = "0123456789abcdef0123456789abcdef"


class Shop:
    def __init__(self, folder: Path) -> None:
        self.config = folder / "store.yaml"
        self.config.write_text(STORE)

    def visitors(self, *words: str) -> Result:
        return CliRunner().invoke(app, ["visitors", *words, "--config", str(self.config)])

    def show(self, visitor: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.visitors("show", visitor, "--json").output)
        return found


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_enrol_by_tag_card_band_and_irk(shop: Shop) -> None:
    things = ("--tag", TAG, "--card", CARD, "--band", "c0:11:22:33:44:55", "--irk", IRK)
    assert shop.visitors("add", "anna", *things).exit_code == 0
    kinds = sorted(identity["kind"] for identity in shop.show("anna")["identities"])
    assert kinds == ["address", "eddystone-uid", "ibeacon", "irk"]
    refused = shop.visitors("add", "bea", "--tag", "my red tag")
    assert refused.exit_code == 1
    assert "--tag 'my red tag' is not recognised: write UUID/MAJOR/MINOR (iBeacon)" in refused.output


def test_a_tag_is_linked_to_a_customer_and_taken_apart_again(shop: Shop) -> None:
    shop.visitors("add", "anna", "--tag", TAG)
    linked = shop.visitors(
        "link", "anna", "--customer", "7012", "--loyalty", "L-1", "--email", "A@x.org", "--card", CARD
    )
    assert linked.exit_code == 0, linked.output
    anna = shop.show("anna")
    assert (anna["customer"], anna["loyalty"], len(anna["identities"])) == ("7012", "L-1", 2)
    card = next(identity["id"] for identity in anna["identities"] if identity["kind"] == "eddystone-uid")
    assert shop.visitors("unlink", "anna", "--customer", "--identity", card).exit_code == 0
    anna = shop.show("anna")
    assert (anna["customer"], anna["loyalty"], len(anna["identities"])) == (None, "L-1", 1)
    assert "carries nothing with the id" in shop.visitors("unlink", "anna", "--identity", card).output


def test_facts_change_and_what_is_not_said_stays(shop: Shop) -> None:
    shop.visitors("add", "anna", "--tag", TAG, "--tier", "silver", "--segment", "wine-club")
    shop.visitors("change", "anna", "--tier", "gold", "--language", "de")
    anna = shop.show("anna")
    assert (anna["tier"], anna["language"], anna["segments"]) == ("gold", "de", ["wine-club"])
    shop.visitors("change", "anna", "--no-segments", "--no-tier")
    anna = shop.show("anna")
    assert (anna["tier"], anna["segments"]) == (None, [])
    assert shop.visitors("change", "anna").exit_code == 1
    assert shop.visitors("change", "nobody", "--tier", "gold").exit_code == 1
