"""Erasing a visitor (GDPR, Art. 17): every table that may speak of her, one a line; a test fails when one is missing here."""

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from nearcart_gateway.core.email_customer import by_email, by_loyalty
from nearcart_gateway.core.email_hash import email_hash
from nearcart_gateway.core.payload_names import names_her
from nearcart_gateway.shell.storage import coupons, deferrals, ledger, report_sums
from nearcart_gateway.shell.storage.email_salt import email_salt


@dataclass(frozen=True, slots=True)
class Her:
    """What names a visitor. Customer ids and e-mail hashes that somebody else is joined by too are not in it: they stay."""

    visitor: str
    customers: frozenset[str]
    email_hashes: frozenset[str]
    loyalty: frozenset[str]
    identities: frozenset[str]
    coupons: frozenset[str]

    def values(self) -> dict[str, str]:
        """For statements: sets as JSON arrays."""
        sets = {name: json.dumps(sorted(getattr(self, name))) for name in ("customers", "email_hashes", "identities")}
        return {"visitor": self.visitor, **sets}


Erase = Callable[[sqlite3.Connection, Her], object]


def _rows(condition: str) -> Callable[[str], Erase]:
    """Delete the rows of a table that are hers."""

    def of(table: str) -> Erase:
        return lambda connection, her: connection.execute(
            f"DELETE FROM {table} WHERE {condition}",  # noqa: S608 (constants of this file)
            her.values(),
        )

    return of


def _changed(statement: str) -> Callable[[str], Erase]:
    return lambda _: lambda connection, her: connection.execute(statement, her.values())


def _by_visitor(erase: Callable[[sqlite3.Connection, str], None]) -> Callable[[str], Erase]:
    return lambda _: lambda connection, her: erase(connection, her.visitor)


def _payloads(table: str) -> Erase:
    """Bodies that name her customer id, her loyalty number or her e-mail address."""

    def erase(connection: sqlite3.Connection, her: Her) -> None:
        salt = email_salt(connection)
        names = her.customers | her.loyalty

        def is_hers(address: str) -> bool:
            try:
                return email_hash(address, salt) in her.email_hashes
            except ValueError:
                return False

        for number, body in connection.execute(f"SELECT id, body FROM {table}").fetchall():  # noqa: S608
            if names_her(bytes(body), names, is_hers):
                connection.execute(f"DELETE FROM {table} WHERE id = ?", (number,))  # noqa: S608

    return erase


_HERS = "(SELECT value FROM json_each(:customers))"
# What is put in below are constants of this file.
_CART_IS_HERS = (
    f"json_extract(record, '$.customer') IN {_HERS} OR json_extract(record, '$.cart.customer') IN {_HERS}"  # noqa: S608
    " OR id IN (SELECT 'customer:' || value FROM json_each(:customers))"
)
_CARTS = (
    f"(source, id) IN (WITH hers AS (SELECT source, id, record FROM carts WHERE {_CART_IS_HERS}),"  # noqa: S608
    " tokens AS (SELECT source, id AS token FROM hers UNION SELECT source, json_extract(record, '$.cart.token') FROM hers"
    " UNION SELECT source, substr(id, 7) FROM hers WHERE id LIKE 'token:%')"
    " SELECT source, id FROM hers UNION SELECT source, 'token:' || token FROM tokens WHERE token IS NOT NULL"
    " UNION SELECT source, token FROM tokens WHERE token IS NOT NULL"
    " UNION SELECT carts.source, carts.id FROM carts JOIN tokens ON carts.source = tokens.source"
    " AND json_extract(carts.record, '$.cart.token') = tokens.token)"
)

_ORDER_IS_HERS = f"visitor = :visitor OR customer IN {_HERS}"

ERASED: dict[str, Callable[[str], Erase]] = {
    "coupons": _by_visitor(coupons.erase_visitor),
    "ledger": _by_visitor(ledger.erase_visitor),
    "deferred": _by_visitor(deferrals.erase_visitor),
    "withdrawals": _rows("visitor = :visitor OR key IN (SELECT key FROM decisions WHERE visitor = :visitor)"),
    "receipts": _rows("key IN (SELECT key FROM decisions WHERE visitor = :visitor)"),
    "deliveries": _rows("visitor = :visitor OR key IN (SELECT key FROM decisions WHERE visitor = :visitor)"),
    "decisions": _rows("visitor = :visitor"),
    "visits": _rows("visitor = :visitor"),
    "presences": _rows("visitor = :visitor"),
    "transitions": _rows("visitor = :visitor OR identity IN (SELECT value FROM json_each(:identities))"),
    "refunds": _rows(f"(source, purchase) IN (SELECT source, id FROM orders WHERE {_ORDER_IS_HERS})"),  # noqa: S608
    "orders": _rows(_ORDER_IS_HERS),
    "moments": _rows("visitor = :visitor"),
    "moment_visitors": _rows("visitor = :visitor"),
    "cart_fetches": _rows(f"id IN {_HERS} OR {_CARTS}"),
    "cart_versions": _rows(f"{_CARTS} OR {_CART_IS_HERS}"),
    "carts": _rows(_CARTS),
    "set_aside": _payloads,
    "cart_inbox": _payloads,
    "exports": _rows("visitor = :visitor"),
    "people_requests": _changed(
        "UPDATE people_requests SET visitor = NULL, target = NULL, outcome = coalesce(outcome, 'erased')"
        " WHERE visitor = :visitor OR target = :visitor"
    ),
    "complaints": _rows("visitor = :visitor"),
    "consents": _rows("visitor = :visitor"),
    "push_subscriptions": _rows("visitor = :visitor"),
    "own_pages": _rows("visitor = :visitor"),
    "identities": _rows("visitor = :visitor"),
    "visitors": _rows("id = :visitor"),
}
"""Every table with something of a visitor in it, in the order of erasing: what leads to a row goes after it."""

