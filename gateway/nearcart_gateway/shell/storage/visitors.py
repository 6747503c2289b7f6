"""Visitors, the identities they carry, and their consents."""

import json
import secrets
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from pydantic import TypeAdapter

from nearcart_contract.roster import Identity
from nearcart_gateway.core.consents import ConsentChange
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.storage import consents

_IDENTITY: TypeAdapter[Identity] = TypeAdapter(Identity)
COLUMNS = (
    "id, kind, customer, language, consents, version, segments, tier, last_purchase_at, loyalty, email_hash, refused,"
    " slots"
)
_NAMES = tuple(COLUMNS.split(", "))
_SETS = ("consents", "segments", "refused")
_LISTS = (*_SETS, "slots")


class VisitorExistsError(Exception):
    """That id or that identity is somebody's already."""


class UnknownVisitorError(Exception):
    """Nobody has that id."""


@dataclass(frozen=True, slots=True)
class EnrolledVisitor:
    """A visitor with what she carries: roster id and JSON of each identity, which holds its keys and so never shows in ``repr``.

    A parsed identity takes five times the memory, and a gateway needs but the ids, and the JSON for its edges.
    """

    visitor: Visitor
    carried: tuple[tuple[str, str], ...] = field(repr=False)

    @property
    def identities(self) -> tuple[Identity, ...]:
        """What she carries, parsed."""
        return tuple(_IDENTITY.validate_json(document) for _, document in self.carried)


def parse_identity(fields: dict[str, object]) -> Identity:
    """An identity for a new roster entry: its id is random, so that what is on the air names nobody.

    Raises ``pydantic.ValidationError`` for fields that are no identity.
    """
    return _IDENTITY.validate_python({"id": f"t-{secrets.token_hex(8)}", **fields})


def add(connection: sqlite3.Connection, visitor: Visitor, identities: Iterable[Identity], now: float) -> None:
    """Enrol a visitor in one transaction. Raises ``VisitorExistsError``; nothing is changed then."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(
            f"INSERT INTO visitors ({COLUMNS}, created_at, updated_at) VALUES (?{', ?' * 14})",  # noqa: S608
            (*_as_row(visitor), now, now),
        )
        for name in sorted(visitor.consents):
            purpose, _, channel = name.partition("/")
            consents.note(connection, visitor.id, ConsentChange(purpose, True, now, channel or None))
        consents.derive(connection, visitor.id)
        for identity in identities:
            connection.execute(
                "INSERT INTO identities VALUES (?, ?, ?, ?)",
                (identity.id, visitor.id, _IDENTITY.dump_json(identity, exclude={"health"}).decode(), proof(identity)),
            )
        connection.execute("COMMIT")
    except sqlite3.IntegrityError as error:
        connection.execute("ROLLBACK")
        what = (
            "carries an identity that somebody is enrolled with"
            if "identities" in str(error)
            else "is enrolled already"
        )
        raise VisitorExistsError(f"visitor '{visitor.id}' {what}; `nearcart visitors list` shows who is") from error
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def link_by_email(connection: sqlite3.Connection, email_hash: str, customer: str, now: float) -> None:
    """Join whoever is enrolled by this e-mail address to the shop's customer; who is joined already stays so."""
    connection.execute(
        "UPDATE visitors SET customer = ?, version = version + 1, updated_at = ? WHERE email_hash = ? AND customer IS NULL",
        (customer, now, email_hash),
    )


def remove(connection: sqlite3.Connection, visitor: str, now: float) -> None:
    """Take a visitor and her identities off the list. Raises ``UnknownVisitorError``.

    What she agreed to is taken back, and her history of consents stays: it is why what was done could be done.
    """
    consents.replace(connection, visitor, frozenset(), "removed", now)
    if connection.execute("DELETE FROM visitors WHERE id = ?", (visitor,)).rowcount == 0:
        raise UnknownVisitorError(f"nobody is enrolled as '{visitor}'; `nearcart visitors list` shows who is")


def everybody(connection: sqlite3.Connection) -> list[EnrolledVisitor]:
    """All visitors in the order of their ids."""
    carried: dict[str, tuple[tuple[str, str], ...]] = {}
    for visitor, *identity in connection.execute("SELECT visitor, id, document FROM identities ORDER BY id"):
        carried[visitor] = (*carried.get(visitor, ()), tuple(identity))
    rows = connection.execute(f"SELECT {COLUMNS} FROM visitors ORDER BY id")  # noqa: S608
    return [EnrolledVisitor(as_visitor(row), carried.get(row[0], ())) for row in rows]


def show(connection: sqlite3.Connection, visitor: str) -> EnrolledVisitor:
    """One visitor. Raises ``UnknownVisitorError``."""
    row = connection.execute(f"SELECT {COLUMNS} FROM visitors WHERE id = ?", (visitor,)).fetchone()  # noqa: S608
    if row is None:
        raise UnknownVisitorError(f"nobody is enrolled as '{visitor}'; `nearcart visitors list` shows who is")
    carried = connection.execute("SELECT id, document FROM identities WHERE visitor = ? ORDER BY id", (visitor,))
    return EnrolledVisitor(as_visitor(row), tuple(carried))


def as_visitor(row: tuple[object, ...]) -> Visitor:
    """A visitor of the columns of ``COLUMNS``."""
    fields = dict(zip(_NAMES, row, strict=True))
    fields.update({name: _shared_set(str(fields[name])) for name in _SETS})
    fields["slots"] = slots_of(str(fields["slots"]))
    return Visitor(**fields)  # type: ignore[arg-type]


def slots_of(document: str) -> tuple[tuple[str, int], ...]:
    """What the column ``slots`` holds; hardly anybody has any."""
    return () if document == "[]" else tuple((str(name), int(slot)) for name, slot in json.loads(document))


@lru_cache(maxsize=4096)
def _shared_set(document: str) -> frozenset[str]:
    """Most visitors have the same few sets: one object for all takes a megabyte less for each 5,000."""
    return frozenset(json.loads(document))


def _as_row(visitor: Visitor) -> tuple[object, ...]:
    return tuple(
        json.dumps(sorted(getattr(visitor, name))) if name in _LISTS else getattr(visitor, name) for name in _NAMES
    )


def proof(identity: Identity) -> str:
    """What makes two identities the same tag, whatever their ids: for the UNIQUE column."""
    return json.dumps(_IDENTITY.dump_python(identity, mode="json", exclude={"id", "health"}), sort_keys=True)
