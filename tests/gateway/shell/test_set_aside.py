"""Payloads that can't be read: kept once and whole, counted, let go of when old, and tried again."""

import base64
import hashlib
import hmac
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from nearcart.main import app
from nearcart_gateway.core.changes import SetAside
from nearcart_gateway.core.hooks.platform import Payload
from nearcart_gateway.shell.storage import inbox, set_aside
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.storage.schema import migrations

Wait = Callable[..., Any]
SECRET = "shopify-test-secret"
CART = {"id": "t1", "token": "t1", "line_items": [], "updated_at": "2026-09-30T10:00:00Z"}
STORE = """\
store: test-shop
name: Test shop
time_zone: Europe/Istanbul
currency: EUR
zones: {door: {name: Door}}
scanners:
  door: {x: 1, y: 1, zone: door}
sources:
  web: {platform: shopify, secret: shopify-test-secret}
"""


def aside(body: bytes = b"{", source: str = "web", at: float = 1.0, **headers: str) -> SetAside:
    shown = {"x-shopify-topic": "carts/update", "x-shopify-event-id": "e-1", **headers}
    return SetAside(source, shown, body, "Invalid JSON", at)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(tmp_path / "nearcart.sqlite")
    yield connection
    connection.close()


def test_the_same_bytes_are_kept_once_and_counted(database: sqlite3.Connection) -> None:
    for at, event in ((1.0, "e-1"), (2.0, "e-2"), (3.0, "e-3")):
        set_aside.write(database, aside(at=at, **{"x-shopify-event-id": event}))
    (kept,) = set_aside.read(database)
    assert (kept.repeats, kept.payload.received_at, kept.last_at) == (2, 1.0, 3.0)
    set_aside.write(database, aside(b"{ "))
    set_aside.write(database, aside(source="other"))
    set_aside.write(database, aside(**{"x-shopify-topic": "carts/create"}))
    assert set_aside.counted(database) == {"web": 3, "other": 1}


def test_the_old_and_the_too_many_go(database: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        set_aside.write(database, aside(b"%d" % number, at=float(number)))
    assert set_aside.prune(database, set_aside.KEPT_S + 1.5) == 2
    monkeypatch.setattr(set_aside, "KEPT_PAYLOADS", 2)
    assert set_aside.prune(database, 5.0) == 1
    assert [kept.payload.body for kept in set_aside.read(database)] == [b"3", b"4"]


def test_a_database_of_before_loses_only_what_it_held_twice(tmp_path: Path) -> None:
    """Rows of the first release: the same payload was added each time it came."""
    import sqlite_utils

    path = tmp_path / "old.sqlite"
    old = sqlite_utils.Database(path)
    before = [migration.name for migration in migrations.pending(old)].index("set_aside_once_and_inbox")
    migrations.apply(old, stop_before=migrations.pending(old)[before].name)
    for body in (b"{", b"{", b"["):
        old.conn.execute(
            "INSERT INTO set_aside (source, received_at, headers, body, error) VALUES ('web', 1, '{}', ?, 'why')",
            (body,),
        )
    old.conn.commit()
    old.conn.close()
    connection = connect(path)
    assert [(kept.payload.body, kept.last_at) for kept in set_aside.read(connection)] == [(b"{", 1.0), (b"[", 1.0)]
    connection.close()


def test_retry_reads_again_and_what_is_read_is_set_aside_no_more(tmp_path: Path, database: sqlite3.Connection) -> None:
    config = tmp_path / "store.yaml"
    config.write_text(STORE)
    set_aside.write(database, aside(json.dumps(CART).encode()))
    set_aside.write(database, aside(b"{"))
    result = CliRunner().invoke(app, ["carts", "set-aside", "retry", "--config", str(config)])
    assert result.exit_code == 0, result.output
    assert "1 read, 1 left" in result.output
    assert "still can't be read" in result.output
    assert [kept.payload.body for kept in set_aside.read(database)] == [b"{"]
    (waiting,) = inbox.read(database, 10)
    assert waiting.key == "e-1:carts/update"
    assert waiting.payload == Payload("web", "carts/update", json.dumps(CART).encode())


def test_the_list_says_why_and_how_often_and_shows_no_body(tmp_path: Path, database: sqlite3.Connection) -> None:
    config = tmp_path / "store.yaml"
    config.write_text(STORE)
    for _ in range(2):
        set_aside.write(database, aside(b'{"secret words": ', **{"x-shopify-webhook-id": "w-1"}))
    said = CliRunner().invoke(app, ["carts", "set-aside", "list", "--config", str(config)]).output
    assert "2 times" in said
    assert "Invalid JSON" in said
    assert "secret words" not in said
    (row,) = json.loads(
        CliRunner().invoke(app, ["carts", "set-aside", "list", "--json", "--config", str(config)]).output
    )
    assert row["headers"]["x-shopify-webhook-id"] == "w-1"
    shown = CliRunner().invoke(app, ["carts", "set-aside", "show", str(row["number"]), "--config", str(config)])
    assert shown.output == '{"secret words": '


def signed(body: bytes, event: str = "e-1", secret: str = SECRET) -> dict[str, str]:
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return {
        "X-Shopify-Topic": "carts/update",
        "X-Shopify-Event-Id": event,
        "X-Shopify-Webhook-Id": f"hook-{event}",
        "X-Shopify-Hmac-Sha256": signature,
    }


async def test_live_it_is_kept_counted_retried_and_becomes_a_cart(shop: Any, wait_until: Wait) -> None:
    text = shop.config.read_text()
    shop.config.write_text(
        text.replace("sources:\n", "sources:\n  s: {platform: shopify, secret: shopify-test-secret}\n")
    )
    await shop.start()
    broken = b'{"id": "t1"'
    async with httpx.AsyncClient() as http:
        for event in ("e-1", "e-1", "e-2"):
            answer = await http.post(f"{shop.url}/hooks/s", content=broken, headers=signed(broken, event))
            assert answer.status_code == 202, "Shopify would end a subscription that is refused"
        metrics = (await http.get(f"{shop.url}/metrics")).text
    assert 'nearcart_set_aside{source="s"} 1.0' in metrics
    assert 'nearcart_hooks_total{outcome="unreadable",source="s"} 3.0' in metrics
    [(headers, body, repeats)] = shop.rows("SELECT headers, body, repeats FROM set_aside")
    assert (body, repeats) == (broken, 2)
    assert json.loads(headers)["x-shopify-webhook-id"] == "hook-e-1"
    assert "hmac" not in headers
    connection = sqlite3.connect(shop.folder / "nearcart.sqlite")
    connection.execute(
        "UPDATE set_aside SET body = ?", (json.dumps(CART).encode(),)
    )  # as if a later version can read it
    connection.commit()
    connection.close()
    CliRunner().invoke(app, ["carts", "set-aside", "retry", "--config", str(shop.config)])
    await wait_until(lambda: shop.rows("SELECT count(*) FROM carts") == [(1,)])
    assert shop.rows("SELECT (SELECT count(*) FROM set_aside), (SELECT count(*) FROM cart_inbox)") == [(0, 0)]
