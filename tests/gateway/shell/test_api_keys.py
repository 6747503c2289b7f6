"""Keys of the API on a real database file."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from nearcart_gateway.shell.storage import api_keys
from nearcart_gateway.shell.storage.database import connect

NOW = 1_790_856_000.0


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(tmp_path / "nearcart.sqlite")
    yield connection
    connection.close()


def test_a_key_is_found_by_its_text_and_kept_as_a_hash_only(database: sqlite3.Connection, tmp_path: Path) -> None:
    key, text = api_keys.add(database, "web-shop", "integrator", NOW)
    assert text.startswith(f"nck_{key.id}_")
    assert api_keys.find(database, text) == key
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw = (tmp_path / "nearcart.sqlite").read_bytes()
    assert b"web-shop" in raw
    assert text.split("_", 2)[2].encode() not in raw


def test_no_two_keys_are_alike(database: sqlite3.Connection) -> None:
    texts = {api_keys.add(database, f"key-{number}", "staff", NOW)[1] for number in range(50)}
    assert len(texts) == 50


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: t + "A", lambda t: t.swapcase(), lambda t: "", lambda t: f" {t}"]
)
def test_another_text_is_no_key(database: sqlite3.Connection, change: object) -> None:
    _, text = api_keys.add(database, "web-shop", "integrator", NOW)
    assert callable(change)
    assert api_keys.find(database, change(text)) is None


def test_the_right_id_with_another_secret_is_no_key(database: sqlite3.Connection) -> None:
    key, _ = api_keys.add(database, "web-shop", "integrator", NOW)
    _, other = api_keys.add(database, "till", "staff", NOW)
    assert api_keys.find(database, f"nck_{key.id}_{other.split('_', 2)[2]}") is None


def test_a_key_expires(database: sqlite3.Connection) -> None:
    _, text = api_keys.add(database, "agency", "marketer", NOW, NOW + 60)
    found = api_keys.find(database, text)
    assert found is not None
    assert (found.state(NOW + 59), found.state(NOW + 60)) == ("valid", "expired")


def test_a_revoked_key_is_known_as_such_and_its_name_is_free_again(database: sqlite3.Connection) -> None:
    first, text = api_keys.add(database, "agency", "marketer", NOW)
    with pytest.raises(api_keys.KeyExistsError, match="nearcart keys revoke agency"):
        api_keys.add(database, "agency", "admin", NOW)
    assert api_keys.revoke(database, "agency", NOW + 1).id == first.id
    found = api_keys.find(database, text)
    assert found is not None
    assert found.state(NOW + 1) == "revoked"
    second, _ = api_keys.add(database, "agency", "marketer", NOW + 2)
    assert api_keys.revoke(database, second.id, NOW + 3).id == second.id
    with pytest.raises(api_keys.UnknownKeyError, match="nearcart keys list"):
        api_keys.revoke(database, "agency", NOW + 4)


def test_when_it_was_last_used(database: sqlite3.Connection) -> None:
    key, _ = api_keys.add(database, "agency", "marketer", NOW)
    api_keys.used(database, key.id, NOW + 5)
    assert [listed.last_used_at for listed in api_keys.everything(database)] == [NOW + 5]
    assert api_keys.by_id(database, "ffffffff") is None
