"""Offers as they were in force, with what store.yaml said then: what a decision is made again with."""

import json
import sqlite3
from dataclasses import replace

from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import FileProblems
from nearcart_gateway.core.changes import Revision
from nearcart_gateway.core.offers.check import CheckedOffers, check_documents
from nearcart_gateway.core.offers.compile import CompiledOffers
from nearcart_gateway.core.offers.store_terms import FILE, as_it_was
from nearcart_gateway.shell.offer_files import documents_of
from nearcart_gateway.shell.storage import revisions


class PastOffers:
    """Compiled once a revision. ``store`` is today's: for revisions of a version that did not keep the store's terms."""

    def __init__(self, store: Store, connection: sqlite3.Connection) -> None:
        self._store = store
        self._connection = connection
        self.salt = revisions.read_assignment_salt(connection)
        self._compiled: dict[str, CompiledOffers | None] = {}

    def of(self, revision: str | None) -> CompiledOffers | None:
        """``None`` when the revision was not kept, or this version can't read it any more."""
        if revision is None:
            return None
        if revision not in self._compiled:
            self._compiled[revision] = self._compile(revision)
        return self._compiled[revision]

    def in_force(self) -> CompiledOffers | None:
        return self.of(revisions.in_force(self._connection))

    def checked(self, revision: str) -> tuple[Store, CheckedOffers] | None:
        """The store and the files of a revision, as parsed; ``None`` as with ``of``."""
        kept = revisions.read_revision(self._connection, revision)
        if kept is None:
            return None
        try:
            store = self._store_of(kept)
        except ValueError:
            return None
        found = check_documents(store, documents_of(kept.documents), kept.taken_at)
        return None if found.problems else (store, replace(found, revision=kept.revision))

    def _compile(self, revision: str) -> CompiledOffers | None:
        found = self.checked(revision)
        if found is None:
            return None
        store, checked = found
        try:
            return checked.compile(store, self.salt)
        except FileProblems:
            return None

    def _store_of(self, kept: Revision) -> Store:
        terms = kept.documents.get(FILE)
        return self._store if terms is None else as_it_was(json.loads(terms))
