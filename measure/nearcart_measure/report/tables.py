"""The tables in DuckDB: read row by row from a store's database, or from the Parquet files of an export."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import duckdb
import numpy as np

from nearcart_contract.report_tables import TABLES, Kind, Row, Source, Table

BATCH = 50_000
MEMORY = "600MB"
"""Of DuckDB; what does not fit goes through files beside it."""

_TYPES: dict[Kind, str] = {
    "whole": "BIGINT",
    "large": "DECIMAL(38, 0)",
    "time": "DOUBLE",
    "text": "VARCHAR",
    "flag": "BOOLEAN",
}


def opened() -> duckdb.DuckDBPyConnection:
    """A database in memory."""
    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = '{MEMORY}'")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET enable_progress_bar = false")
    return connection


def load(source: Source) -> duckdb.DuckDBPyConnection:
    """Every table of ``source``, in a database of its own."""
    connection = opened()
    for table in TABLES:
        make(connection, table)
        fill_from(connection, table, source)
    return connection


def over_parquet(folder: Path) -> duckdb.DuckDBPyConnection:
    """The tables of an export, read where they lie."""
    connection = opened()
    for table in TABLES:
        path = folder / f"{table.name}.parquet"
        if path.exists():
            _view(connection, table, str(path).replace("'", "''"))
        else:
            make(connection, table)
    return connection


def _view(connection: duckdb.DuckDBPyConnection, table: Table, path: str) -> None:
    """Over a file; what an older export did not have is empty."""
    found = connection.execute(f"SELECT * FROM read_parquet('{path}') LIMIT 0").description or ()  # noqa: S608
    missing = {*table.names} - {str(name) for name, *_ in found}
    added = "".join(f', NULL::{_TYPES[each.kind]} AS "{each.name}"' for each in table.columns if each.name in missing)
    connection.execute(f"CREATE VIEW {table.name} AS SELECT *{added} FROM read_parquet('{path}')")  # noqa: S608


def make(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """An empty table."""
    columns = ", ".join(f'"{column.name}" {_TYPES[column.kind]}' for column in table.columns)
    connection.execute(f"CREATE TABLE {table.name} ({columns})")


def fill_from(connection: duckdb.DuckDBPyConnection, table: Table, source: Source) -> None:
    """Add all rows that a source has of a table."""
    for batch in _batches(source.table(table)):
        fill(connection, table, batch)


def fill(connection: duckdb.DuckDBPyConnection, table: Table, rows: list[Row]) -> None:
    """Add rows to a table: by columns, a row at a time takes a hundred times as long."""
    batch = {}
    for number, column in enumerate(table.columns):
        values = np.empty(len(rows), dtype=object)
        values[:] = [row[number] if column.kind != "large" else str(row[number]) for row in rows]
        batch[column.name] = values
    connection.register("batch", batch)
    casts = ", ".join(f'CAST("{column.name}" AS {_TYPES[column.kind]})' for column in table.columns)
    connection.execute(f"INSERT INTO {table.name} SELECT {casts} FROM batch")  # noqa: S608 (names of ours)
    connection.unregister("batch")


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch
