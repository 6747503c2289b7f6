"""The past that plans and forecasts are made from, out of a database that the engine wrote."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from nearcart_contract.cart import Order, Refund
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.hooks.event import OrderPlaced, OrderRefund
from nearcart_gateway.core.orders import NOTHING_KNOWN
from nearcart_gateway.core.values import Moment, Visit, Visitor
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.load import load_engine
from nearcart_gateway.shell.offer_watch import OfferWatch
from nearcart_gateway.shell.report.past import StorePast, store_past
from nearcart_gateway.shell.storage import orders, visitors
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC).timestamp()
STORE = """
store: corner
name: Corner Shop
time_zone: Europe/Vienna
currency: EUR
scanners: {door: {x: 1, y: 1, zone: door}}
"""
OFFER = "offer: hello\nwhen: {moment: enter}\nsay: Hello\ngive: {kind: amount, amount: 2, currency: EUR}\n"


def lived(home: Path, people: int = 60) -> StorePast:
    """Everybody comes, one a minute; the first buys for 12.50 and gets 2.50 of it back."""
    with closing(connect(home / "nearcart.sqlite")) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        for number in range(people):
            name = f"v{number:02}"
            visitors.add(connection, Visitor(name, customer=name, consents=frozenset({"offers"})), [], NOW)
        visitors.add(connection, Visitor("staff", kind="staff", consents=frozenset({"offers"})), [], NOW)
        return come(home, connection, NOW, people)


def come(home: Path, connection, now: float, people: int) -> StorePast:
    (home / "offers").mkdir(exist_ok=True)
    (home / "offers" / "hello.yaml").write_text(OFFER)
    (home / "store.yaml").write_text(STORE)
    store = load_yaml(home / "store.yaml", Store)
    watch = OfferWatch(home, store, connection, StoreClock(0.0))
    engine, changes = load_engine(store, watch.compiled, connection, now), Changes()
    for number, name in enumerate([*(f"v{n:02}" for n in range(people)), "staff"]):
        at, visit = now + 60 * number, f"{name}.{now:.0f}"
        changes.visits[visit] = Visit(visit, name, at - 5, left_at=at + 30)
        engine._decide(Moment(f"{visit}.enter", "enter", name, visit, at), at, changes)
    commit(connection, changes, now)
    placed = datetime.fromtimestamp(now, UTC)
    order = Order.model_validate(
        {"id": f"{now}", "source": "web", "customer": "v00", "total": "12.50", "placed_at": placed}
    )
    changes = Changes()
    engine.take_shop_change(OrderPlaced(order), NOTHING_KNOWN, now, changes)
    commit(connection, changes, now)
    back = OrderRefund(
        Refund.model_validate(
            {
                "id": f"r{now}",
                "source": "web",
                "order": f"{now}",
                "amount": "2.50",
                "currency": "EUR",
                "refunded_at": placed,
            }
        )
    )
    changes = Changes()
    engine.take_shop_change(back, orders.read_known(connection, back, engine.whose(back)), now + 500, changes)
    commit(connection, changes, now + 500)
    return store_past(connection, store.currency, 0.0)


def test_visits_and_purchases_without_staff(tmp_path):
    past = lived(tmp_path)
    assert len(past.visits) == 60
    assert [(each.amount, each.order, each.at) for each in past.bought] == [(1250, True, NOW), (-250, False, NOW)]
