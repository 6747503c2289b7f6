"""Who is counted in a report, as numbered units: households, and visitors without a loyalty number."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

from nearcart_contract.report_tables import Row
from nearcart_gateway.core.email_customer import by_loyalty, customers_of
from nearcart_gateway.core.offers.assign import unit_of
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.storage import visitors


@dataclass(slots=True)
class Counted:
    """``of``: each counted visitor's unit. ``customers``: whose orders are whose. ``visitors``: those who are counted."""

    of: dict[str, int] = field(default_factory=dict)
    customers: dict[str, int] = field(default_factory=dict)
    visitors: list[Visitor] = field(default_factory=list)
    opted_out: list[Visitor] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    _units: dict[str, int] = field(default_factory=dict)

    def add(self, visitor: Visitor) -> None:
        """Staff, who tries things out and who took back her consent are counted nowhere."""
        why: str | None = None if visitor.kind == "visitor" else visitor.kind
        if why is None and not visitor.consents_to("offers"):
            why = "without consent to offers"
            self.opted_out.append(visitor)
        if why is not None:
            self.left_out[why] = self.left_out.get(why, 0) + 1
            return
        unit = self._units.setdefault(unit_of(visitor), len(self._units) + 1)
        self.of[visitor.id] = unit
        self.visitors.append(visitor)
        household = () if visitor.loyalty is None else (by_loyalty(visitor.loyalty),)
        for customer in (*customers_of(visitor), *household):
            self.customers.setdefault(customer, unit)

    def unit_of_order(self, visitor: str | None, customer: str | None) -> int | None:
        """Whose an order is: who is named in it, else whoever has its customer's id; nobody's where she is not counted."""
        if visitor is not None:
            return self.of.get(visitor)
        return None if customer is None else self.customers.get(customer)

    def with_households(self) -> dict[str, int]:
        """``of``, and who took back her consent while others of her household are counted."""
        left = {visitor.id: self._units.get(unit_of(visitor)) for visitor in self.opted_out}
        return self.of | {visitor: unit for visitor, unit in left.items() if unit is not None}

    def rows(self) -> Iterator[Row]:
        """The table ``units``."""
        people: dict[int, list[Visitor]] = {}
        for visitor in self.visitors:
            people.setdefault(self.of[visitor.id], []).append(visitor)
        for unit, members in people.items():
            yield unit, next((member.tier for member in members if member.tier), ""), len(members)


def counted(connection: sqlite3.Connection) -> Counted:
    """Everybody as enrolled now."""
    found = Counted()
    for row in connection.execute(f"SELECT {visitors.COLUMNS} FROM visitors ORDER BY id"):  # noqa: S608 (constant)
        found.add(visitors.as_visitor(row))
    return found
