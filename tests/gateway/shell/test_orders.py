"""Orders on a real database: codes used, offers taken back, last purchases, each once whatever is told again."""

import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from nearcart_contract.campaign_file import Campaign
from nearcart_contract.cart import CancelledOrder, Cart, CartItem, Order, Refund, UsedCoupon
from nearcart_contract.offer_file import Offer
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.hooks.event import CartChange, Change, OrderPlaced, OrderRefund, OrderUndone
from nearcart_gateway.core.offers.compile import compile_offers
from nearcart_gateway.core.values import Moment, Visitor
from nearcart_gateway.shell.load import load_engine
from nearcart_gateway.shell.storage import orders, visitors
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect

from .corner_store import corner_store

NOW = 1_790_000_000.0
STORE = corner_store(coupons={"autumn": "codes.txt"})
CAMPAIGN = Campaign.model_validate({"campaign": "autumn", "name": "Autumn", "budget": {"redemptions": 2}})
PRESS = {"when": {"moment": "press"}, "say": "Hello", "campaign": "autumn"}
OWN: dict[str, Any] = {
    **PRESS,
    "offer": "own",
    "give": {"kind": "percent", "percent": 10, "pool": "autumn", "maximum": "5"},
}
ABOUT_CART: dict[str, Any] = {
    "offer": "cart",
    "when": {"moment": "enter"},
    "say": "Your {{ cart.value }}",
    "cart": {"state": "open"},
}
NEWS: dict[str, Any] = {"offer": "news", "when": {"moment": "dwell", "zones": ["door"], "dwell": "5s"}, "say": "News"}
OFFERS = compile_offers(
    STORE, {"autumn": CAMPAIGN}, [Offer.model_validate(row) for row in (OWN, ABOUT_CART, NEWS)], "r1", b"salt"
)


class Shop:
    """A gateway's engine over a file, started again for every step."""

    def __init__(self, path: Path) -> None:
        self.database = connect(path)
        self.now = NOW
        for name, customer in (("anna", "c-anna"), ("ben", "c-ben"), ("cleo", None)):
            visitors.add(
                self.database, Visitor(name, consents=frozenset({"offers"}), customer=customer), [], NOW - 1000
            )

    def engine(self) -> StoreEngine:
        found = load_engine(STORE, OFFERS, self.database, self.now)
        found.facts.coupons.fill("autumn", ("A-1", "A-2", "A-3"))
        return found

    def take(self, *news: Change, engine: StoreEngine | None = None) -> Changes:
        engine, changes = engine or self.engine(), Changes()
        for change in news:
            known = orders.read_known(self.database, change, engine.whose(change))
            engine.take_shop_change(change, known, self.now, changes)
        commit(self.database, changes, self.now)
        return changes

    def moment(self, visitor: str, kind: str, **fields: Any) -> Changes:
        changes = Changes()
        moment = Moment(f"v-{visitor}.{kind}", kind, visitor, f"v-{visitor}", self.now, **fields)  # type: ignore[arg-type]
        self.engine()._decide(moment, self.now, changes)
        commit(self.database, changes, self.now)
        return changes

    def uses(self) -> list[tuple[str, str, str, str | None]]:
        return self.database.execute("SELECT visitor, state, money, purchase FROM ledger ORDER BY number").fetchall()

    def last_purchase(self, visitor: str) -> float | None:
        in_file = visitors.show(self.database, visitor).visitor.last_purchase_at
        assert self.engine().visitors[visitor].last_purchase_at == in_file
        return in_file


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "store.sqlite")


def when(seconds: float) -> datetime:
    return datetime.fromtimestamp(NOW + seconds, UTC)


