"""The tables as files: Parquet or CSV, with a dictionary that says what every column means."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import duckdb

from nearcart_contract.report_tables import (
    ASSIGNMENTS,
    ERASED,
    EXPERIMENTS,
    EXPOSURES,
    OPT_OUTS,
    REDEMPTIONS,
    TABLES,
    WITHHELD,
    Source,
    Table,
    Terms,
)
from nearcart_measure.report.tables import fill_from, make, opened, over_parquet

Format = Literal["parquet", "csv"]

OF_EACH_EXPERIMENT = (EXPERIMENTS, ASSIGNMENTS, EXPOSURES, REDEMPTIONS, OPT_OUTS, ERASED, WITHHELD)
"""All other tables are the store's, whatever is compared."""

DICTIONARY = "dictionary.md"


class NotExportedError(Exception):
    """What is wrong with an export, in a sentence."""


def export(sources: Iterable[Source], folder: Path, format_: Format) -> dict[str, int]:
    """Write a file a table into ``folder``, which is made, and the dictionary; rows by table. Raises ``OSError``.

    Rows are in the order of units, so that a report reads each part of a file once.
    """
    connection = opened()
    for table in TABLES:
        make(connection, table)
    for number, source in enumerate(sources):
        for table in TABLES:
            if number == 0 or table in OF_EACH_EXPERIMENT:
                fill_from(connection, table, source)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DICTIONARY).write_text(dictionary(), encoding="utf-8")
    return {table.name: _write(connection, table, folder, format_) for table in TABLES}


def exported(folder: Path) -> duckdb.DuckDBPyConnection:
    """The tables of an export in Parquet. Raises ``NotExportedError``."""
    if not (folder / f"{EXPERIMENTS.name}.parquet").exists():
        raise NotExportedError(f"{folder} holds no export in Parquet: `nearcart export {folder}` writes one")
    return over_parquet(folder)


def terms_of(connection: duckdb.DuckDBPyConnection, campaign: str, number: int | None) -> Terms:
    """The terms of a campaign's newest experiment, or its ``number``-th. Raises ``NotExportedError``."""
    rows = connection.execute(
        f"SELECT {', '.join(EXPERIMENTS.names)} FROM experiments WHERE campaign = ? ORDER BY since DESC",  # noqa: S608 (names of ours)
        [campaign],
    ).fetchall()
    found = [Terms.of_row(row) for row in rows if number is None or f"#{number}." in row[0]]
    if not found:
        which = "" if number is None else f" with experiment {number}"
        raise NotExportedError(
            f"the export has no campaign {campaign}{which} in which anybody had an offer, or would have had one"
        )
    return found[0]


def dictionary() -> str:
    """What every table and column means, in Markdown."""
    parts = [
        "# Data dictionary\n\nTimes are Unix seconds, money whole minor units (cents). Nobody is named: a unit's number means nothing elsewhere.\n"
    ]
    for table in TABLES:
        parts.append(f"## {table.name}\n\n{table.what}\n\n| column | kind | meaning |\n| --- | --- | --- |")
        parts.append("\n".join(f"| {column.name} | {column.kind} | {column.what} |" for column in table.columns) + "\n")
    return "\n".join(parts)


def _write(connection: duckdb.DuckDBPyConnection, table: Table, folder: Path, format_: Format) -> int:
    how = "FORMAT parquet, COMPRESSION zstd" if format_ == "parquet" else "FORMAT csv, HEADER"
    path = str(folder / f"{table.name}.{format_}").replace("'", "''")
    order = "ORDER BY unit" if "unit" in table.names else ""
    row = connection.execute(f"COPY (SELECT * FROM {table.name} {order}) TO '{path}' ({how})").fetchone()  # noqa: S608 (names of ours)
    return int(row[0]) if row is not None else 0
