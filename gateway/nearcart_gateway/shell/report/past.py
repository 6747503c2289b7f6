"""Everybody's visits and purchases, without any experiment: what a plan is made from."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from nearcart_gateway.shell.report.people import counted
from nearcart_gateway.shell.report.purchases import Purchases


@dataclass(frozen=True, slots=True)
class Bought:
    """One line of an order of a unit, or a refund of one: minor units, refunds below zero; ``order`` on one line of each order."""

    unit: int
    at: float
    amount: int
    order: bool


@dataclass(frozen=True, slots=True)
class StorePast:
    """(unit, Unix seconds) of each visit, and what was bought; a refund has its order's time."""

    visits: tuple[tuple[int, float], ...]
    bought: tuple[Bought, ...]


def store_past(connection: sqlite3.Connection, currency: str, since: float) -> StorePast:
    """Of those who are counted in reports, from ``since`` (Unix seconds) on."""
    people = counted(connection)
    purchases = Purchases(connection, people, currency)
    visits = ((people.of[visitor], at) for visitor, at in connection.execute(_VISITS, (since,)) if visitor in people.of)
    return StorePast(tuple(visits), tuple(_bought(purchases, since)))


def _bought(purchases: Purchases, since: float) -> Iterator[Bought]:
    for row in purchases.lines():
        unit, _, at, _, first, _, amount, _, _ = cast(_Line, row)
        if at >= since:
            yield Bought(unit, at, amount, first)
    for row in purchases.refunds():
        unit, ordered_at, _, _, amount = cast(_Refund, row)
        if ordered_at >= since:
            yield Bought(unit, ordered_at, -amount, order=False)


_Line = tuple[int, int, float, bool, bool, str, int, int | None, int]
_Refund = tuple[int, float, float, bool, int]
"""The columns of ORDER_LINES and REFUNDS in nearcart_contract.report_tables."""

_VISITS = "SELECT visitor, entered_at FROM visits WHERE entered_at >= ? ORDER BY entered_at"
