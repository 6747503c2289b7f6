"""Shelf and coupon files on disk: read at start, read again when they changed, kept when they are broken."""

import os
from pathlib import Path

from nearcart_contract.store_file import Store
from nearcart_gateway.core.shelf import OnShelf
from nearcart_gateway.shell.store_lists import StoreLists

STORE = {
    "store": "corner",
    "name": "Corner Shop",
    "time_zone": "Europe/Vienna",
    "currency": "EUR",
    "scanners": {"door": {"x": 1, "y": 1, "zone": "door"}},
}


def save(file: Path, text: str, second: int) -> None:
    file.write_text(text)
    os.utime(file, (second, second))


def test_a_changed_file_is_read_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "shelf.csv"
    save(file, "sku,quantity\nW-1,3\n", 1)
    watch = StoreLists(tmp_path, Store.model_validate({**STORE, "shelf": "shelf.csv"}))
    assert watch.shelf is not None
    assert (watch.shelf.held, watch.look()) == ({"W-1": OnShelf(3)}, False)
    save(file, "sku,quantity\nW-1,none\n", 2)
    assert (watch.look(), watch.shelf.held) == (False, {"W-1": OnShelf(3)})
    save(file, "sku,quantity\nW-1,0\n", 3)
    assert (watch.look(), watch.shelf.held) == (True, {"W-1": OnShelf(0)})
    file.unlink()
    assert (watch.look(), watch.shelf.held) == (False, {"W-1": OnShelf(0)})


def test_a_store_without_one(tmp_path: Path) -> None:
    watch = StoreLists(tmp_path, Store.model_validate(STORE))
    assert (watch.look(), watch.shelf) == (False, None)
