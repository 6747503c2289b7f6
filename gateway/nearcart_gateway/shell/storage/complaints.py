"""Complaints as rows: who, when, of what."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from nearcart_contract.problem import allowed_words
from nearcart_gateway.core.complaints import AHEAD_S, Complaint
from nearcart_gateway.shell.offer_files import documents_of
from nearcart_gateway.shell.storage import revisions, visitor_pages

_COLUMNS = "at, channel, campaign, offer, words, source"


class NotTakenError(Exception):
    """Why a complaint can't be what was said, in a sentence."""


def take(connection: sqlite3.Connection, visitor: str, complaint: Complaint, now: float) -> tuple[Complaint, bool]:
    """Write down a complaint: as it is kept, and whether it is new. The same one said again changes nothing.

    One that names an offer and no campaign is of the campaign in which she had it last, else of the one that it is in now. Raises ``NotTakenError`` and
    ``UnknownVisitorError``.
    """
    if complaint.at > now + AHEAD_S:
        raise NotTakenError("the complaint is of a time that has not come yet")
    connection.execute("BEGIN IMMEDIATE")
    try:
        visitor_pages.one(connection, visitor)
        kept = replace(complaint, campaign=complaint.campaign or _campaign_of(connection, visitor, complaint))
        _check_names(connection, visitor, kept)
        values = (visitor, kept.at, kept.channel, kept.campaign, kept.offer, kept.words, kept.source)
        found = connection.execute(f"{_INSERT} WHERE NOT EXISTS ({_SAME})", values)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return kept, found.rowcount == 1


def of_visitor(connection: sqlite3.Connection, visitor: str) -> list[Complaint]:
    """Everything she complained of, oldest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM complaints WHERE visitor = ? ORDER BY at, number",  # noqa: S608 (constant)
        (visitor,),
    )
    return [Complaint(*row) for row in rows]


def _campaign_of(connection: sqlite3.Connection, visitor: str, complaint: Complaint) -> str | None:
    row = connection.execute(
        "SELECT campaign FROM decisions WHERE visitor = ? AND offer = ? AND at <= ? AND outcome = 'sent' ORDER BY at DESC LIMIT 1",
        (visitor, complaint.offer, complaint.at),
    ).fetchone()
    if row is not None:
        return str(row[0]) if row[0] is not None else None
    in_force = (file for file in _in_force(connection, "offer") if file["offer"] == complaint.offer)
    return next((file["campaign"] for file in in_force if isinstance(file.get("campaign"), str)), None)


def _check_names(connection: sqlite3.Connection, visitor: str, complaint: Complaint) -> None:
    """A name that nothing ever had would be counted nowhere. What she had once may have its file no more."""
    for what, name in (("campaign", complaint.campaign), ("offer", complaint.offer)):
        if name is None or _had(connection, visitor, what, name):
            continue
        names = tuple(sorted(file[what] for file in _in_force(connection, what)))
        if name not in names:
            allowed = allowed_words(name, names) if names else f"there is no {what} yet"
            raise NotTakenError(f"found {what} '{name}', {allowed}")


def _had(connection: sqlite3.Connection, visitor: str, what: str, name: str) -> bool:
    query = f"SELECT 1 FROM decisions WHERE visitor = ? AND {what} = ? LIMIT 1"  # noqa: S608 (one of two words)
    return connection.execute(query, (visitor, name)).fetchone() is not None


def _in_force(connection: sqlite3.Connection, what: str) -> Iterator[dict[str, Any]]:
    """The files of campaigns, or of offers, as plain data."""
    kept = revisions.last_good(connection)
    if kept is None:
        return
    documents = documents_of(kept.documents)
    for source in (documents.campaigns if what == "campaign" else documents.offers).values():
        if isinstance(source.data, dict) and isinstance(source.data.get(what), str):
            yield source.data


_INSERT = (
    "INSERT INTO complaints (visitor, at, channel, campaign, offer, words, source) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7"
)
_SAME = "SELECT 1 FROM complaints WHERE visitor = ?1 AND at = ?2 AND channel IS ?3 AND campaign IS ?4 AND offer IS ?5 AND words IS ?6"
