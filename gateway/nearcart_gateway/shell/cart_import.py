"""Leaves the carts and orders of a file in the gateway's inbox. A repeat of the same file changes nothing."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nearcart_contract.cart import CartUpdated
from nearcart_contract.problem import allowed_words
from nearcart_contract.store_file import Store
from nearcart_gateway.core.hooks.platform import Payload
from nearcart_gateway.core.hooks.standard import EVENT
from nearcart_gateway.core.imports.found import Imported, Mistake
from nearcart_gateway.core.imports.json_lines import read_json_lines
from nearcart_gateway.core.imports.table import read_table
from nearcart_gateway.shell.cart_files import CartFileError, opened
from nearcart_gateway.shell.sources.read_documents import document_key
from nearcart_gateway.shell.storage import inbox

AT_ONCE = 1_000
MOST_LINE_BYTES = 4_000_000

_FORMATS = {".csv": read_table, ".jsonl": read_json_lines, ".ndjson": read_json_lines}


@dataclass(slots=True)
class ImportResult:
    """What was left for the gateway, and what was wrong."""

    carts: int = 0
    orders: int = 0
    mistakes: list[Mistake] = field(default_factory=list)


def import_file(config: Path, file: Path, source: str | None, check_only: bool, now: float) -> ImportResult:
    """Read a file and leave what is good. Raises ``CartFileError`` for a file or source that can't be used."""
    read = _FORMATS.get(file.suffix.lower())
    if read is None:
        raise CartFileError(f"found {file.name}, allowed: a name that ends in {', '.join(_FORMATS)}")
    result = ImportResult()
    with opened(config) as (store, connection):
        name = _source(store, source)
        batch: list[Payload] = []
        try:
            for found in read(_lines(file)):
                if isinstance(found, Mistake):
                    result.mistakes.append(found)
                    continue
                batch.append(_count(result, name, found))
                if len(batch) >= AT_ONCE:
                    _leave(connection, batch, check_only, now)
        except OSError as error:
            raise CartFileError(f"{file} can't be read: {error}") from error
        except _NotTextError as error:
            result.mistakes.append(error.mistake)
        _leave(connection, batch, check_only, now)
    result.mistakes.sort(key=lambda mistake: mistake.line)
    return result


class _NotTextError(Exception):
    """A line after which nothing more is read."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(str(mistake))
        self.mistake = mistake


def _lines(file: Path) -> Iterator[str]:
    with file.open("rb") as lines:
        number = 0
        while line := lines.readline(MOST_LINE_BYTES + 1):
            number += 1
            if len(line) > MOST_LINE_BYTES:
                raise _NotTextError(Mistake(number, "is longer than 4 MB; nothing after it is read"))
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                raise _NotTextError(
                    Mistake(number, "is not UTF-8; nothing after it is read: save the file as UTF-8")
                ) from None


def _count(result: ImportResult, source: str, found: Imported) -> Payload:
    if isinstance(found.event, CartUpdated):
        result.carts += 1
    else:
        result.orders += 1
    return Payload(source, EVENT, found.event.model_dump_json(exclude_none=True).encode())


def _leave(connection: sqlite3.Connection, batch: list[Payload], check_only: bool, now: float) -> None:
    if batch and not check_only:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            for payload in batch:
                inbox.add(connection, payload, document_key(payload), now)
    batch.clear()


def _source(store: Store, wanted: str | None) -> str:
    """The source whose carts these are: ids of customers and carts count within it."""
    names = tuple(store.sources)
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted is None:
        raise CartFileError(
            f"of which source? Say --source and one of: {', '.join(names) or '(store.yaml names none)'}"
        )
    if wanted not in names:
        raise CartFileError(f"found source '{wanted}', {allowed_words(wanted, names)}")
    return wanted
