"""A store for the console's tests: everything the page can show, and a person who walks when told to.

``python tests/gateway/web/fake_store.py [PORT]`` serves it, moving, to look at.
"""

import asyncio
import math
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace

from prometheus_client import CollectorRegistry, Counter

from nearcart_contract.store_file import Console, Store
from nearcart_gateway.core.changes import Receipt
from nearcart_gateway.core.values import Considered
from nearcart_gateway.shell.web.app import create_app
from nearcart_gateway.shell.web.changes import ChangeBoard, Subscription
from nearcart_gateway.shell.web.floor_plan import floor_view
from nearcart_gateway.shell.web.listen import serve
from nearcart_gateway.shell.web.views import (
    DecisionDetail,
    DecisionView,
    EdgeView,
    FloorView,
    HealthView,
    HookAnswer,
    PersonView,
)

OPENED = 1_790_856_000.0
"""1 October 2026, 14:00 in Berlin."""

STORE = Store.model_validate(
    {
        "store": "corner-shop",
        "name": "Corner Shop",
        "time_zone": "Europe/Berlin",
        "currency": "EUR",
        "floor": {"width": 18, "height": 12},
        "zones": {
            "entrance": {"name": "Entrance", "polygon": [[0, 8], [6, 8], [6, 12], [0, 12]]},
            "wine": {"name": "Wine", "polygon": [[0, 0], [6, 0], [6, 8], [0, 8]]},
            "cheese": {"name": "Cheese counter", "polygon": [[6, 0], [12, 0], [12, 6], [6, 6]]},
            "bakery": {"name": "Bakery", "polygon": [[12, 0], [18, 0], [18, 6], [12, 6]]},
            "checkout": {"name": "Checkout", "polygon": [[6, 6], [18, 6], [18, 12], [6, 12]]},
        },
        "scanners": {
            "entrance": {"x": 3, "y": 10.5, "z": 2.4, "zone": "entrance"},
            "wine": {"x": 2, "y": 3, "z": 2.4, "zone": "wine"},
            "cheese": {"x": 9, "y": 2, "z": 2.4, "zone": "cheese"},
            "bakery": {"x": 15.5, "y": 2, "z": 2.4, "zone": "bakery"},
            "checkout": {"x": 13, "y": 9.5, "z": 2.4, "zone": "checkout"},
        },
    }
)

WALKER = PersonView("d1", "amber fox", 3.0, 9.0, 1.4, "entrance", "abandoned", False, OPENED - 40)
PEOPLE = (
    WALKER,
    PersonView("d2", "quick heron", 9.2, 3.4, 1.8, "cheese", "open", False, OPENED - 200),
    PersonView("d3", "merry otter", 9.2, 3.4, 2.0, "cheese", "none", False, OPENED - 20),
    PersonView("d4", "calm wombat", 13.8, 8.2, 1.1, "checkout", "none", True, OPENED - 4000),
    PersonView("d5", "thoughtful hummingbird", 15.9, 3.9, 2.4, "bakery", "abandoned", False, OPENED - 65),
)
SENT = DecisionView(
    "corner-shop:v1:2:dwell:offer",
    OPENED - 3,
    "amber fox",
    "Wine",
    "sent",
    "stayed 5 s in Wine with an abandoned cart",
    "wine-dwell",
    "phone",
    "The Rioja in your cart stands on this shelf, and it is 10 % off until closing time.",
    "waiting",
)
SILENT = DecisionView(
    "corner-shop:v2:1:enter:offer", OPENED - 75, "merry otter", "Entrance", "withheld", "silent: had 2 of 2 this week"
)
HELD_OUT = DecisionView(
    "corner-shop:v3:4:dwell:offer",
    OPENED - 190,
    "thoughtful hummingbird",
    "Bakery",
    "ghost",
    "held out of campaign autumn",
    "bakery-dwell",
    "screen",
    "Warm from the oven: two croissants for the price of one.",
)
DELIVERED = DecisionView(
    "corner-shop:v4:1:enter:offer",
    OPENED - 420,
    "quick heron",
    "Entrance",
    "sent",
    "entered with an abandoned cart",
    "welcome-back",
    "phone",
    "Welcome back. Your cart of 38.40 € is waiting, and we have all of it here.",
    "delivered",
)
RECEIPTS = (
    Receipt(DELIVERED.key, "crm", "failed", OPENED - 420, "the webhook answered 410"),
    Receipt(DELIVERED.key, "screen", "skipped", OPENED - 420, "'screen' carries another offer of this moment"),
    Receipt(DELIVERED.key, "phone", "sent", OPENED - 419),
    Receipt(DELIVERED.key, "phone", "delivered", OPENED - 418),
)
CONSIDERED = (
    Considered("wine-dwell", None),
    Considered("welcome-back", "cart_state", "open", "abandoned"),
    Considered("cheese-tasting", "per_visitor_limit", "2", "fewer than 2 in 1w"),
)


