"""Orders and refunds as rows: each order once, whole minor units, whatever stood in it."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from nearcart_contract.report_tables import Row, minor
from nearcart_gateway.shell.report.people import Counted
from nearcart_gateway.shell.till import SOURCE as TILL


class Purchases:
    """One store's."""

    def __init__(self, connection: sqlite3.Connection, people: Counted, currency: str) -> None:
        self._connection, self._people, self._currency = connection, people, currency

    def lines(self) -> Iterator[Row]:
        """The table ``order_lines``: a line an article, and one for what the lines leave open; they add up to the total."""
        rows = self._connection.execute(_ORDERS)
        for number, (source, visitor, customer, placed_at, currency, total, document) in enumerate(rows, start=1):
            unit = self._people.unit_of_order(visitor, customer)
            if unit is None:
                continue
            if currency not in (None, self._currency):
                continue
            paid, in_store = minor(Decimal(total), self._currency), source == TILL
            order = json.loads(document) if document else {}
            cost = None if order.get("cost") is None else minor(Decimal(str(order["cost"])), self._currency)
            discount = sum((Decimal(str(each.get("amount") or 0)) for each in order.get("coupons", ())), Decimal(0))
            first = True
            for sku, amount in _articles(order, paid, self._currency):
                own = (cost, minor(discount, self._currency)) if first else (None, 0)
                yield unit, number, placed_at, in_store, first and paid > 0, sku, amount, *own
                first = False

    def in_other_currencies(self, since: float) -> Counter[str]:
        """Orders of theirs since then (Unix seconds) that are in no row, by currency."""
        rows = self._connection.execute(_OTHER_CURRENCIES, (self._currency, since))
        whose = ((currency, self._people.unit_of_order(visitor, customer)) for visitor, customer, currency in rows)
        return Counter(currency for currency, unit in whose if unit is not None)

    def refunds(self) -> Iterator[Row]:
        """The table ``refunds``."""
        for source, visitor, customer, placed_at, at, amount, currency in self._connection.execute(_REFUNDS):
            unit = self._people.unit_of_order(visitor, customer)
            if unit is None:
                continue
            if currency not in (None, self._currency):
                continue
            yield unit, placed_at, at, source == TILL, minor(Decimal(amount), self._currency)


def _articles(order: dict[str, list[dict[str, str]]], paid: int, currency: str) -> Iterator[tuple[str, int]]:
    """(SKU, minor units) of each line; the last, without SKU, is what the lines don't say."""
    rest = paid
    for item in order.get("items", ()):
        amount = minor(Decimal(str(item["unit_price"])) * int(item["quantity"]), currency)
        rest -= amount
        yield item.get("sku") or item.get("product") or "", amount
    if rest or not order.get("items"):
        yield "", rest


_ORDERS = (
    "SELECT source, visitor, customer, placed_at, currency, total, document FROM orders"
    " WHERE state = 'placed' AND placed_at IS NOT NULL AND total IS NOT NULL ORDER BY placed_at, source, id"
)
_OTHER_CURRENCIES = "SELECT visitor, customer, currency FROM orders WHERE state = 'placed' AND currency IS NOT NULL AND currency != ? AND placed_at >= ?"
_REFUNDS = (
    "SELECT o.source, o.visitor, o.customer, o.placed_at, r.at, r.amount, r.currency FROM refunds r"
    " JOIN orders o ON o.source = r.source AND o.id = r.purchase"
    " WHERE o.state = 'placed' AND o.placed_at IS NOT NULL"
)
