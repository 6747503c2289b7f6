"""``nearcart offers check``: what it prints, for people and for machines."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nearcart.main import app

SHOP = Path(__file__).parents[2] / "examples" / "shop"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHOP, tmp_path / "shop"))


def check(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["offers", "check", *arguments])
    return result.exit_code, result.stdout


def test_a_good_folder() -> None:
    code, said = check(str(SHOP))
    assert code == 0
    assert "4 offers and 1 campaign, no mistakes" in said


def test_every_mistake_with_its_place(folder: Path) -> None:
    wine = folder / "offers" / "wine-in-cart.yaml"
    wine.write_text(wine.read_text().replace("zones: [wine]", "zones: [wien]"))
    (folder / "offers" / "zz.yaml").write_text("offer: zz\nwhen: {moment: dwel}\nsay: Hi\n")
    code, said = check(str(folder))
    assert code == 1
    assert said.splitlines() == [
        f"{wine}:6:11  when.zones[0]: found 'wien', allowed: entrance, wine, cheese, bakery, checkout; did you mean 'wine'?",
        f"{folder / 'offers' / 'zz.yaml'}:2:16  when.moment: found 'dwel', allowed: enter, dwell, move, exit, return, press; "
        "did you mean 'dwell'?",
        "2 mistakes",
    ]


def test_a_warning_is_no_failure(folder: Path) -> None:
    (folder / "offers" / "old.yaml").write_text("offer: old\nwhen: {moment: press, ends: 2020-01-01}\nsay: Hi\n")
    code, said = check(str(folder))
    assert code == 0
    assert "it can never fire again  (warning)" in said
    assert "5 offers and 1 campaign, no mistakes" in said


def test_json(folder: Path) -> None:
    (folder / "offers" / "zz.yaml").write_text("offer: zz\nwhen: {moment: press}\nsay: Hi\nthrough: [fax]\n")
    code, said = check(str(folder), "--json")
    row = json.loads(said)
    assert (code, row["ok"], row["warnings"]) == (1, False, [])
    assert row["problems"] == [
        {
            "file": str(folder / "offers" / "zz.yaml"),
            "line": 4,
            "column": 11,
            "field": "through[0]",
            "message": "found 'fax', allowed: phone, screen",
        }
    ]
    code, said = check(str(SHOP), "--json")
    assert (code, json.loads(said)["ok"]) == (0, True)


def test_no_such_folder(tmp_path: Path) -> None:
    assert check(str(tmp_path / "nowhere")) == (1, f"{tmp_path / 'nowhere'}  there is no such folder\n1 mistake\n")


def test_the_lists_of_the_store_are_read_too(folder: Path) -> None:
    store = folder / "store.yaml"
    store.write_text(store.read_text() + "\nshelf: shelf.csv\ncoupons: {autumn: codes.txt, spring: none.txt}\n")
    (folder / "shelf.csv").write_text("sku,quantity\nW-1,many\n")
    (folder / "codes.txt").write_text("A-1\nA-1\n")
    code, said = check(str(folder))
    assert code == 1
    assert said.splitlines() == [
        f"{folder / 'codes.txt'}  line 2: the same code as in line 1",
        f"{folder / 'none.txt'}  there is no such file, and store.yaml names it",
        f"{folder / 'shelf.csv'}  line 2: found quantity 'many', allowed: a whole number",
        "3 mistakes",
    ]


def test_the_worst_discount_is_told() -> None:
    _, said = check(str(SHOP))
    assert said.startswith("held together, offers take 9.00 EUR off a cart of 40.00 EUR (22 %): collect-at-checkout")
    _, row = check(str(SHOP), "--json")
    assert json.loads(row)["worst_discount"] == {
        "cart": "40",
        "off": "9",
        "offers": ["collect-at-checkout", "wine-in-cart"],
    }
