"""``nearcart export`` and ``nearcart sql``: everything that reports are made of, as files, and asked in SQL."""

import json
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from nearcart.report_command import needs_report_extra, told_problems

MOST_PRINTED = 1000


class FileFormat(StrEnum):
    """How tables are written."""

    parquet = "parquet"
    csv = "csv"


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to; it is made.")],
    file_format: Annotated[FileFormat, typer.Option("--format", help="Parquet, or CSV.")] = FileFormat.parquet,
    config: Annotated[Path, typer.Option(help="The store's file.")] = Path("store.yaml"),
) -> None:
    """Write everything that reports are made of into a folder, without names, with a dictionary of every column."""
    with needs_report_extra(), told_problems():
        from nearcart_gateway.shell.report.source import every_report_source
        from nearcart_measure.report.export import DICTIONARY
        from nearcart_measure.report.export import export as write

        with every_report_source(config, time.time()) as sources:
            rows = write(sources, folder, file_format.value)
    for table, count in rows.items():
        typer.echo(f"{count:>12,}  {folder / table}.{file_format.value}")
    typer.echo(f"{'':>12}  {folder / DICTIONARY} says what every column means")


def sql(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What nearcart export wrote, in Parquet.")],
    query: Annotated[str | None, typer.Argument(metavar="QUERY", help="Else it is read from standard input.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """Ask an export in SQL (DuckDB). Its tables are views of the files; nearcart export wrote a dictionary beside them."""
    with needs_report_extra(), told_problems():
        import duckdb

        from nearcart_measure.report.export import exported

        connection = exported(folder)
        text = query if query is not None else typer.get_text_stream("stdin").read()
        try:
            found = connection.execute(text)
        except duckdb.Error as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None
        names = [str(column[0]) for column in found.description or ()]
        if as_json:
            while rows := found.fetchmany(1000):
                for row in rows:
                    typer.echo(json.dumps(dict(zip(names, row, strict=True)), default=str, ensure_ascii=False))
        else:
            _print(names, found.fetchmany(MOST_PRINTED + 1))


def _print(names: list[str], rows: list[tuple[object, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*names, box=None)
    for row in rows[:MOST_PRINTED]:
        table.add_row(*("" if value is None else str(value) for value in row))
    Console().print(table)
    if len(rows) > MOST_PRINTED:
        typer.echo(f"and more than these {MOST_PRINTED:,}: --json prints all")