class FakeStore:
    """Implements ``StoreView``. Tests change what it holds and call ``board.notify``."""

    def __init__(self, store: Store = STORE) -> None:
        self.store = store
        self.board = ChangeBoard()
        self.here: tuple[PersonView, ...] = PEOPLE
        self.feed: list[DecisionView] = [SENT, SILENT, HELD_OUT, DELIVERED]
        self.considered = CONSIDERED
        self.now = OPENED
        self.state = HealthView("ok", OPENED, 4000.0, "ok", "ok", "ok", "3f9a21c7")
        self.sensors: tuple[EdgeView, ...] = self.edges_at(OPENED)

    def edges_at(self, now: float) -> tuple[EdgeView, ...]:
        second = int(now)
        return tuple(
            EdgeView(name, True, now - 0.4, _spark(second, index), None, 0, 48_210 + 977 * index, "synchronised")
            for index, name in enumerate(self.store.edges())
        )

    def floor(self) -> FloorView:
        return floor_view(self.store)

    def people(self) -> tuple[PersonView, ...]:
        return self.here

    def decisions(self, limit: int, before: str | None) -> tuple[DecisionView, ...]:
        keys = [decision.key for decision in self.feed]
        start = keys.index(before) + 1 if before in keys else 0
        return tuple(self.feed[start : start + limit])

    def decision(self, key: str) -> DecisionDetail | None:
        for decision in self.feed:
            if decision.key == key:
                detail = DecisionDetail(decision, "dwell", self.considered, 5.0, "autumn", "3f9a21c7")
                return replace(detail, receipts=RECEIPTS) if key == DELIVERED.key else detail
        return None

    def edges(self) -> tuple[EdgeView, ...]:
        return self.sensors

    def health(self) -> HealthView:
        return replace(self.state, now=self.now)

    def subscribe(self) -> AbstractContextManager[Subscription]:
        return self.board.subscribe()

    def move(self, x: float, y: float) -> None:
        """The first person goes there."""
        self.here = (replace(self.here[0], x=x, y=y), *self.here[1:])
        self.board.notify("people")

    def trouble(self, sentence: str) -> None:
        """The broker is out of reach."""
        self.state = replace(self.state, state="degraded", broker="trouble", problems=(sentence,))
        self.board.notify("health")

    def rename_offer(self, name: str) -> None:
        """The first offer that was looked at gets another name."""
        self.considered = (replace(self.considered[0], offer=name), *self.considered[1:])

    def decide(self, decision: DecisionView) -> None:
        """A decision joins the feed, or takes the place of the one with its key."""
        kept = [known for known in self.feed if known.key != decision.key]
        self.feed = sorted([decision, *kept], key=lambda known: -known.at)
        self.board.notify("decisions")


class FakeHooks:
    """Implements ``HookReceiver``; remembers what came."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, str], bytes]] = []

    async def receive(self, source: str, headers: Mapping[str, str], body: bytes) -> HookAnswer:
        if source != "web":
            return HookAnswer(404, {"detail": f"There is no source '{source}'."})
        self.received.append((source, dict(headers), body))
        return HookAnswer(202, {"taken": True})


def registry_with_a_counter() -> CollectorRegistry:
    registry = CollectorRegistry()
    Counter("nearcart_decisions", "Decisions by outcome", ["outcome"], registry=registry).labels("sent").inc(3)
    return registry


def _spark(second: int, seed: int) -> tuple[tuple[int, int], ...]:
    return tuple(
        (at, round(-66 + 9 * math.sin(at / 7 + 2 * seed) + 4 * math.sin(at * (1.3 + seed))))
        for at in range(second - 59, second + 1)
        if not (seed == 3 and at % 60 in range(20, 35))
    )


async def _walk(store: FakeStore) -> None:
    for tick in range(1_000_000):
        store.now = OPENED + tick / 4
        angle = tick / 40
        store.move(9 + 7 * math.cos(angle), 6 + 4 * math.sin(angle))
        if tick % 4 == 0:
            store.sensors = store.edges_at(store.now)
            store.board.notify("edges", "health")
        if tick % 40 == 39:
            store.decide(replace((SILENT, SENT, HELD_OUT)[tick // 40 % 3], key=f"more-{tick}", at=store.now))
        await asyncio.sleep(0.25)


async def _main(port: int) -> None:
    store, console = FakeStore(), Console(port=port)
    app = create_app(store, FakeHooks(), console, registry_with_a_counter())
    async with serve(app, console) as address:
        print(address.url)
        await _walk(store)


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
