"""`nearcart keys …` on a real store folder."""

import json
from pathlib import Path

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


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "store.yaml"
    path.write_text(STORE)
    return path


def keys(store: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["keys", *words, "--config", str(store)])


def test_a_key_is_printed_once_and_never_listed(store: Path) -> None:
    made = keys(store, "add", "web-shop", "--role", "integrator", "--expires", "90d")
    assert made.exit_code == 0, made.output
    text = made.stdout.strip()
    assert text.startswith("nck_")
    assert "It is not shown again" in made.stderr
    listed = keys(store, "list").output
    assert "web-shop: integrator, good until" in listed
    assert "never used" in listed
    assert text not in listed
    row = json.loads(keys(store, "list", "--json").stdout)[0]
    assert (row["name"], row["role"], row["state"]) == ("web-shop", "integrator", "valid")
    assert "digest" not in row


def test_revoke(store: Path) -> None:
    keys(store, "add", "web-shop", "--role", "integrator")
    assert "web-shop" in keys(store, "revoke", "web-shop").output
    assert "revoked" in keys(store, "list").output
    again = keys(store, "revoke", "web-shop")
    assert again.exit_code == 1
    assert "nearcart keys list" in again.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["add", "Web Shop", "--role", "admin"], "allowed are 1 to 64 of a-z, 0-9 and hyphen"),
        (["add", "agency", "--role", "admin", "--expires", "0s"], "a key that expires at once opens nothing"),
        (["add", "agency", "--role", "admin", "--expires", "soon"], "such as 20s or 7d"),
        (["add", "agency", "--role", "boss"], "marketer"),
    ],
)
def test_what_is_no_key_is_said(store: Path, words: list[str], sentence: str) -> None:
    result = keys(store, *words)
    assert result.exit_code != 0
    assert sentence in " ".join(result.output.replace("│", " ").split())


def test_the_first_key_is_asked_for(store: Path) -> None:
    assert "There are no keys" in keys(store, "list").output
