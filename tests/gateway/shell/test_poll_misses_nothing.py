"""Polls that fail anywhere, of a shop that changes meanwhile, through a gateway that ends anywhere: every order's newest word is
taken in the end, and no word twice."""

import asyncio
import contextlib
import json
import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearcart_contract.store_file import BigCommerceSource, Poll
from nearcart_gateway.core.asking import bigcommerce
from nearcart_gateway.core.asking.ask import Answer, Ask
from nearcart_gateway.core.asking.bigcommerce import BigCommerceAsker
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.hooks.event import OrderPlaced
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.sources.intake import CartIntake
from nearcart_gateway.shell.sources.poller import Poller
from nearcart_gateway.shell.sources.shop_client import ShopError
from nearcart_gateway.shell.sources.state import SourceStates
from nearcart_gateway.shell.storage import fetches
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.writer import Writer

SOURCE = BigCommerceSource.model_validate(
    {"platform": "bigcommerce", "secret": "s", "api": {"url": "https://api.example/stores/abc", "token": "t"}}
)
START = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)


class Shop:
    """Orders with the time of their last change, listed page by page as the API does."""

    def __init__(self) -> None:
        self.changed: dict[int, datetime] = {}
        self.fails_at: int | None = None
        self.asked = 0
        self.now = START

    def change(self, order: int) -> None:
        self.now += timedelta(minutes=7)
        self.changed[order] = self.now

    async def ask(self, ask: Ask) -> Answer:
        self.asked += 1
        if self.fails_at is not None and self.asked >= self.fails_at:
            raise ShopError("the shop answered 503")
        query = dict(part.split("=") for part in ask.url.partition("?")[2].split("&"))
        since = datetime.fromisoformat(query["min_date_modified"].replace("%3A", ":"))
        listed = [number for number in sorted(self.changed) if self.changed[number] >= since]
        first = (int(query["page"]) - 1) * bigcommerce.PER_PAGE
        page = [self.document(number) for number in listed[first : first + bigcommerce.PER_PAGE]]
        return Answer(200 if page else 204, {}, json.dumps(page).encode() if page else b"")

    def document(self, order: int) -> dict[str, Any]:
        return {
            "id": order,
            "customer_id": 1,
            "status_id": 11,
            "total_inc_tax": "1.00",
            "date_created": START.isoformat(),
            "date_modified": f"{self.changed[order]:%a, %d %b %Y %H:%M:%S} +0000",
        }


class NotingEngine:
    """Notes which word of which order came."""

    def __init__(self, came: Counter[tuple[str, datetime]]) -> None:
        self.came = came

    def tick(self, _now: float, _changes: Changes) -> None:
        return

    def whose(self, _change: Any) -> tuple[str, ...]:
        return ()

    def take_shop_change(self, change: Any, _known: Any, _now: float, _changes: Changes) -> None:
        if isinstance(change, OrderPlaced):
            self.came[change.order.id, change.order.changed_at] += 1


async def run(path: Path, shop: Shop, steps: list[tuple[str, int]]) -> Counter[tuple[str, datetime]]:
    came: Counter[tuple[str, datetime]] = Counter()

    async def committed(_changes: Changes) -> None:
        return

    clock, writing = StoreClock(), sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    writing.execute("PRAGMA synchronous=OFF")  # no power is cut here
    writer = Writer(lambda _now: NotingEngine(came), writing, clock, committed)  # type: ignore[arg-type, return-value]
    reading = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    running = asyncio.create_task(writer.run())
    cursors: list[str] = []
    for step, number in (*steps, ("poll", 0)):
        if step == "change":
            shop.change(number)
            continue
        shop.asked, shop.fails_at = 0, number or None
        intake = CartIntake(writer, clock, reading)  # as after a start: nothing but the database is remembered
        asker = BigCommerceAsker("big", SOURCE.api)
        poller = Poller("big", SOURCE, Poll(), asker, shop, intake, reading, SourceStates())  # type: ignore[arg-type]
        async with asyncio.timeout(20):
            await poller.round()
        cursors.append(fetches.cursor_of(reading, "big", "orders") or "")
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    reading.close()
    writing.close()
    assert cursors == sorted(cursors), "a cursor never goes back"
    return came


STEPS = st.lists(
    st.tuples(st.just("change"), st.integers(1, 7)) | st.tuples(st.just("poll"), st.integers(0, 4)), max_size=25
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("poll") / "empty.sqlite"
    connect(path).close()
    return path


@settings(deadline=None, max_examples=60)
@given(steps=STEPS)
def test_nothing_is_missed_and_nothing_comes_twice(empty: Path, steps: list[tuple[str, int]]) -> None:
    path = empty.with_name("store.sqlite")
    for left in ("", "-wal", "-shm"):
        path.with_name(path.name + left).unlink(missing_ok=True)
    path.write_bytes(empty.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bigcommerce, "PER_PAGE", 2)
        shop = Shop()
        came = asyncio.run(run(path, shop, steps))
    assert all(times == 1 for times in came.values())
    newest = {str(order) for order in shop.changed}
    assert {order for order, _ in came} == newest
    assert shop.changed == {} or len(came) >= len(newest)