def order(
    number: str = "o1", customer: str | None = "c-anna", *codes: str, at: float = 5, **fields: Any
) -> OrderPlaced:
    coupons = tuple(UsedCoupon(code=code, amount=Decimal("3.00")) for code in codes)
    visitor = fields.pop("visitor", None)
    row = {"currency": "EUR", "total": Decimal(30), "placed_at": when(at), "coupons": coupons, **fields}
    return OrderPlaced(Order(id=number, source="web", customer=customer, **row), visitor)


def undone(number: str = "o1", at: float = 50) -> OrderUndone:
    return OrderUndone(CancelledOrder(id=number, source="web", cancelled_at=when(at)))


def test_a_code_on_an_order_uses_the_offer_that_gave_it_once(shop: Shop) -> None:
    shop.moment("anna", "press")
    for _ in range(3):
        shop.take(order("o1", "c-anna", "A-1"))
    assert shop.uses() == [("anna", "redeemed", "3.00", "web:o1")]
    assert shop.database.execute("SELECT count(*), max(state) FROM orders").fetchone() == (1, "placed")
    shop.take(order("o2", "c-ben", "A-1", at=9))
    assert shop.uses() == [("anna", "redeemed", "3.00", "web:o1")], "a code is used once"


def test_a_code_that_is_nobodys_is_counted_and_the_order_kept(shop: Shop) -> None:
    changes = shop.take(order("o1", "c-anna", "SPRING"))
    assert changes.counted["codes_not_ours"] == 1
    assert shop.last_purchase("anna") == NOW + 5


def test_another_currency_takes_what_was_held(shop: Shop) -> None:
    shop.moment("anna", "press")
    shop.take(order("o1", "c-anna", "A-1", currency="USD"))
    ((_, state, money, _),) = shop.uses()
    assert (state, money) == ("redeemed", "5")


def test_a_cancelled_order_gives_back_and_frees_the_budget(shop: Shop) -> None:
    for name in ("anna", "ben"):
        shop.moment(name, "press")
    assert shop.moment("cleo", "press").decisions[0].gate == "budget_redemptions"
    shop.take(order("o1", "c-anna", "A-1"))
    for _ in range(2):
        shop.take(undone())
    assert [row[1] for row in shop.uses()] == ["given_back", "held"]
    assert shop.engine().ledger.spent("autumn").redemptions == 1
    shop.take(order("o1", "c-anna", "A-1"))
    assert [row[1] for row in shop.uses()] == ["given_back", "held"], "the older word about it changes nothing"


def test_a_code_that_the_shop_takes_again_counts_again(shop: Shop) -> None:
    """Else a campaign would spend more than its budget, and nobody would know."""
    for name in ("anna", "ben"):
        shop.moment(name, "press")
    shop.take(order("o1", "c-anna", "A-1"), undone())
    assert shop.engine().ledger.spent("autumn").redemptions == 1
    for _ in range(2):
        shop.take(order("o2", "c-anna", "A-1", at=60))
    assert [row[1] for row in shop.uses()] == ["redeemed", "held"]
    assert shop.engine().ledger.spent("autumn").redemptions == 2
    shop.take(undone("o1", at=70))
    assert [row[1] for row in shop.uses()] == ["redeemed", "held"], "the first order has nothing left to give back"
    shop.take(undone("o2", at=80))
    assert [row[1] for row in shop.uses()] == ["given_back", "held"]


def test_a_cancellation_that_comes_first_leaves_nothing_used(shop: Shop) -> None:
    shop.moment("anna", "press")
    shop.take(undone())
    shop.take(order("o1", "c-anna", "A-1"))
    assert [row[1] for row in shop.uses()] == ["held"]
    assert shop.last_purchase("anna") is None
    assert shop.database.execute("SELECT state, customer FROM orders").fetchone() == ("cancelled", "c-anna")


def test_both_in_one_transaction(shop: Shop) -> None:
    shop.moment("anna", "press")
    shop.take(order("o1", "c-anna", "A-1"), undone())
    assert [row[1] for row in shop.uses()] == ["given_back"]
    assert shop.last_purchase("anna") is None


