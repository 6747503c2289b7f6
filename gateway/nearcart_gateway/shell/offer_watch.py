"""The offers in force. A changed folder is checked first; a broken one changes nothing, and says what is wrong with it."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import structlog

from nearcart_contract.store_file import Store
from nearcart_gateway.core.changes import Changes, Revision
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.offers.check import CheckedOffers, check_documents
from nearcart_gateway.core.offers.check_experiments import moved_visitors
from nearcart_gateway.core.offers.compile import CompiledOffers, compile_offers
from nearcart_gateway.shell.authors import authors_of
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.load import reach_back
from nearcart_gateway.shell.offer_files import documents_of, read_folder
from nearcart_gateway.shell.storage import revisions

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0

Put = Callable[[Callable[[StoreEngine, Changes], None]], Awaitable[None]]
_Mark = tuple[tuple[str, int, int], ...]


class OfferWatch:
    """Holds the compiled offers, and looks every second whether the files changed.

    ``problems`` are sentences about what stands in the folder now, empty when that is what is in force.
    """

    def __init__(self, home: Path, store: Store, connection: sqlite3.Connection, clock: StoreClock) -> None:
        self._home = home
        self._offers, self._campaigns = home / store.offers, home / store.campaigns
        self._store = store
        self._connection = connection
        self._clock = clock
        secret = store.assignment_secret
        self._salt = revisions.keep_assignment_salt(connection, None if secret is None else secret.get_secret_value())
        self._kept: dict[str, str] = {}
        self.problems: tuple[str, ...] = ()
        self.broken = 0
        self.compiled = self._start(connection)

    async def run(self, put: Put) -> None:
        """Look until cancelled; what is good goes to the engine, in the same order as everything else."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self._look() != self._mark:
                await self._reload(put)

    async def _reload(self, put: Put) -> None:
        before = self._kept
        checked = self._check()
        if checked is None:
            return
        compiled = checked.compile(self._store, self._salt)
        revision = await asyncio.to_thread(self._revision, checked, before)
        self._kept = revision.documents

        def apply(engine: StoreEngine, changes: Changes) -> None:
            engine.offers = compiled
            reach_back(engine, self._connection, self._clock.now())
            changes.revisions.append(revision)

        self.compiled = compiled
        await put(apply)
        log.info("offers_in_force", revision=compiled.revision, offers=len(compiled))

    def _start(self, connection: sqlite3.Connection) -> CompiledOffers:
        """The folder's offers, else the last good ones of the database, else none."""
        kept = revisions.last_good(connection)
        if kept is not None:
            self._kept = kept.documents
        checked = self._check()
        if checked is not None:
            revision = self._revision(checked, self._kept)
            self._kept = revision.documents
            revisions.keep_revision(connection, revision)
            return checked.compile(self._store, self._salt)
        if kept is None:
            log.warning("no_offers", note="no good revision was ever seen: the store runs without offers")
            return compile_offers(self._store, {}, (), "none", self._salt)
        documents = documents_of(kept.documents)
        last = check_documents(self._store, documents, self._clock.now())
        if last.problems:
            self.problems += tuple(f"last good revision {kept.revision}: {problem}" for problem in last.problems)
            log.error(
                "last_good_revision_does_not_fit", problems=list(self.problems), note="the store runs without offers"
            )
            return compile_offers(self._store, {}, (), "none", self._salt)
        log.warning("offers_of_last_good_revision", revision=kept.revision)
        self._kept = documents.kept_with(self._store)
        revisions.keep_revision(connection, Revision(last.revision, self._clock.now(), kept.author, self._kept))
        return last.compile(self._store, self._salt)

    def _check(self) -> CheckedOffers | None:
        """What stands in the folder now, or ``None`` when it is broken."""
        self._mark = self._look()
        self._documents = read_folder(self._offers, self._campaigns)
        checked = check_documents(self._store, self._documents, self._clock.now())
        moved = tuple(moved_visitors(self._kept, self._documents))
        checked = replace(checked, problems=(*checked.problems, *moved))
        self.problems = tuple(str(problem) for problem in checked.problems)
        for warning in checked.warnings:
            log.warning("offer_doubtful", problem=str(warning))
        if not self.problems:
            return checked
        self.broken += 1
        log.error("offers_broken", problems=list(self.problems), note="the last good revision stays in force")
        return None

    def _revision(self, checked: CheckedOffers, before: dict[str, str]) -> Revision:
        """What came into force, with the authors of the files that differ from ``before``."""
        kept = self._documents.kept_with(self._store)
        touched = [name for name in {**before, **kept} if before.get(name) != kept.get(name)]
        authors: dict[str, str] = {}
        for kind, folder in (("offers", self._offers), ("campaigns", self._campaigns), (None, self._home)):
            names = {Path(name).name: name for name in touched if name.rpartition("/")[0] == (kind or "")}
            authors |= {names[name]: author for name, author in authors_of(folder, names).items()}
        return Revision(checked.revision, self._clock.now(), "files", kept, authors)

    def _look(self) -> _Mark:
        """What would differ if somebody had saved a file."""
        found = []
        for folder in (self._offers, self._campaigns):
            for path in sorted(folder.glob("*.y*ml")) if folder.is_dir() else ():
                try:
                    status = path.stat()
                except OSError:
                    continue
                found.append((str(path), status.st_mtime_ns, status.st_size))
        return tuple(found)
