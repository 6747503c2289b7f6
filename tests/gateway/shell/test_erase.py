"""Everything of a visitor goes (GDPR, Art. 17), proven by a search of the raw files; what was reported and spent stays."""

import asyncio
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from standardwebhooks import Webhook
from typer.testing import CliRunner

from nearcart.main import app
from nearcart_contract.cart import Cart, Order, Refund
from nearcart_gateway.core.cart_book import CartRecord
from nearcart_gateway.core.changes import Changes, Delivery, SetAside
from nearcart_gateway.core.coupons import CouponBook, GivenCoupon
from nearcart_gateway.core.deferrals import Deferred
from nearcart_gateway.core.email_hash import email_hash
from nearcart_gateway.core.hooks.event import OrderRefund
from nearcart_gateway.core.ingest import TakenTransition
from nearcart_gateway.core.orders import OrderRecord, Withdrawal
from nearcart_gateway.core.report_sums import METRICS, Sums
from nearcart_gateway.core.spending import Spending, Spent, Use
from nearcart_gateway.core.values import Decision, Moment, Visit, Visitor
from nearcart_gateway.core.visits import Presence
from nearcart_gateway.shell.people import erase_alone
from nearcart_gateway.shell.people_files import erase
from nearcart_gateway.shell.storage import (
    cleaning,
    coupons,
    erasure,
    ledger,
    merging,
    people_requests,
    report_sums,
    visitors,
)
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.storage.email_salt import email_salt
from nearcart_gateway.shell.storage.export import everything

from .corner_store import corner_store

EXPERIMENT = "autumn#1.ab12"

Wait = Callable[..., Any]

NOW = 1_790_000_000.0
EPOCH = UUID(int=5)
STORE = corner_store()
COUPON = "WELCOME-QX7731"
SAID = f"Your cheese waits: {COUPON}."
EMAIL = "annabella.q@example.org"
CUSTOMER = "cust-70129"
ADDRESS = "C0:11:22:33:44:59"


def her_names(connection: sqlite3.Connection) -> list[str]:
    """What must be nowhere afterwards."""
    hashed = email_hash(EMAIL, email_salt(connection))
    return [
        "annabella",
        CUSTOMER,
        EMAIL,
        hashed,
        ADDRESS,
        "t-annabella-band",
        "L-55512",
        COUPON,
        SAID,
        "cart-of-hers",
        "token-of-hers",
        "credential-of-hers",
        "order-of-hers",
    ]


def enrol(connection: sqlite3.Connection, name: str, number: int) -> None:
    hers = name == "annabella"
    person = Visitor(
        name,
        customer=CUSTOMER if hers else f"cust-{number}",
        consents=frozenset({"offers"}),
        loyalty="L-55512" if hers else None,
        email_hash=email_hash(EMAIL if hers else f"{name}@example.org", email_salt(connection)),
    )
    address = ADDRESS if hers else f"AA:BB:CC:00:{number // 256:02X}:{number % 256:02X}"
    identity = visitors.parse_identity({"id": f"t-{name}-band", "kind": "address", "address": address})
    visitors.add(connection, person, [identity], NOW - 86_400)


def lived(name: str, number: int, *, customer: str, text: str, code: str) -> Changes:
    """What a visit of somebody leaves behind, in every table."""
    at = NOW + number
    changes = Changes()
    visit = Visit(f"corner.door.{number:032x}.1.{name}", name, at, "door", at, 1, at + 60, "left")
    changes.visits[visit.id] = visit
    changes.presences.append(Presence(name, f"door-{number}", "door", EPOCH, 1, at))
    changes.transitions.append(
        TakenTransition(
            f"door-{number}", EPOCH, 1, "enter", f"t-{name}-band", name, "door", at, at, -60, None, None, None
        )
    )
    moment = Moment(f"{visit.id}.enter", "enter", name, visit.id, at, "door")
    decision = Decision(
        key=f"{moment.id}.offer", moment=moment, outcome="sent", reason=f"sent to {name}", offer="wine", campaign="autumn",
        experiment=EXPERIMENT,
        channel="phone", text=text, slot=7, revision="r1",
        inputs={"visitor": {"id": name, "customer": customer}, "facts": {"coupons": {"pool": code}}, "text": text},
    )  # fmt: skip
    changes.decisions.append(decision)
    changes.uses[decision.key] = Use(
        decision.key, name, "wine", "autumn", at, at + 9e9, "redeemed", Decimal("4.50"), True, order=f"order-{name}",
        settled_at=at + 5,
    )  # fmt: skip
    changes.coupons[decision.key] = GivenCoupon("pool", code, decision.key)
    changes.deliveries.append(
        Delivery(decision.key, "phone", name, "door", json.dumps({"text": text}), at, at, at + 60, "delivered")
    )
    waiting = Moment(f"{visit.id}.1.dwell", "dwell", name, visit.id, at, "door", waited=("wine",))
    changes.deferred[waiting.id] = Deferred(waiting, at + 3600)
    order = Order(
        id=f"order-of-{'hers' if customer == CUSTOMER else name}-{number}",
        source="web",
        customer=customer,
        currency="EUR",
        total=Decimal("40.00"),
        placed_at=datetime.fromtimestamp(at + 600, UTC),
    )
    changes.orders["web", order.id] = OrderRecord("web", order.id, order, customer, "placed", at + 600, at + 601, name)
    paid_back = Refund(
        id=f"refund-{number}", source="web", order=order.id, amount=Decimal("1.50"), currency="EUR",
        refunded_at=datetime.fromtimestamp(at + 700, UTC),
    )  # fmt: skip
    changes.refunds.append(OrderRefund(paid_back))
    changes.withdrawals[decision.key] = Withdrawal(decision.key, name, "the cart was bought", at, at + 60)
    changes.set_aside.append(
        SetAside("web", {}, json.dumps({"buyer": customer, "n": number}).encode(), "unreadable", at)
    )
    cart = Cart(id=f"cart-of-{'hers' if customer == CUSTOMER else name}", source="web",
                token=f"token-of-{'hers' if customer == CUSTOMER else name}", updated_at=datetime.fromtimestamp(at, UTC))  # fmt: skip
    changes.cart_records += [
        CartRecord("web", cart.id, cart, received_at=at),
        CartRecord("web", f"token:{cart.token}", customer=customer, customer_at=at, received_at=at),
        CartRecord("web", f"customer:{customer}", customer=customer, ordered_at=at, received_at=at),
    ]
    return changes


def a_life(connection: sqlite3.Connection, others: int = 30) -> None:
    """Annabella among others, their rows mixed."""
    for number in range(others):
        name = "annabella" if number == others // 2 else f"other-{number}"
        enrol(connection, name, number)
    shuffled = random.Random(7)
    for number in range(others * 4):
        hers = number % 4 == 0 and number % 12 == 0
        name = "annabella" if hers else f"other-{shuffled.randrange(others // 2)}"
        customer = CUSTOMER if hers else f"cust-of-{name}"
        text = SAID if hers else f"Hello {name}."
        changes = lived(
            name, number, customer=customer, text=text, code=f"{COUPON}-{number}" if hers else f"CODE-{number}"
        )
        commit(connection, changes, NOW + number)
    connection.execute("INSERT INTO cart_inbox (source, kind, key, body, received_at) VALUES ('web', 'x', 'k', ?, 0)",
                       (f'{{"email": "{EMAIL.upper()}"}}'.encode(),))  # fmt: skip
    connection.execute(
        "INSERT INTO cart_fetches VALUES ('woo', 'cart', ?, 'credential-of-hers', 0, 0, 0, NULL)", (CUSTOMER,)
    )
    connection.execute("INSERT INTO cart_inbox (source, kind, key, body, received_at) VALUES ('web', 'x', 'l', ?, 0)",
                       (b'{"email": "other@example.org"}',))  # fmt: skip


