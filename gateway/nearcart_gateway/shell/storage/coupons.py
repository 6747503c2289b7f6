"""Coupon codes that were given, each in the transaction of its decision."""

import sqlite3
from collections.abc import Iterable

from nearcart_gateway.core.coupons import GivenCoupon, erased_code


def write_given(connection: sqlite3.Connection, coupon: GivenCoupon) -> None:
    """Raises ``sqlite3.IntegrityError`` for a code that was given before: nothing of its transaction is kept then."""
    connection.execute(
        "INSERT INTO coupons (pool, code, decision) VALUES (?, ?, ?)", (coupon.pool, coupon.code, coupon.decision)
    )


def read_given(connection: sqlite3.Connection) -> Iterable[tuple[str, str]]:
    """(pool, code) of all."""
    return connection.execute("SELECT pool, code FROM coupons")


def erase_visitor(connection: sqlite3.Connection, visitor: str) -> None:
    """That a code was given stays, so that nobody gets it again, but not which: only its hash. Call it before her decisions go."""
    hers = connection.execute(_HERS, (visitor,)).fetchall()
    for pool, code in hers:
        connection.execute(
            "UPDATE coupons SET code = ?, decision = NULL WHERE pool = ? AND code = ?",
            (erased_code(pool, code), pool, code),
        )


_HERS = "SELECT pool, code FROM coupons WHERE decision IN (SELECT key FROM decisions WHERE visitor = ?)"