KEPT: dict[str, str] = {
    "meta": "facts about the store",
    "api_keys": "keys of programs, by their hash",
    "cursors": "how far each edge is",
    "hook_events": "ids of webhooks",
    "source_cursors": "how far each poll of a shop has come",
    "revisions": "texts of offers",
    "offer_changes": "who changed which offer",
    "report_sums": "sums over visitors, with nobody in them",
    "erasures": "that somebody was erased, and when",
}
"""Every other table, and what it is about."""


def who(connection: sqlite3.Connection, visitor: str) -> Her:
    """Everything that names a visitor now, or did in a decision about her."""
    values = {"visitor": visitor}
    customers = _set(connection, _CUSTOMERS, values)
    hashes = _set(connection, "SELECT email_hash FROM visitors WHERE id = :visitor", values)
    others = "SELECT 1 FROM visitors WHERE id != ? AND {} = ?"
    alone = _hers_alone(connection, others.format("customer"), visitor, customers)
    addresses = _hers_alone(connection, others.format("email_hash"), visitor, hashes)
    loyalty = _set(connection, "SELECT loyalty FROM visitors WHERE id = :visitor", values)
    numbers = _hers_alone(connection, others.format("loyalty"), visitor, loyalty)
    return Her(
        visitor=visitor,
        customers=alone | {by_email(each) for each in addresses} | {by_loyalty(each) for each in numbers},
        email_hashes=addresses,
        loyalty=loyalty,
        identities=_set(connection, _IDENTITIES, values),
        coupons=_set(connection, _COUPONS, values),
    )


def names(connection: sqlite3.Connection, her: Her) -> frozenset[str]:
    """All that tells of her alone, as it may stand in a file: what names her, texts said to her, ids of her orders and carts,
    her complaints in more than a word.

    Looks through all decisions.
    """
    links = her.customers | her.email_hashes | her.loyalty | her.identities | her.coupons
    return links | {her.visitor} | _set(connection, _WORDS, her.values())


def is_known(connection: sqlite3.Connection, visitor: str) -> bool:
    """Whether there is anything to erase."""
    tables = ("visitors WHERE id", *(f"{table} WHERE visitor" for table in _KNOWN_BY))
    return any(connection.execute(f"SELECT 1 FROM {table} = ? LIMIT 1", (visitor,)).fetchone() for table in tables)  # noqa: S608


def erase(connection: sqlite3.Connection, visitor: str, time_zone: str, currency: str, now: float) -> None:
    """Add her to the reports' sums and delete everything else, within the caller's transaction.

    ``time_zone`` is the store's, which says on which day something happened, ``currency`` what counts as revenue; ``now`` is
    Unix seconds.
    """
    her = who(connection, visitor)
    files = [path for (path,) in connection.execute("SELECT path FROM exports WHERE visitor = ?", (visitor,))]
    report_sums.add_visitor(connection, visitor, her.customers, time_zone, currency)
    before = connection.total_changes
    for table, erasing in ERASED.items():
        erasing(table)(connection, her)
    connection.execute(
        "INSERT INTO erasures (at, rows, cleaned_at) VALUES (?, ?, NULL)", (now, connection.total_changes - before)
    )
    for path in files:
        remove_export(Path(path), visitor)


def remove_export(path: Path, visitor: str) -> None:
    """Delete a file that `visitors export` wrote, if it is still hers."""
    try:
        if json.loads(path.read_text(encoding="utf-8"))["visitor"]["id"] == visitor:
            path.unlink()
    except (OSError, ValueError, KeyError, TypeError):
        return


_KNOWN_BY = (
    "visits",
    "decisions",
    "orders",
    "transitions",
    "consents",
    "complaints",
    "deferred",
    "presences",
    "exports",
    "people_requests",
)
_CUSTOMERS = (
    "SELECT customer FROM visitors WHERE id = :visitor UNION"
    " SELECT json_extract(inputs, '$.visitor.customer') FROM decisions WHERE visitor = :visitor"
)
_IDENTITIES = (
    "SELECT id FROM identities WHERE visitor = :visitor UNION SELECT identity FROM transitions WHERE visitor = :visitor"
)
_WORDS = (
    "SELECT text FROM decisions WHERE visitor = :visitor AND text NOT IN (SELECT text FROM decisions WHERE visitor != :visitor"  # noqa: S608
    f" AND text IS NOT NULL) UNION SELECT id FROM orders WHERE {_ORDER_IS_HERS}"
    " UNION SELECT words FROM complaints WHERE visitor = :visitor AND length(words) >= 12"
    f" UNION SELECT id FROM carts WHERE {_CARTS} UNION SELECT json_extract(record, '$.cart.token') FROM carts WHERE {_CARTS}"
)
_COUPONS = (
    "SELECT code FROM coupons WHERE decision IN (SELECT key FROM decisions WHERE visitor = :visitor)"
    " AND code NOT LIKE 'sha256:%'"
)


def _set(connection: sqlite3.Connection, query: str, values: dict[str, str]) -> frozenset[str]:
    return frozenset(str(row[0]) for row in connection.execute(query, values) if row[0] is not None)


def _hers_alone(connection: sqlite3.Connection, query: str, visitor: str, found: Iterable[str]) -> frozenset[str]:
    """Without those by which somebody else is joined too: a household's account stays as long as one of them does."""
    return frozenset(each for each in found if connection.execute(query, (visitor, each)).fetchone() is None)