def found_in(folder: Path, names: Iterable[str], but: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """(file, name) for every name that stands anywhere in the raw bytes of a file."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in but:
            raw = path.read_bytes().lower()
            found += [(path.name, name) for name in names if name.lower().encode() in raw]
    return found


def test_every_table_is_erased_or_is_about_nobody(tmp_path: Path) -> None:
    """A table that somebody adds is named here first: to erase, to keep and why, and to merge."""
    with closing(connect(tmp_path / "nearcart.sqlite")) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        tables = {table for table in tables if not table.startswith(("_sqlite", "sqlite_"))}
        assert tables == {*erasure.ERASED, *erasure.KEPT}
        assert set(erasure.ERASED) == {*merging.MERGED, *merging.FOLLOW}
        page = (Path(__file__).parents[3] / "docs" / "privacy.md").read_text()
        assert [table for table in erasure.ERASED if f"`{table}`" not in page] == []
        nobodys_yet = {"set_aside", "cart_inbox"}
        visitors.add(connection, Visitor("anna"), (), NOW)
        exported = everything(connection, "anna")
        assert set(erasure.ERASED) == {*exported, "visitors", *nobodys_yet} - {"visitor"}
        speaks_of_somebody = {
            "visitor",
            "customer",
            "email",
            "email_hash",
            "identity",
            "body",
            "record",
            "text",
            "loyalty",
        }
        for table in erasure.KEPT:
            columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
            assert not columns & speaks_of_somebody, f"{table} is kept, and has {columns & speaks_of_somebody}"


def test_nothing_of_her_is_in_any_byte_of_any_file(tmp_path: Path) -> None:
    path = tmp_path / "nearcart.sqlite"
    with closing(connect(path)) as connection:
        a_life(connection)
        names = her_names(connection)
        export = tmp_path / "annabella.json"
        export.write_text(json.dumps(everything(connection, "annabella")))
        connection.execute("INSERT INTO exports VALUES (?, 'annabella', 0)", (str(export),))
        there = {name for _, name in found_in(tmp_path, names)}
        assert there == set(names)
        others = connection.execute("SELECT count(*) FROM decisions WHERE visitor != 'annabella'").fetchone()
        erase_alone(connection, path, STORE, "annabella", NOW)
        assert not found_in(tmp_path, names)
        assert not export.exists()
        assert connection.execute("SELECT count(*) FROM decisions").fetchone() == others
        assert connection.execute("SELECT count(*) FROM set_aside").fetchone()[0] > 0
        assert connection.execute("SELECT key FROM cart_inbox").fetchall() == [("l",)]
        assert connection.execute("SELECT cleaned_at FROM erasures").fetchall() == [(NOW,)]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert not found_in(tmp_path, names)


def with_remains(file: bytes, row: bytes) -> bytes:
    """Annabella in the unused middle of the page that holds a row, as a split page leaves her."""
    raw = bytearray(file)
    leaf = raw.rindex(row) // 4096 * 4096
    cells, content = int.from_bytes(raw[leaf + 3 : leaf + 5], "big"), int.from_bytes(raw[leaf + 5 : leaf + 7], "big")
    gap = leaf + 8 + 2 * cells
    assert leaf + content - gap > 20
    raw[gap : gap + 9] = b"annabella"
    return bytes(raw)


def test_what_a_split_page_keeps_of_a_moved_row_is_found_and_written_over(tmp_path: Path) -> None:
    path = tmp_path / "nearcart.sqlite"
    with closing(connect(path)) as connection:
        connection.execute("CREATE TABLE pages (name TEXT PRIMARY KEY) WITHOUT ROWID")
        connection.executemany("INSERT INTO pages VALUES (?)", [(f"row-{number:05}",) for number in range(2000)])
        cleaning.truncate_log(connection)
        assert not cleaning.has_remains(path, {"row-00007", "annabella"})  # a row that is there is no remains
    path.write_bytes(with_remains(path.read_bytes(), b"row-00007"))
    assert cleaning.has_remains(path, {"annabella"})
    with closing(connect(path)) as connection:
        cleaning.clean(connection, path, {"annabella"}, NOW)
    assert b"annabella" not in path.read_bytes()


def test_what_was_spent_stays_spent_and_her_code_is_never_given_again(tmp_path: Path) -> None:
    path = tmp_path / "nearcart.sqlite"
    with closing(connect(path)) as connection:
        a_life(connection)

        def spent() -> Spent:
            spending = Spending()
            spending.load(ledger.read_uses(connection, NOW), NOW)
            return spending.spent("autumn")

        before = spent()
        counted = connection.execute("SELECT offer, campaign, at FROM ledger ORDER BY number").fetchall()
        erase_alone(connection, path, STORE, "annabella", NOW)
        assert spent() == before
        assert connection.execute("SELECT offer, campaign, at FROM ledger ORDER BY number").fetchall() == counted
        book = CouponBook()
        book.load(coupons.read_given(connection))
        book.fill("pool", [f"{COUPON}-0", f"{COUPON}-12", "CODE-1", "NEW"])
        assert (book.left("pool"), book.next("pool")) == (1, "NEW")


def test_a_report_adds_up_to_what_it_was(tmp_path: Path) -> None:
    path = tmp_path / "nearcart.sqlite"
    with closing(connect(path)) as connection:
        a_life(connection)
        erase_alone(connection, path, STORE, "annabella", NOW)
        rows = list(report_sums.read(connection, EXPERIMENT))
    total = {metric: sum((sums for _, _, name, sums in rows if name == metric), Sums()) for metric in METRICS}
    assert {arm for arm, *_ in rows} == {"offer"}
    assert (total["redemption"].n, total["redemption"].exp, total["redemption"].delivered) == (1, 1, 1)
    assert (total["redemption"].sum, total["redemption"].e_sum_sq) == (Decimal(1), Decimal(1))
    assert (total["purchase"].sum, total["revenue"].sum) == (Decimal(1), Decimal("385.00"))
    assert total["revenue"].sum_md == Decimal("3850.00")
    assert (total["redemption"].d_sum, total["redemption"].d_sum_sq) == (10, 100)


def test_a_household_keeps_its_account_while_one_of_them_is_known(tmp_path: Path) -> None:
    path = tmp_path / "nearcart.sqlite"
    with closing(connect(path)) as connection:
        a_life(connection)
        connection.execute("UPDATE visitors SET customer = ? WHERE id = 'other-1'", (CUSTOMER,))
        erase_alone(connection, path, STORE, "annabella", NOW)
        kept = connection.execute("SELECT count(*) FROM carts WHERE id = 'cart-of-hers'").fetchone()
    assert kept == (1,)


def test_who_was_only_taken_off_the_list_can_still_be_erased(shop: Any) -> None:
    shop.enrol()
    runner = CliRunner()
    assert runner.invoke(app, ["visitors", "remove", "anna", "--config", str(shop.config)]).exit_code == 0
    assert shop.rows("SELECT purpose, given, source FROM consents ORDER BY number") == [
        ("offers", 1, "operator"),
        ("offers", 0, "removed"),
    ]
    erased = runner.invoke(app, ["visitors", "erase", "anna", "--config", str(shop.config)])
    assert "anna is erased" in erased.output
    again = runner.invoke(app, ["visitors", "erase", "anna", "--config", str(shop.config)])
    assert (again.exit_code, again.output) == (0, "Nothing is kept of 'anna'.\n")
    assert shop.rows("SELECT * FROM consents") == []


HOOK = Webhook("whsec_dGVzdC1zZWNyZXQtb2YtdGhlLXRlc3QtcnVuIQ==")


async def hook(shop: Any, number: int, document: dict[str, Any]) -> int:
    body, at = json.dumps(document), datetime.now(UTC)
    headers = {
        "webhook-id": f"hook-{number}",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": HOOK.sign(f"hook-{number}", at, body),
    }
    async with httpx.AsyncClient() as http:
        return (await http.post(f"{shop.url}/hooks/web", content=body, headers=headers)).status_code


async def a_visit(shop: Any, wait_until: Wait) -> list[str]:
    """Annabella comes in with a cart; what names her."""
    shop.write("coupons.txt", f"{COUPON}\n")
    shop.write("store.yaml", shop.config.read_text() + "coupons: {welcome: coupons.txt}\n")
    shop.write(
        "offers/hello.yaml",
        "offer: hello\nwhen: {moment: enter}\ngive: {kind: percent, percent: 5, pool: welcome}\n"
        'say: "Your cheese waits: {{ give.code }}."\nthrough: [phone]\n',
    )
    tag = shop.enrol(
        "annabella",
        customer=CUSTOMER,
        email=EMAIL,
        loyalty="L-55512",
        ibeacon="f7826da6-4fa2-4e98-8024-bc5b71e0893e/1/77",
    )
    shop.enrol("other", ibeacon="f7826da6-4fa2-4e98-8024-bc5b71e0893e/1/78", customer="cust-1")
    await shop.start()
    door = shop.edges["door"]
    await door.born()
    await wait_until(lambda: door.rosters)
    cart = {"id": "cart-of-hers", "customer": CUSTOMER, "updated_at": datetime.now(UTC).isoformat()}
    item = {"sku": "W-1", "quantity": 1, "unit_price": "9.90"}
    event = {"type": "cart.updated", "timestamp": cart["updated_at"], "data": {**cart, "items": [item]}}
    assert await hook(shop, 1, event) == 200
    assert await hook(shop, 2, {"type": "cart.updated", "customer_email": EMAIL}) == 422
    await door.batch(door.transition("enter", tag))
    await wait_until(lambda: shop.rows("SELECT 1 FROM deliveries WHERE state = 'sent'"))
    await wait_until(lambda: shop.offers)
    assert shop.offers[-1]["text"] == SAID
    hashed = shop.rows("SELECT email_hash FROM visitors WHERE id = 'annabella'")[0][0]
    return ["annabella", CUSTOMER, EMAIL, hashed, "L-55512", "cart-of-hers", SAID, COUPON, tag]


NOT_DATA = ("gateway.log", "hello.yaml", "coupons.txt")
"""The operator's own files, and what the gateway says of itself."""


def raw(shop: Any, names: list[str]) -> list[tuple[str, str]]:
    return found_in(shop.folder, names, NOT_DATA)


async def test_a_running_gateway_forgets_her_at_once(shop: Any, wait_until: Wait) -> None:
    names = await a_visit(shop, wait_until)
    door, tag = shop.edges["door"], names[-1]
    assert {name for _, name in raw(shop, names)} >= {"annabella", CUSTOMER, tag}
    began = time.monotonic()
    assert await asyncio.to_thread(erase, shop.config, "annabella")
    assert time.monotonic() - began < 10
    assert not raw(shop, names)
    await wait_until(lambda: any(tag in roster.get("removed", []) for roster in door.rosters), 3.0)
    await door.batch(door.transition("enter", tag), door.transition("exit", tag))
    await wait_until(lambda: door.committed >= 3)
    async with httpx.AsyncClient() as http:
        assert (await http.get(f"{shop.url}/api/people")).json() in ([], {"people": []})
    assert not raw(shop, names)
    assert "annabella" not in shop.log.read_text()
    await shop.kill()
    await shop.start()
    assert not raw(shop, names)


@pytest.mark.parametrize("point", ["in_erasure", "after_erasure", "after_truncation"])
async def test_killed_in_the_middle_she_is_whole_or_gone_and_a_restart_finishes(
    shop: Any, wait_until: Wait, point: str
) -> None:
    names = await a_visit(shop, wait_until)
    await shop.kill()
    before = len(shop.rows("SELECT 1 FROM decisions WHERE visitor = 'annabella'"))
    await shop.start(NEARCART_CRASH_AT=point)
    asking = asyncio.create_task(asyncio.to_thread(erase, shop.config, "annabella", 30.0))
    await wait_until(lambda: shop.ended)
    assert shop.process.returncode == -signal.SIGKILL
    await asking  # the gateway is gone, so the command does what it asked for
    assert before
    assert not raw(shop, names)
    await shop.start()
    assert not raw(shop, names)
    assert shop.rows("SELECT count(*) FROM erasures WHERE cleaned_at IS NULL") == [(0,)]
    assert shop.rows("SELECT campaign FROM report_sums") == []  # its offer was in no campaign


async def test_a_running_gateway_writes_the_file_anew_when_a_page_kept_a_copy_of_her(
    shop: Any, wait_until: Wait
) -> None:
    shop.enrol("annabella")
    path = shop.folder / "nearcart.sqlite"
    with closing(connect(path)) as connection:
        connection.execute("CREATE TABLE rows (name TEXT PRIMARY KEY) WITHOUT ROWID")
        connection.executemany("INSERT INTO rows VALUES (?)", [(f"row-{number:05}",) for number in range(2000)])
        cleaning.truncate_log(connection)
    path.write_bytes(with_remains(path.read_bytes(), b"row-00007"))
    await shop.start()
    assert await asyncio.to_thread(erase, shop.config, "annabella")
    assert '"database_written_anew"' in shop.log.read_text()
    assert not found_in(shop.folder, ["annabella"], NOT_DATA)
    assert shop.rows("SELECT count(*) FROM rows") == [(2000,)]


async def test_a_request_that_a_dead_gateway_left_is_carried_out_before_anything_else(
    shop: Any, wait_until: Wait
) -> None:
    names = await a_visit(shop, wait_until)
    await shop.kill()
    with closing(connect(shop.folder / "nearcart.sqlite")) as connection:
        people_requests.ask(connection, "erase", "annabella", None, time.time())
    await shop.start()
    assert not raw(shop, names)


@pytest.mark.parametrize("point", ["in_erasure", "after_erasure", "after_truncation"])
def test_the_command_killed_in_the_middle_finishes_when_it_is_said_again(tmp_path: Path, point: str) -> None:
    path, config = tmp_path / "nearcart.sqlite", tmp_path / "store.yaml"
    config.write_text(json.dumps(json.loads(STORE.model_dump_json(exclude_defaults=True))))
    with closing(connect(path)) as connection:
        a_life(connection)
        names = her_names(connection)
    rows = len(whole(path))
    command = [sys.executable, "-m", "nearcart", "visitors", "erase", "annabella", "--config", str(config)]
    killed = subprocess.run(command, env={**os.environ, "NEARCART_CRASH_AT": point}, capture_output=True, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert len(whole(path)) == (rows if point == "in_erasure" else 0)
    again = subprocess.run(command, capture_output=True, timeout=60, check=True)
    assert b"annabella is erased" in again.stdout or b"Nothing is kept" in again.stdout
    assert not found_in(tmp_path, names)


def whole(path: Path) -> list[Any]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute("SELECT key FROM decisions WHERE visitor = 'annabella'").fetchall()
