"""Visitors a page at a time, and one at a time; what changes of one, each change a new version."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from nearcart_contract.roster import Identity
from nearcart_gateway.core.consents import ConsentChange
from nearcart_gateway.core.merging import kept_slots
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.storage import consents, visitors
from nearcart_gateway.shell.storage.first_slots import first_slots
from nearcart_gateway.shell.storage.visitors import UnknownVisitorError, VisitorExistsError

_IDENTITY: TypeAdapter[Identity] = TypeAdapter(Identity)
_COLUMNS = f"{visitors.COLUMNS}, created_at, updated_at"


class ChangedMeanwhileError(Exception):
    """Somebody changed this visitor since she was read."""


class UnknownIdentityError(Exception):
    """She carries nothing with that id."""


@dataclass(frozen=True, slots=True)
class VisitorRecord:
    """A visitor as enrolled, with what she carries. Times are Unix seconds."""

    visitor: Visitor
    identities: tuple[Identity, ...]
    created_at: float
    updated_at: float


def page(connection: sqlite3.Connection, after: str, limit: int) -> list[VisitorRecord]:
    """At most ``limit`` visitors whose ids come after ``after``, in the order of their ids."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM visitors WHERE id > ? ORDER BY id LIMIT ?", (after, limit))  # noqa: S608
    return [_record(connection, row) for row in rows.fetchall()]


def one(connection: sqlite3.Connection, visitor: str) -> VisitorRecord:
    """One visitor. Raises ``UnknownVisitorError``."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM visitors WHERE id = ?", (visitor,)).fetchone()  # noqa: S608
    if row is None:
        raise UnknownVisitorError(f"nobody is enrolled as '{visitor}'")
    return _record(connection, row)


def change(
    connection: sqlite3.Connection,
    visitor: str,
    changed: Callable[[Visitor], Visitor],
    version: int | None,
    now: float,
) -> VisitorRecord:
    """Change a visitor; what stays the same is no change and no new version.

    Raises ``UnknownVisitorError``, and ``ChangedMeanwhileError`` when she is not at ``version`` (where one is given).
    """
    with _transaction(connection):
        found = _at(connection, visitor, version)
        wanted = changed(found.visitor)
        if wanted.loyalty != found.visitor.loyalty:
            slots = dict(found.visitor.slots) | first_slots(connection, (visitor,))
            wanted = replace(wanted, slots=kept_slots(slots))
        if wanted != found.visitor:
            write_facts(connection, wanted)
            if wanted.consents != found.visitor.consents:
                consents.replace(connection, visitor, wanted.consents, "api", now)
            touch(connection, visitor, now)
        return one(connection, visitor)


def consent(connection: sqlite3.Connection, visitor: str, change: ConsentChange) -> VisitorRecord:
    """Take down that she gave or withdrew a consent; it counts from the next look on. Raises ``UnknownVisitorError``."""
    with _transaction(connection):
        one(connection, visitor)
        consents.note(connection, visitor, change)
        consents.derive(connection, visitor)
        touch(connection, visitor, change.at)
        return one(connection, visitor)


def carry(
    connection: sqlite3.Connection, visitor: str, identity: Identity, version: int | None, now: float
) -> VisitorRecord:
    """Let her carry one thing more; one that she carries already changes nothing.

    Raises ``VisitorExistsError`` when somebody else carries it, and what ``change`` raises.
    """
    with _transaction(connection):
        found = _at(connection, visitor, version)
        if any(alike(identity, known) for known in found.identities):
            return found
        try:
            connection.execute(
                "INSERT INTO identities VALUES (?, ?, ?, ?)",
                (
                    identity.id,
                    visitor,
                    _IDENTITY.dump_json(identity, exclude={"health"}).decode(),
                    visitors.proof(identity),
                ),
            )
        except sqlite3.IntegrityError as error:
            raise VisitorExistsError("somebody else is enrolled with this identity") from error
        touch(connection, visitor, now)
        return one(connection, visitor)


def lay_down(
    connection: sqlite3.Connection, visitor: str, identity: str, version: int | None, now: float
) -> VisitorRecord:
    """Let her carry one thing less. Raises ``UnknownIdentityError``, and what ``change`` raises."""
    with _transaction(connection):
        _at(connection, visitor, version)
        gone = connection.execute("DELETE FROM identities WHERE id = ? AND visitor = ?", (identity, visitor)).rowcount
        if not gone:
            raise UnknownIdentityError(f"visitor '{visitor}' carries nothing with the id '{identity}'")
        touch(connection, visitor, now)
        return one(connection, visitor)


def remove(connection: sqlite3.Connection, visitor: str, version: int | None, now: float) -> None:
    """Take a visitor off the list. Raises what ``change`` raises."""
    with _transaction(connection):
        _at(connection, visitor, version)
        visitors.remove(connection, visitor, now)


def write_facts(connection: sqlite3.Connection, visitor: Visitor) -> None:
    """What is told of her, within the caller's transaction: not her consents, nor her last purchase, which follows her orders."""
    connection.execute(
        "UPDATE visitors SET kind = ?, customer = ?, language = ?, segments = ?, tier = ?,"
        " loyalty = ?, email_hash = ?, slots = ? WHERE id = ?",
        (
            visitor.kind,
            visitor.customer,
            visitor.language,
            json.dumps(sorted(visitor.segments)),
            visitor.tier,
            visitor.loyalty,
            visitor.email_hash,
            json.dumps(visitor.slots),
            visitor.id,
        ),
    )


def alike(identity: Identity, other: Identity) -> bool:
    """Whether both are the same thing to carry, whatever their ids."""
    return visitors.proof(identity) == visitors.proof(other)


def _at(connection: sqlite3.Connection, visitor: str, version: int | None) -> VisitorRecord:
    found = one(connection, visitor)
    if version is not None and found.visitor.version != version:
        raise ChangedMeanwhileError(f"visitor '{visitor}' is at version {found.visitor.version}, not {version}")
    return found


def touch(connection: sqlite3.Connection, visitor: str, now: float) -> None:
    """A new version, by which a running gateway sees that there is something new."""
    connection.execute("UPDATE visitors SET version = version + 1, updated_at = ? WHERE id = ?", (now, visitor))


def _record(connection: sqlite3.Connection, row: tuple[object, ...]) -> VisitorRecord:
    documents = connection.execute("SELECT document FROM identities WHERE visitor = ? ORDER BY id", (row[0],))
    return VisitorRecord(
        visitor=visitors.as_visitor(row[:-2]),
        identities=tuple(_IDENTITY.validate_json(document) for (document,) in documents),
        created_at=row[-2],  # type: ignore[arg-type]
        updated_at=row[-1],  # type: ignore[arg-type]
    )


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def is_shared(connection: sqlite3.Connection, loyalty: str) -> bool:
    """Whether several have this number: a household."""
    rows = connection.execute("SELECT 1 FROM visitors WHERE loyalty = ? LIMIT 2", (loyalty,)).fetchall()
    return len(rows) == 2


def with_loyalty(connection: sqlite3.Connection, loyalty: str) -> Visitor | None:
    """Whoever has this number, if it is one person; a household's is nobody's alone."""
    rows = connection.execute(
        f"SELECT {visitors.COLUMNS} FROM visitors WHERE loyalty = ? LIMIT 2",  # noqa: S608 (constant)
        (loyalty,),
    ).fetchall()
    return visitors.as_visitor(rows[0]) if len(rows) == 1 else None
