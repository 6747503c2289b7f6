"""A store's folder with a past: visitors who came and bought, as a gateway writes it."""

import time
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nearcart_contract.cart import Order
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.hooks.event import OrderPlaced
from nearcart_gateway.core.orders import NOTHING_KNOWN
from nearcart_gateway.core.values import Visit, Visitor
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.load import load_engine
from nearcart_gateway.shell.offer_watch import OfferWatch
from nearcart_gateway.shell.storage import visitors
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect

STORE = """
store: corner
name: Corner Shop
time_zone: Europe/Vienna
currency: EUR
scanners: {door: {x: 1, y: 1, zone: door}}
"""

Came = tuple[str, float]
Bought = tuple[str, float, str]
PastOf = Callable[[Path, Iterable[Visitor], Iterable[Came], Iterable[Bought]], Path]


@pytest.fixture(scope="session")
def past_of() -> PastOf:
    """(folder, visitors, (visitor, time), (visitor, time, total)) to the folder; a visitor's customer id is her own id."""
    return _past_of


def _past_of(home: Path, people: Iterable[Visitor], came: Iterable[Came], bought: Iterable[Bought]) -> Path:
    (home / "store.yaml").write_text(STORE)
    now = time.time()
    with closing(connect(home / "nearcart.sqlite")) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        for visitor in people:
            visitors.add(connection, visitor, [], now)
        store = load_yaml(home / "store.yaml", Store)
        watch = OfferWatch(home, store, connection, StoreClock(0.0))
        engine, changes = load_engine(store, watch.compiled, connection, now), Changes()
        for number, (name, at) in enumerate(came):
            changes.visits[f"{name}.{number}"] = Visit(f"{name}.{number}", name, at, left_at=at + 600)
        for number, (name, at, total) in enumerate(bought):
            placed = datetime.fromtimestamp(at, UTC)
            order = Order.model_validate(
                {"id": str(number), "source": "web", "customer": name, "total": total, "placed_at": placed}
            )
            engine.take_shop_change(OrderPlaced(order), NOTHING_KNOWN, at, changes)
        commit(connection, changes, now)
    return home
