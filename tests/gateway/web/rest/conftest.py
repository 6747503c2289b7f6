"""The real application over a real SQLite file, with a store that has seen something; only its broker is not asked."""

import contextlib
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from nearcart_contract.broker import Broker
from nearcart_contract.cart import Cart
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.cart_book import CartRecord
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.rate_limit import Rate
from nearcart_gateway.core.roles import ROLES, Role
from nearcart_gateway.core.values import Considered, Decision, Moment, Visit, Visitor
from nearcart_gateway.shell.service import Gateway
from nearcart_gateway.shell.storage import api_keys, visitors
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.web.rest.guard import ApiLimits
from nearcart_gateway.shell.writer import Apply

HOOK_SECRET = "whsec_cGxhbnRlZC1ob29rLXNlY3JldC1vZi10ZXN0cyEhIQ=="
BROKER_PASSWORD = "planted-broker-password"
CONSOLE_PASSWORD = "planted console password"
IRK = "0123456789abcdef0123456789abcdef"
SECRETS = (HOOK_SECRET, BROKER_PASSWORD, CONSOLE_PASSWORD, IRK)
"""Planted where the store keeps secrets: none may ever be in an answer."""

STORE_FILE = f"""\
store: corner-shop
name: Corner Shop
time_zone: Europe/Berlin
currency: EUR
zones:
  door: {{name: Entrance}}
  wine: {{name: Wine, tags: [drinks]}}
scanners:
  door: {{x: 1, y: 1, zone: door}}
  wine: {{x: 9, y: 1, zone: wine}}
sources:
  web: {{platform: standard, secret: {HOOK_SECRET}}}
broker: {{host: 127.0.0.1, port: 1, username: gateway, password: {BROKER_PASSWORD}}}
channels:
  phone: {{kind: phone}}
"""

HELLO = 'offer: hello\nwhen: {moment: enter}\nsay: "Hello."\nthrough: [phone]\n'
WINE = "offer: wine-dwell\ncampaign: autumn\nwhen: {moment: dwell, dwell: 5s, zones: [wine]}\nsay: The Rioja stands here.\n"
AUTUMN = "campaign: autumn\nname: Autumn wines\n"

NO_LIMITS = ApiLimits(per_key=Rate(1e6, 1e6), per_address=Rate(1e6, 1e6), wrong_keys=1_000_000)


@dataclass
class Shop:
    """A store's folder, its application, and a key of each role."""

    folder: Path
    app: ASGIApp
    keys: dict[Role, str]
    now: float

    @property
    def config(self) -> Path:
        return self.folder / "store.yaml"

    def client(self, role: Role | None = None, **headers: str) -> httpx.AsyncClient:
        """A client with the key of a role, or without any."""
        if role is not None:
            headers["Authorization"] = f"Bearer {self.keys[role]}"
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://127.0.0.1/api/v1", headers=headers
        )


def write_store(folder: Path, console: str = "") -> None:
    files = {"store.yaml": STORE_FILE + console, "offers/hello.yaml": HELLO, "offers/wine.yaml": WINE}
    files["campaigns/autumn.yaml"] = AUTUMN
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def fill(folder: Path, now: float) -> dict[Role, str]:
    """Visitors, visits, decisions, a cart, and a key of each role."""
    connection = connect(folder / "nearcart.sqlite")
    with contextlib.closing(connection):
        anna = Visitor("anna", "visitor", "7012", "de", frozenset({"offers"}))
        tag = visitors.parse_identity(
            {"kind": "ibeacon", "uuid": "f7826da6-4fa2-4e98-8024-bc5b71e0893e", "major": 1, "minor": 1}
        )
        phone = visitors.parse_identity({"kind": "irk", "irk": IRK})
        visitors.add(connection, anna, [tag, phone], now - 900)
        for number in range(5):
            address = {"kind": "address", "address": f"AA:BB:CC:DD:EE:0{number}"}
            visitors.add(connection, Visitor(f"visitor-{number}"), [visitors.parse_identity(address)], now - 800)
        commit(connection, _seen(now), now)
        return {role: api_keys.add(connection, f"{role}-key", role, now)[1] for role in ROLES}


def _seen(now: float) -> Changes:
    changes = Changes()
    for number in range(8):
        visitor = "anna" if number % 2 else "visitor-1"
        visit = Visit(f"corner-shop.wine.{number}.{visitor}", visitor, now - 600 + number // 2, "wine", now - 590)
        changes.visits[visit.id] = visit if number > 5 else _over(visit, now)
        moment = Moment(f"{visit.id}.1.dwell", "dwell", visitor, visit.id, now - 500 + number, "wine", dwell_s=5.0)
        changes.decisions.append(
            Decision(
                key=f"{moment.id}.offer",
                moment=moment,
                outcome="withheld" if number % 3 else "ghost",
                reason="silent: had 2 of 2 this week",
                gate="per_visitor_limit" if number % 3 else "hold_out",
                offer="wine-dwell",
                campaign="autumn",
                revision="0123456789ab",
                considered=(Considered("wine-dwell", "per_visitor_limit", "2", "fewer than 2 in 1w"),),
                inputs={"moment": {"dwell_s": 5.0}},
            )
        )
    cart = Cart.model_validate(
        {
            "id": "c1",
            "source": "web",
            "customer": "7012",
            "items": [{"sku": "RIOJA", "quantity": 2, "unit_price": "12.90", "categories": ["wine"]}],
            "updated_at": "2026-01-02T10:00:00Z",
        }
    )
    changes.cart_records.append(CartRecord("web", "c1", cart, "7012", now - 700, version=1, received_at=now - 700))
    return changes


def _over(visit: Visit, now: float) -> Visit:
    return Visit(visit.id, visit.visitor, visit.entered_at, visit.zone, visit.zone_since, 1, now - 300, "left")


def _at_once(gateway: Gateway) -> Callable[[Apply], Awaitable[None]]:
    """The writer's commit, without its queue: the gateway is not run here, and whoever asks has a loop of his own."""
    one = threading.Lock()

    async def commit_now(apply: Apply) -> None:
        with one:
            changes = Changes()
            apply(gateway._writer.engine, changes)
            commit(gateway._writing, changes, time.time())

    return commit_now


@contextlib.contextmanager
def opened(folder: Path, limits: ApiLimits = NO_LIMITS, console: str = "") -> Iterator[Shop]:
    """A shop in this folder, open for requests."""
    now = time.time()
    write_store(folder, console)
    keys = fill(folder, now)
    config = folder / "store.yaml"
    gateway = Gateway(config, load_yaml(config, Store), Broker(host="127.0.0.1", port=1), 0.0)
    gateway._writer.commit = _at_once(gateway)  # type: ignore[method-assign]
    try:
        yield Shop(folder, gateway.web(limits), keys, now)
    finally:
        gateway.close()


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    with opened(tmp_path) as shop:
        yield shop
