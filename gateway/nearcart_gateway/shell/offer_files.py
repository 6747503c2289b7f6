"""Reads the folders of offers and campaigns, and has them checked."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import FileProblems, Problem, Source, load_yaml, read_source, source_of
from nearcart_gateway.core.coupons import CouponError, read_codes
from nearcart_gateway.core.offers import store_terms
from nearcart_gateway.core.offers.check import CheckedOffers, Documents, check_documents
from nearcart_gateway.core.offers.check_experiments import moved_visitors
from nearcart_gateway.core.shelf import ShelfError, read_shelf
from nearcart_gateway.shell.storage import revisions
from nearcart_gateway.shell.storage.database import connect_reading

MAX_FILES = 5000
"""Files read of one folder; more are refused."""


@dataclass(frozen=True, slots=True)
class CheckedStore:
    """A store's folder as checked. ``store`` and ``offers`` are ``None`` when store.yaml can't be read."""

    store: Store | None
    offers: CheckedOffers | None
    problems: tuple[Problem, ...]

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return self.offers.warnings if self.offers else ()


def read_folder(offers_dir: Path, campaigns_dir: Path) -> Documents:
    """Every YAML file of the two folders. What can't be read is in ``problems``; without campaigns there need be no folder."""
    problems: list[Problem] = []
    if not offers_dir.is_dir():
        problems.append(Problem(offers_dir, 0, 0, "", "there is no such folder of offers"))
    offers = _read("offers", offers_dir, problems)
    campaigns = _read("campaigns", campaigns_dir, problems)
    return Documents(offers, campaigns, tuple(problems))


def documents_of(texts: Mapping[str, str]) -> Documents:
    """The files of a revision that was kept (``offers/wine.yaml`` to its text)."""
    problems: list[Problem] = []
    found: dict[str, dict[str, Source]] = {"offers": {}, "campaigns": {}}
    for name, text in texts.items():
        if name == store_terms.FILE:
            continue
        try:
            found["campaigns" if name.startswith("campaigns/") else "offers"][name] = source_of(Path(name), text)
        except FileProblems as error:
            problems += error.problems
    return Documents(found["offers"], found["campaigns"], tuple(problems))


def check_folder(store: Store, offers_dir: Path, campaigns_dir: Path, now: float | None = None) -> CheckedOffers:
    """Read and check both folders. ``now`` (Unix seconds, else the clock) is what makes a window past."""
    return check_documents(store, read_folder(offers_dir, campaigns_dir), time.time() if now is None else now)


def check_store_folder(folder: Path, now: float | None = None) -> CheckedStore:
    """Check a folder that holds store.yaml, or the folder of offers below it. Never raises for what stands in it."""
    if not folder.is_dir():
        return CheckedStore(None, None, (Problem(folder, 0, 0, "", "there is no such folder"),))
    home, offers_dir = folder, None
    if not (folder / "store.yaml").exists() and (folder.absolute().parent / "store.yaml").exists():
        home, offers_dir = folder.parent if folder.name not in ("", "..") else folder.absolute().parent, folder
    try:
        store = load_yaml(home / "store.yaml", Store)
    except FileProblems as error:
        return CheckedStore(None, None, error.problems)
    documents = read_folder(offers_dir or home / store.offers, home / store.campaigns)
    checked = check_documents(store, documents, time.time() if now is None else now)
    moved = moved_visitors(_in_force(home / store.database), documents)
    return CheckedStore(store, checked, (*checked.problems, *moved, *_lists(home, store)))


def _in_force(database: Path) -> Mapping[str, str]:
    """The files that a gateway last took from this folder, where its database is here."""
    try:
        with closing(connect_reading(database)) as connection:
            kept = revisions.last_good(connection)
    except sqlite3.Error:
        return {}
    return {} if kept is None else kept.documents


def _lists(home: Path, store: Store) -> Iterator[Problem]:
    """What is wrong with the lists that store.yaml names: shelf and coupon codes."""
    readers: list[tuple[Path, Callable[[Iterable[str]], object]]] = [
        *((home / path, read_codes) for path in store.coupons.values()),
        *(() if store.shelf is None else ((home / store.shelf, read_shelf),)),
    ]
    for path, read in readers:
        try:
            with path.open(newline="", encoding="utf-8-sig") as lines:
                read(lines)
        except FileNotFoundError:
            yield Problem(path, 0, 0, "", "there is no such file, and store.yaml names it")
        except UnicodeDecodeError:
            yield Problem(path, 0, 0, "", "not UTF-8 text; save the file as UTF-8")
        except OSError as error:
            yield Problem(path, 0, 0, "", f"can't be read: {error.strerror or type(error).__name__}")
        except (ShelfError, CouponError) as error:
            yield Problem(path, 0, 0, "", str(error))


def _read(kind: str, folder: Path, problems: list[Problem]) -> dict[str, Source]:
    if not folder.is_dir():
        return {}
    names = sorted(
        path for path in folder.iterdir() if path.suffix in (".yaml", ".yml") and not path.name.startswith(".")
    )
    if len(names) > MAX_FILES:
        problems.append(Problem(folder, 0, 0, "", f"holds {len(names)} files, {MAX_FILES} are allowed"))
    found: dict[str, Source] = {}
    for path in names[:MAX_FILES]:
        try:
            found[f"{kind}/{path.name}"] = read_source(path)
        except FileProblems as error:
            problems += error.problems
    return found
