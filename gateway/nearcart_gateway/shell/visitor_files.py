"""Enrolment by an operator: the visitors of the store whose store.yaml is given."""

import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from nearcart_contract.names import NAME_PATTERN
from nearcart_contract.roster import Identity
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import FileProblems, load_yaml
from nearcart_gateway.core.complaints import Complaint
from nearcart_gateway.core.consents import ConsentChange
from nearcart_gateway.core.email_hash import email_hash
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.carried import CarriedError, carried_identity
from nearcart_gateway.shell.storage import complaints, consents, visitor_pages, visitors
from nearcart_gateway.shell.storage.database import DatabaseError, connect
from nearcart_gateway.shell.storage.email_salt import email_salt
from nearcart_gateway.shell.storage.export import everything


class EnrolmentError(Exception):
    """What is wrong with an enrolment, in a sentence for the operator."""


def enrol(
    config: Path,
    visitor: str,
    *,
    carried: Mapping[str, str] | Iterable[tuple[str, str]],
    customer: str | None = None,
    consents: Iterable[str] = (),
    kind: str = "visitor",
    language: str = "en",
    segments: Iterable[str] = (),
    tier: str | None = None,
    loyalty: str | None = None,
    email: str | None = None,
    now: float,
) -> None:
    """Enrol one visitor. ``carried`` says kinds and parts as ``shell.carried`` reads them; of ``email`` only a hash is kept.

    Raises ``EnrolmentError``.
    """
    if not re.match(NAME_PATTERN, visitor):
        raise EnrolmentError(f"'{visitor}' can't be an id: allowed are 1 to 64 of a-z, 0-9 and hyphen")
    identities = carried_identities(carried)
    if not identities:
        raise EnrolmentError("say what she carries, such as --ibeacon UUID/MAJOR/MINOR")
    person = Visitor(
        id=visitor,
        kind="staff" if kind == "staff" else "test" if kind == "test" else "visitor",
        customer=customer,
        language=language,
        consents=frozenset(consents),
        segments=frozenset(segments),
        tier=tier,
        loyalty=loyalty,
    )
    with open_database(config) as connection:
        try:
            hashed = None if email is None else email_hash(email, email_salt(connection))
            visitors.add(connection, replace(person, email_hash=hashed), identities, now)
        except ValueError as error:
            raise EnrolmentError(str(error)) from error
        except visitors.VisitorExistsError as error:
            raise EnrolmentError(str(error)) from error


def change_consent(config: Path, visitor: str, change: ConsentChange) -> None:
    """Take down that a visitor gave or withdrew a consent. Raises ``EnrolmentError``."""
    with open_database(config) as connection:
        try:
            visitor_pages.consent(connection, visitor, change)
        except visitors.UnknownVisitorError as error:
            raise EnrolmentError(str(error)) from error


def consent_history(config: Path, visitor: str) -> list[ConsentChange]:
    """What a visitor agreed to and took back, oldest first. Raises ``EnrolmentError``."""
    with open_database(config) as connection:
        try:
            visitor_pages.one(connection, visitor)
        except visitors.UnknownVisitorError as error:
            raise EnrolmentError(str(error)) from error
        return consents.history(connection, visitor)


def take_complaint(config: Path, visitor: str, complaint: Complaint, now: float) -> bool:
    """Write down that a visitor complained; ``False`` where that is written down already. Raises ``EnrolmentError``."""
    with open_database(config) as connection:
        try:
            return complaints.take(connection, visitor, complaint, now)[1]
        except (visitors.UnknownVisitorError, complaints.NotTakenError) as error:
            raise EnrolmentError(str(error)) from error


def complaints_of(config: Path, visitor: str) -> list[Complaint]:
    """What a visitor complained of, oldest first. Raises ``EnrolmentError``."""
    with open_database(config) as connection:
        try:
            visitor_pages.one(connection, visitor)
        except visitors.UnknownVisitorError as error:
            raise EnrolmentError(str(error)) from error
        return complaints.of_visitor(connection, visitor)


def exported(config: Path, visitor: str) -> dict[str, Any]:
    """Everything that is kept of a visitor, as JSON values, her keys included. Raises ``EnrolmentError``."""
    with open_database(config) as connection:
        try:
            return everything(connection, visitor)
        except visitors.UnknownVisitorError as error:
            raise EnrolmentError(str(error)) from error


def note_export(config: Path, visitor: str, file: Path) -> None:
    """Remember where an export is about to be written, so that erasing her finds it. Raises ``EnrolmentError``."""
    with open_database(config) as connection:
        try:
            visitor_pages.one(connection, visitor)
        except visitors.UnknownVisitorError as error:
            raise EnrolmentError(str(error)) from error
        connection.execute(
            "INSERT OR REPLACE INTO exports VALUES (?, ?, ?)", (str(file.absolute()), visitor, time.time())
        )


def withdraw(config: Path, visitor: str) -> None:
    """Forget a visitor. Raises ``EnrolmentError``."""
    with open_database(config) as connection:
        try:
            visitor_pages.remove(connection, visitor, None, time.time())
        except visitors.UnknownVisitorError as error:
            raise EnrolmentError(str(error)) from error


def described(config: Path) -> list[dict[str, Any]]:
    """Everybody, as JSON values without secret fields."""
    with open_database(config) as connection:
        return [
            {
                "id": enrolled.visitor.id,
                "kind": enrolled.visitor.kind,
                "customer": enrolled.visitor.customer,
                "language": enrolled.visitor.language,
                "consents": sorted(enrolled.visitor.consents),
                "refused": sorted(enrolled.visitor.refused),
                "segments": sorted(enrolled.visitor.segments),
                "tier": enrolled.visitor.tier,
                "loyalty": enrolled.visitor.loyalty,
                "identities": [
                    identity.model_dump(exclude={"health", *identity.SECRETS}) for identity in enrolled.identities
                ],
            }
            for enrolled in visitors.everybody(connection)
        ]


def database_path(config: Path, store: Store) -> Path:
    """Where the store's database is: relative to its file."""
    return config.parent / store.database


def carried_identities(carried: Mapping[str, str] | Iterable[tuple[str, str]]) -> list[Identity]:
    """The identities of what she carries. Raises ``EnrolmentError``."""
    pairs = carried.items() if isinstance(carried, Mapping) else carried
    try:
        return [carried_identity(kind, text) for kind, text in pairs]
    except CarriedError as error:
        raise EnrolmentError(str(error)) from error


@contextmanager
def open_database(config: Path) -> Iterator[sqlite3.Connection]:
    """The database of the store whose file this is. Raises ``EnrolmentError``."""
    try:
        store = load_yaml(config, Store)
        connection = connect(database_path(config, store))
    except (FileProblems, DatabaseError) as error:
        raise EnrolmentError(str(error)) from error
    try:
        yield connection
    finally:
        connection.close()
