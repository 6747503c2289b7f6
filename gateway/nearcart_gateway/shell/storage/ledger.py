"""The ledger's rows: every offer made, ghosts too, and what became of it. Erased visitors stay in it as numbers only."""

import sqlite3
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from nearcart_gateway.core.ledger import LedgerRow
from nearcart_gateway.core.spending import Use

_COLUMNS = (
    "key, visitor, offer, campaign, at, expires_at, state, money, gives, stacks, stack_group, purchase, settled_at,"
    " code, own_code"
)


def write_use(connection: sqlite3.Connection, use: Use) -> None:
    """Keep an offer that was made."""
    connection.execute(
        f"INSERT INTO ledger ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 (constant)
        (
            use.key,
            use.visitor,
            use.offer,
            use.campaign,
            use.at,
            use.expires_at,
            use.state,
            str(use.money),
            use.gives,
            use.stacks,
            use.stack_group,
            use.order,
            use.settled_at,
            use.code,
            use.own_code,
        ),
    )


def settle_use(connection: sqlite3.Connection, use: Use) -> None:
    """Keep what became of an offer."""
    connection.execute(
        "UPDATE ledger SET state = ?, money = ?, purchase = ?, settled_at = ? WHERE key = ?",
        (use.state, str(use.money), use.order, use.settled_at, use.key),
    )


def read_counted(connection: sqlite3.Connection, since: float, until: float = float("inf")) -> Iterable[LedgerRow]:
    """Every offer made from ``since`` to before ``until`` (Unix seconds): what a ledger counts."""
    return connection.execute(
        "SELECT visitor, offer, campaign, at FROM ledger WHERE at >= ? AND at < ? ORDER BY at", (since, until)
    )


def read_uses(connection: sqlite3.Connection, now: float) -> Iterable[Use]:
    """Every offer that was used, or still can be."""
    rows = connection.execute(
        f"SELECT {_COLUMNS}, number FROM ledger WHERE (gives AND state = 'redeemed') OR expires_at > ?",  # noqa: S608
        (now,),
    )
    return (_use(row) for row in rows)


def read_all(connection: sqlite3.Connection) -> Iterable[Use]:
    """Every offer that was ever made, in the order of their moments."""
    rows = connection.execute(f"SELECT {_COLUMNS}, number FROM ledger ORDER BY at, number")  # noqa: S608 (constant)
    return (_use(row) for row in rows)


def read_use(connection: sqlite3.Connection, key: str) -> Use | None:
    """One offer by its decision's key."""
    row = connection.execute(f"SELECT {_COLUMNS}, number FROM ledger WHERE key = ?", (key,)).fetchone()  # noqa: S608
    return None if row is None else _use(row)


def read_uses_of_order(connection: sqlite3.Connection, order: str) -> list[Use]:
    """The offers that went into an order."""
    rows = connection.execute(f"SELECT {_COLUMNS}, number FROM ledger WHERE purchase = ?", (order,))  # noqa: S608
    return [_use(row) for row in rows]


def read_uses_with_code(connection: sqlite3.Connection, code: str, most: int = 100) -> list[Use]:
    """The offers that gave this code, the newest ``most`` of them."""
    rows = connection.execute(
        f"SELECT {_COLUMNS}, number FROM ledger WHERE code = ? ORDER BY number DESC LIMIT ?",  # noqa: S608
        (code, most),
    )
    return [_use(row) for row in rows]


def read_uses_of_visitor_with_code(connection: sqlite3.Connection, code: str, visitor: str) -> list[Use]:
    """The offers of hers that gave this code."""
    rows = connection.execute(
        f"SELECT {_COLUMNS}, number FROM ledger WHERE visitor = ? AND code = ?",  # noqa: S608
        (visitor, code),
    )
    return [_use(row) for row in rows]


def erase_visitor(connection: sqlite3.Connection, visitor: str) -> None:
    """Take the visitor out of her rows; what they add to counts and budgets stays, and names nobody."""
    connection.execute(
        "UPDATE ledger SET visitor = NULL, key = NULL, purchase = NULL, code = NULL WHERE visitor = ?", (visitor,)
    )


def _use(row: Any) -> Use:
    (
        key,
        visitor,
        offer,
        campaign,
        at,
        expires_at,
        state,
        money,
        gives,
        stacks,
        stack_group,
        purchase,
        settled_at,
        code,
        own_code,
        number,
    ) = row
    return Use(
        key=f"erased:{number}" if key is None else key,
        visitor=visitor,
        offer=offer,
        campaign=campaign,
        at=at,
        expires_at=expires_at,
        state=state,
        money=Decimal(money),
        gives=bool(gives),
        stacks=bool(stacks),
        stack_group=stack_group,
        order=purchase,
        settled_at=settled_at,
        code=code,
        own_code=bool(own_code),
    )
