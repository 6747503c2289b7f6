"""`nearcart init` writes a store that passes its own check, with secrets nobody else can read."""

import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nearcart.main import app
from nearcart_contract.edge_file import EdgeFile
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml

SECRET_FILES = ("store.yaml", "edge-door.yaml", "edge-wine.yaml", "mosquitto/passwords")


def nearcart(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


def secrets_of(folder: Path) -> list[str]:
    store = load_yaml(folder / "store.yaml", Store)
    assert store.broker
    assert store.broker.password
    passwords = [store.broker.password.get_secret_value(), store.sources["web"].secret.get_secret_value()]
    for file in folder.glob("edge-*.yaml"):
        broker = load_yaml(file, EdgeFile).broker
        assert broker.password
        passwords.append(broker.password.get_secret_value())
    return passwords


def test_a_new_store_passes_the_check(tmp_path: Path) -> None:
    code, output = nearcart("init", tmp_path / "shop", "--store", "Weinladen am Eck", "--edges", "door,wine")
    assert code == 0, output
    code, output = nearcart("offers", "check", tmp_path / "shop")
    assert code == 0, output
    assert "3 offers and 1 campaign, no mistakes" in output


@pytest.mark.parametrize("edges", ["7", "null,on,1e3", "a", "-,--", "true,no-entry,0x1f"])
def test_names_that_yaml_would_read_as_something_else_stay_names(tmp_path: Path, edges: str) -> None:
    code, output = nearcart("init", tmp_path, f"--edges={edges}", "--store", "42: # 'Zwei\"")
    assert code == 0, output
    assert set(load_yaml(tmp_path / "store.yaml", Store).edges()) == set(edges.split(","))
    for edge in edges.split(","):
        assert load_yaml(tmp_path / f"edge-{edge}.yaml", EdgeFile).edge == edge
    code, output = nearcart("offers", "check", tmp_path)
    assert code == 0, output


def test_files_with_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    nearcart("init", tmp_path, "--edges", "door,wine")
    for name in SECRET_FILES:
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600, name
    assert len(set(secrets_of(tmp_path))) == 4


def test_no_secret_is_printed_or_stands_in_a_readable_file(tmp_path: Path) -> None:
    _, output = nearcart("init", tmp_path, "--edges", "door,wine")
    readable = [file for file in tmp_path.rglob("*") if file.is_file() and file.stat().st_mode & 0o077]
    for secret in secrets_of(tmp_path):
        assert len(secret) >= 32
        assert secret not in output
        assert all(secret not in file.read_text() for file in readable)


def test_what_is_there_is_kept_and_said(tmp_path: Path) -> None:
    nearcart("init", tmp_path, "--edges", "door,wine")
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    (tmp_path / "offers" / "ask-us.yaml").unlink()
    code, output = nearcart("init", tmp_path, "--edges", "door,wine")
    assert code == 0
    assert f"wrote {tmp_path / 'offers' / 'ask-us.yaml'}" in output
    assert f"kept  {tmp_path / 'store.yaml'}: it was there already" in output
    assert {file: file.read_bytes() for file in before} == before


def test_passwords_that_belong_together_are_never_written_apart(tmp_path: Path) -> None:
    nearcart("init", tmp_path, "--edges", "door,wine")
    (tmp_path / "mosquitto" / "passwords").unlink()
    code, output = nearcart("init", tmp_path, "--edges", "door,wine")
    assert code == 1
    assert "but not mosquitto/passwords" in output
    assert not (tmp_path / "mosquitto" / "passwords").exists()


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--edges", "Wein", "edge 'Wein' must be 1 to 64 of a-z, 0-9 and hyphen"),
        ("--edges", " , ", "--edges names no edge"),
        ("--store", "???", "add one"),
        ("--time-zone", "Vienna", "such as Europe/Istanbul"),
        ("--currency", "euro", "such as EUR"),
        ("--gateway", "a b", "such as gateway.local"),
    ],
)
def test_a_wrong_option_is_said_and_nothing_is_written(tmp_path: Path, option: str, value: str, words: str) -> None:
    code, output = nearcart("init", tmp_path / "shop", option, value)
    assert code == 1
    assert words in output
    assert not (tmp_path / "shop").exists()
