"""What is changed of a visitor who is enrolled: facts, what she carries, and what joins her to the online shop."""

import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from nearcart_gateway.core.email_hash import email_hash
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.storage import visitor_pages
from nearcart_gateway.shell.storage.email_salt import email_salt
from nearcart_gateway.shell.storage.visitor_pages import UnknownIdentityError, VisitorRecord
from nearcart_gateway.shell.storage.visitors import UnknownVisitorError, VisitorExistsError
from nearcart_gateway.shell.visitor_files import EnrolmentError, carried_identities, open_database

Link = Literal["customer", "email", "loyalty"]
_COLUMN: dict[Link, str] = {"customer": "customer", "email": "email_hash", "loyalty": "loyalty"}


def change_facts(config: Path, visitor: str, facts: Mapping[str, Any]) -> Visitor:
    """Let these fields of ``Visitor`` be otherwise. Raises ``EnrolmentError``."""
    return _changed(config, visitor, lambda _, found: replace(found, **facts))


def link(
    config: Path, visitor: str, links: Mapping[Link, str], carried: Iterable[tuple[str, str]] = ()
) -> VisitorRecord:
    """Join her to a customer id, an e-mail address (of which the hash is kept) or a loyalty number, and let her carry more.

    Raises ``EnrolmentError``.
    """
    identities = carried_identities(carried)

    def linked(connection: sqlite3.Connection, found: Visitor) -> Visitor:
        values: dict[str, Any] = {_COLUMN[name]: value for name, value in links.items()}
        if "email" in links:
            values["email_hash"] = email_hash(links["email"], email_salt(connection))
        return replace(found, **values)

    if links:
        _changed(config, visitor, linked)
    with open_database(config) as connection:
        try:
            for identity in identities:
                visitor_pages.carry(connection, visitor, identity, None, time.time())
            return visitor_pages.one(connection, visitor)
        except (UnknownVisitorError, VisitorExistsError) as error:
            raise EnrolmentError(str(error)) from error


def unlink(config: Path, visitor: str, links: Collection[Link], identities: Iterable[str] = ()) -> VisitorRecord:
    """Take apart what joined her to the shop, and what she carries by its id. Raises ``EnrolmentError``."""
    nothing: dict[str, Any] = {_COLUMN[name]: None for name in links}
    if nothing:
        _changed(config, visitor, lambda _, found: replace(found, **nothing))
    with open_database(config) as connection:
        try:
            for identity in identities:
                visitor_pages.lay_down(connection, visitor, identity, None, time.time())
            return visitor_pages.one(connection, visitor)
        except (UnknownVisitorError, UnknownIdentityError) as error:
            raise EnrolmentError(str(error)) from error


def _changed(config: Path, visitor: str, change: Callable[[sqlite3.Connection, Visitor], Visitor]) -> Visitor:
    with open_database(config) as connection:
        try:
            return visitor_pages.change(
                connection, visitor, lambda found: change(connection, found), None, time.time()
            ).visitor
        except (UnknownVisitorError, ValueError) as error:
            raise EnrolmentError(str(error)) from error