def test_the_last_purchase_follows_orders_links_and_cancellations(shop: Shop) -> None:
    engine = shop.engine()
    shop.take(order("o1", "c-anna", at=5), engine=engine)
    assert engine.visitors["anna"].last_purchase_at == NOW + 5, "at once, in memory"
    shop.take(order("o2", "c-anna", at=90))
    shop.take(order("o0", "c-anna", at=-500))
    assert shop.last_purchase("anna") == NOW + 90
    shop.take(undone("o2", at=99))
    assert shop.last_purchase("anna") == NOW + 5
    assert shop.last_purchase("ben") is None
    shop.database.execute("UPDATE visitors SET customer = 'c-anna' WHERE id = 'cleo'")
    assert shop.last_purchase("cleo") == NOW + 5, "a link finds the orders that were there before"
    visitors.add(shop.database, Visitor("dora", customer="c-anna"), [], NOW)
    assert shop.last_purchase("dora") == NOW + 5


def test_an_order_at_the_till_is_hers_by_name(shop: Shop) -> None:
    shop.take(order("t1", None, visitor="cleo"))
    assert shop.last_purchase("cleo") == NOW + 5
    assert [record.id for record in orders.read_of_visitor(shop.database, "cleo", None)] == ["t1"]


def cart() -> CartChange:
    item = CartItem(sku="W-1", title="Zweigelt", quantity=1, unit_price=Decimal(30))
    return CartChange(Cart(id="k1", source="web", customer="c-anna", items=(item,), updated_at=when(-60)))


def test_what_was_offered_for_the_cart_is_taken_back_and_nothing_else(shop: Shop) -> None:
    shop.take(cart())
    assert shop.moment("anna", "enter").decisions[0].offer == "cart"
    assert shop.moment("anna", "dwell", zone="door", dwell_s=5.0).decisions[0].offer == "news"
    changes = shop.take(order())
    (withdrawal,) = changes.withdrawals.values()
    assert (withdrawal.key, withdrawal.reason) == ("v-anna.enter:offer", "the cart was bought")
    assert shop.database.execute("SELECT key, visitor, told_at FROM withdrawals").fetchall() == [
        ("v-anna.enter:offer", "anna", None)
    ]
    assert not shop.take(order()).withdrawals, "told again, it takes nothing back again"
    assert shop.engine().carts.cart_of("c-anna") is None


def test_an_order_of_long_ago_takes_nothing_back(shop: Shop) -> None:
    shop.take(cart())
    shop.moment("anna", "enter")
    assert not shop.take(order(at=-90_000)).withdrawals


def test_what_was_paid_back_is_kept_once_and_the_order_stays(shop: Shop) -> None:
    refund = Refund(id="r1", source="web", order="o1", amount=Decimal("12.50"), currency="EUR", refunded_at=when(60))
    shop.moment("anna", "press")
    shop.take(order("o1", "c-anna", "A-1"))
    for _ in range(2):
        shop.take(OrderRefund(refund))
    assert orders.read_refunds(shop.database, "web", "o1") == [("12.50", "EUR", NOW + 60)]
    assert [row[1] for row in shop.uses()] == ["redeemed"]
    grown = refund.model_copy(update={"amount": Decimal(20), "refunded_at": when(70)})
    shop.take(OrderRefund(grown))
    shop.take(OrderRefund(refund))
    assert orders.read_refunds(shop.database, "web", "o1") == [("20", "EUR", NOW + 70)]


def test_a_failed_commit_changes_nothing(shop: Shop) -> None:
    shop.moment("anna", "press")
    shop.database.execute("CREATE TRIGGER no BEFORE INSERT ON orders BEGIN SELECT raise(ABORT, 'full'); END")
    with pytest.raises(sqlite3.Error):
        shop.take(order("o1", "c-anna", "A-1"))
    assert shop.uses() == [("anna", "held", "5", None)]
    assert shop.last_purchase("anna") is None
