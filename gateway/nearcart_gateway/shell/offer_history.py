"""Who changed which offer, when and how: read from the store's database, which is not changed."""

import difflib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from nearcart_contract.problem import allowed_words
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.offers.revision_changes import text_of
from nearcart_gateway.shell.storage import revisions
from nearcart_gateway.shell.storage.database import reading
from nearcart_gateway.shell.storage.revisions import Change


class HistoryError(Exception):
    """There is no such offer or revision; the sentence says which there are."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A file as it stood in a revision; ``change`` is what made it so, ``diff`` how it differs from before that."""

    text: str
    change: Change
    diff: tuple[str, ...]


def history(config: Path, name: str | None = None, most: int = -1) -> tuple[Store, list[Change]]:
    """The changes, newest first. Raises ``HistoryError``, ``DatabaseError`` and ``FileProblems``."""
    store = load_yaml(config, Store)
    with reading(config.parent / store.database) as connection:
        found = revisions.read_changes(connection, name, most)
        if name is not None and not found:
            raise _unknown(connection, name)
        return store, found


def shown(config: Path, name: str, revision: str | None = None) -> Shown:
    """One offer or campaign as it is, or as it was after the change of this number or in this revision.

    Raises ``HistoryError``, ``DatabaseError`` and ``FileProblems``.
    """
    store = load_yaml(config, Store)
    with reading(config.parent / store.database) as connection:
        changes = revisions.read_changes(connection, name)
        if not changes:
            raise _unknown(connection, name)
        change = _change_of(connection, changes, revision)
        texts = (_text(connection, change.before, changes), _text(connection, change.revision, changes))
        titles = (f"before change {change.number}", f"after change {change.number}")
        diff = difflib.unified_diff(texts[0].splitlines(), texts[1].splitlines(), *titles, lineterm="")
        return Shown(texts[1] or texts[0], change, tuple(diff))


def _change_of(connection: sqlite3.Connection, changes: list[Change], revision: str | None) -> Change:
    """The change that made it what it was then. ``changes`` are newest first."""
    if revision is None:
        return changes[0]
    if revision.isdigit() and len(revision) < 12:
        found = next((change for change in changes if change.number == int(revision)), None)
        if found is not None:
            return found
    else:
        row = connection.execute("SELECT max(number) FROM offer_changes WHERE revision = ?", (revision,)).fetchone()
        found = next((change for change in changes if row[0] is not None and change.number <= row[0]), None)
        if found is not None:
            return found
    numbers = ", ".join(str(change.number) for change in changes[:10])
    raise HistoryError(
        f"'{revision}' is neither a revision nor a change of {changes[0].name}; its changes are {numbers}"
    )


def _text(connection: sqlite3.Connection, revision: str | None, changes: list[Change]) -> str:
    """The file in a revision, under whatever name it had then; empty where it was not there."""
    kept = None if revision is None else revisions.read_revision(connection, revision)
    if kept is None:
        return ""
    files = {change.file for change in changes}
    there = {file: text for file, text in kept.documents.items() if file in files}
    return text_of(changes[0].what, changes[0].name, there) or ""


def _unknown(connection: sqlite3.Connection, name: str) -> HistoryError:
    known = sorted({change.name for change in revisions.read_changes(connection)})
    if not known:
        return HistoryError("no offer was ever in force here")
    return HistoryError(f"nothing named '{name}' was ever in force, {allowed_words(name, tuple(known))}")
