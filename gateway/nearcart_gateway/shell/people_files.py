"""Erasing and merging by an operator: asked of the gateway that runs on the store's database, done here when none does."""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import FileProblems, load_yaml
from nearcart_gateway.shell.people import NotMergedError, check_merge, erase_alone, finish, merge_alone
from nearcart_gateway.shell.storage import cleaning, erasure, people_requests
from nearcart_gateway.shell.storage.cleaning import NotCleanedError
from nearcart_gateway.shell.storage.database import DatabaseError, connect
from nearcart_gateway.shell.storage.one_writer import OneWriter
from nearcart_gateway.shell.storage.visitors import UnknownVisitorError
from nearcart_gateway.shell.visitor_files import EnrolmentError, database_path

WAIT_S = 120.0
"""How long a running gateway is waited for."""

_LOOK_EVERY_S = 0.1


@dataclass(slots=True)
class _Opened:
    store: Store
    path: Path
    connection: sqlite3.Connection


def erase(config: Path, visitor: str, wait_s: float = WAIT_S) -> int | None:
    """Erase everything of a visitor; how many rows went or lost her name, ``None`` when nothing was kept of her.

    Returns when nothing of her is left in the database's files. Raises ``EnrolmentError``.
    """
    with _opened(config) as opened:
        before = _erased_rows(opened.connection)
        with _alone(opened.path) as alone:
            if alone:
                finish(opened.connection, opened.path, opened.store, time.time())
                if erasure.is_known(opened.connection, visitor):
                    erase_alone(opened.connection, opened.path, opened.store, visitor, time.time())
            elif erasure.is_known(opened.connection, visitor):
                _ask(
                    opened, lambda: people_requests.ask(opened.connection, "erase", visitor, None, time.time()), wait_s
                )
            if not alone:
                _wait(opened, lambda: not cleaning.pending(opened.connection), wait_s)
        after = _erased_rows(opened.connection)
        return None if after == before else after[1] - before[1]


def merge(config: Path, visitor: str, target: str, wait_s: float = WAIT_S) -> None:
    """Let everything of a visitor be another's. Raises ``EnrolmentError``."""
    with _opened(config) as opened, _alone(opened.path) as alone:
        if alone:
            finish(opened.connection, opened.path, opened.store, time.time())
            merge_alone(opened.connection, opened.store, visitor, target, time.time())
            return
        check_merge(opened.connection, visitor, target)
        _ask(opened, lambda: people_requests.ask(opened.connection, "merge", visitor, target, time.time()), wait_s)


def _ask(opened: _Opened, ask: Callable[[], int], wait_s: float) -> None:
    """Leave a request and wait for its answer."""
    number = ask()
    _wait(opened, lambda: people_requests.outcome(opened.connection, number) is not None, wait_s)
    answer = people_requests.outcome(opened.connection, number) or ""
    if answer.startswith("refused: "):
        raise EnrolmentError(answer.removeprefix("refused: "))


def _wait(opened: _Opened, done: Callable[[], bool], wait_s: float) -> None:
    """Until the gateway did it; if it ends meanwhile, it is done here."""
    until = time.monotonic() + wait_s
    while not done():
        if time.monotonic() > until:
            raise EnrolmentError(
                "the gateway has not finished yet; it goes on, and after a restart too. Say the same again to see whether it has"
            )
        with _alone(opened.path) as alone:
            if alone:
                finish(opened.connection, opened.path, opened.store, time.time())
        time.sleep(_LOOK_EVERY_S)


def _erased_rows(connection: sqlite3.Connection) -> tuple[int, int]:
    """How many were ever erased, and how many rows that were."""
    count, rows = connection.execute("SELECT count(*), coalesce(sum(rows), 0) FROM erasures").fetchone()
    return int(count), int(rows)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Hold the database as a gateway does; False when a gateway has it."""
    try:
        held = OneWriter(path)
    except DatabaseError:
        yield False
        return
    try:
        yield True
    finally:
        held.release()


@contextlib.contextmanager
def _opened(config: Path) -> Iterator[_Opened]:
    """The store's database, and everything that may go wrong as a sentence."""
    try:
        store = load_yaml(config, Store)
        path = database_path(config, store)
        with contextlib.closing(connect(path)) as connection:
            yield _Opened(store, path, connection)
    except (FileProblems, DatabaseError, NotMergedError, UnknownVisitorError, NotCleanedError) as error:
        raise EnrolmentError(str(error)) from error
    except sqlite3.Error as error:
        raise EnrolmentError(
            f"the database can't be written ({error}); nothing is half done: say the same again"
        ) from error
