"""A store with visitors' own pages over a real database, served on a free port."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nearcart_contract.store_file import Console, Store
from nearcart_gateway.core.changes import Delivery
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.own_pages import OwnPages
from nearcart_gateway.shell.storage import deliveries, own_pages, visitors
from nearcart_gateway.shell.web.app import create_app
from nearcart_gateway.shell.web.listen import serve
from nearcart_gateway.shell.web.own_page import OwnPageParts

from .fake_store import FakeHooks, FakeStore, registry_with_a_counter

STORE = {
    "store": "test",
    "name": "Corner <shop>",
    "time_zone": "UTC",
    "currency": "EUR",
    "scanners": {"door": {"x": 0, "y": 0, "zone": "door"}},
    "channels": {
        "phone": {"kind": "phone"},
        "screen": {"kind": "screen"},
        "page": {"kind": "page"},
        "push": {"kind": "push", "contact": "mailto:shop@example.com", "services": ["http://127.0.0.1:9999"]},
    },
}


@dataclass
class OwnPageShop:
    """What a test does to the store, and where her page is."""

    pages: OwnPages
    url: str
    receipts: list[tuple[str, str]]
    paths: dict[str, str] = field(default_factory=dict)
    said: int = 0

    async def enrol(self, visitor: str, language: str = "en") -> str:
        """Enrol somebody who agrees to offers; the path of her page."""
        who = Visitor(visitor, "visitor", None, language, frozenset({"offers"}))
        await self.pages.ask(lambda connection: visitors.add(connection, who, (), time.time()))
        return await self.link(visitor)

    async def link(self, visitor: str) -> str:
        secret = await self.pages.ask(lambda connection: own_pages.make_page(connection, visitor, time.time()))
        self.paths[visitor] = f"/me/{secret}"
        return self.paths[visitor]

    async def say(
        self, visitor: str, text: str, channel: str = "phone", good_for: float = 60.0, **more: Any
    ) -> Delivery:
        """Commit an offer as the gateway does; ``state`` is ``delivered`` where nothing else is said."""
        self.said += 1
        key, now = f"test/{visitor}/{self.said}", time.time()
        benefit = {"benefit": more.pop("benefit")} if "benefit" in more else {}
        body = {"key": key, "store": "test", "offer": "hello", "visitor": visitor, "text": text, **benefit}
        body |= {"decided_at": "2026-11-01T10:00:00Z", "expires_at": now + good_for}
        delivery = Delivery(
            key, channel, visitor, None, json.dumps(body), now, now, now + good_for, **{"state": "delivered", **more}
        )
        await self.keep(delivery, decided=True)
        return delivery

    async def keep(self, delivery: Delivery, decided: bool = False) -> None:
        def write(connection: Any) -> None:
            if decided:
                connection.execute(
                    "INSERT INTO decisions (key, moment, kind, visitor, visit, at, outcome, reason, considered, inputs)"
                    " VALUES (?, 'm', 'enter', ?, 'v', 0, 'sent', '', '[]', '{}')",
                    (delivery.key, delivery.visitor),
                )
            deliveries.write_delivery(connection, delivery)

        await self.pages.ask(write)
        self.pages.tell([delivery])

    async def row(self, query: str, *values: Any) -> Any:
        return await self.pages.ask(lambda connection: connection.execute(query, values).fetchone())


@asynccontextmanager
async def own_page_shop(folder: Path, **console: Any) -> AsyncIterator[OwnPageShop]:
    pages = OwnPages(folder / "nearcart.sqlite", time.time)
    receipts: list[tuple[str, str]] = []

    async def say(key: str, state: str) -> None:
        receipts.append((key, state))
        await pages.ask(
            lambda connection: connection.execute("UPDATE deliveries SET state = ? WHERE key = ?", (state, key))
        )

    where = Console(port=0, **console)
    app = create_app(
        FakeStore(),
        FakeHooks(),
        where,
        registry_with_a_counter(),
        own_pages=OwnPageParts(Store.model_validate(STORE), pages, say),
    )
    async with serve(app, where) as address:
        yield OwnPageShop(pages, address.url, receipts)
        await asyncio.sleep(0)
    pages.close()
