"""``nearcart carts import``: from a file into the gateway that runs, once."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from nearcart.main import app

Wait = Callable[..., Any]
CARTS = """\
cart,customer,currency,updated_at,sku,quantity,unit_price
k1,1001,EUR,2026-11-25T10:00:00Z,W-1,2,12.50
k2,1002,EUR,2026-11-25T10:00:00Z,W-1,1,a lot
"""


def run(shop: Any, file: Path, *more: str) -> Any:
    return CliRunner().invoke(app, ["carts", "import", str(file), "--config", str(shop.config), *more])


async def test_what_is_good_arrives_and_the_rest_is_told(shop: Any, wait_until: Wait) -> None:
    await shop.start()
    file = shop.folder / "carts.csv"
    file.write_text(CARTS)
    result = run(shop, file)
    assert result.exit_code == 1
    assert f"{file}: line 3: found unit_price 'a lot'" in result.output
    assert "1 carts and 0 orders are left for the gateway" in result.output
    await wait_until(lambda: shop.rows("SELECT id FROM carts") == [("k1",)])
    before = shop.rows("SELECT record FROM carts")
    run(shop, file)
    await wait_until(lambda: shop.rows("SELECT count(*) FROM cart_inbox") == [(0,)])
    assert shop.rows("SELECT record FROM carts") == before, "a repeat changes nothing"


async def test_without_a_gateway_it_waits_for_one(shop: Any, wait_until: Wait) -> None:
    time = "2026-11-25T10:00:00Z"
    file = shop.folder / "carts.jsonl"
    data = [{"id": f"k{number}", "customer": str(number), "updated_at": time} for number in range(450)]
    lines = (json.dumps({"type": "cart.updated", "timestamp": time, "data": each}) for each in data)
    file.write_text("\n".join(lines))
    result = run(shop, file)
    assert result.exit_code == 0, result.output
    assert "450 carts" in result.output
    assert shop.rows("SELECT count(*) FROM cart_inbox") == [(450,)]
    await shop.start()
    await wait_until(
        lambda: shop.rows("SELECT (SELECT count(*) FROM carts), (SELECT count(*) FROM cart_inbox)") == [(450, 0)]
    )


@pytest.fixture
def quiet(tmp_path: Path) -> Any:
    from .conftest import STORE_FILE, Shop

    shop = Shop(tmp_path, 1)
    shop.write("store.yaml", STORE_FILE.replace("PORT", "1883"))
    return shop


def test_check_leaves_nothing(quiet: Any) -> None:
    file = quiet.folder / "carts.csv"
    file.write_text(CARTS)
    result = run(quiet, file, "--check")
    assert "1 carts and 0 orders are good; 1 mistakes" in result.output
    assert quiet.rows("SELECT count(*) FROM cart_inbox") == [(0,)]


@pytest.mark.parametrize(
    ("name", "content", "more", "said"),
    [
        ("carts.xlsx", b"", (), "allowed: a name that ends in .csv, .jsonl, .ndjson"),
        ("carts.csv", b"", ("--source", "wep"), "did you mean 'web'?"),
        ("carts.csv", b"cart,updated_at\n\xff\xfe\n", (), "line 2: is not UTF-8"),
        ("carts.jsonl", b"x" * 4_000_001, (), "line 1: is longer than 4 MB"),
    ],
)
def test_a_file_that_can_not_be_used_is_said(
    quiet: Any, name: str, content: bytes, more: tuple[str, ...], said: str
) -> None:
    file = quiet.folder / name
    file.write_bytes(content)
    result = run(quiet, file, *more)
    assert result.exit_code == 1
    assert said in result.output


def test_a_file_that_is_not_there_is_said(quiet: Any) -> None:
    result = run(quiet, quiet.folder / "none.csv")
    assert result.exit_code == 1
    assert "can't be read" in result.output
    assert "Traceback" not in result.output


async def test_a_source_that_went_away_meanwhile_loses_nothing(shop: Any, wait_until: Wait) -> None:
    file = shop.folder / "carts.csv"
    file.write_text(CARTS)
    run(shop, file)
    shop.config.write_text(shop.config.read_text().replace("  web: {platform", "  web-2: {platform"))
    await shop.start()
    await wait_until(lambda: shop.rows("SELECT count(*) FROM cart_inbox") == [(0,)])
    [(source, problem, body)] = shop.rows("SELECT source, error, body FROM set_aside")
    assert (source, problem) == ("web", "its source is not in store.yaml any more")
    assert json.loads(body)["data"]["id"] == "k1"
