"""``nearcart report``: did it sell? One campaign's answer, and the figures that it stands on."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nearcart_measure.report.result import Report


def report(
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's name.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the report as a page that needs nothing else; -: to standard output."),
    ] = None,
    csv: Annotated[Path | None, typer.Option(metavar="DIR", help="Write its tables as CSV files.")] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="DIR", help="Reckon from what nearcart export wrote; else from the store's database."
        ),
    ] = None,
    experiment: Annotated[
        int | None, typer.Option(metavar="N", help="An earlier experiment of the campaign; else its newest.")
    ] = None,
    config: Annotated[Path, typer.Option(help="The store's file.")] = Path("store.yaml"),
    at: Annotated[
        float | None, typer.Option(hidden=True, help="Unix seconds by the clock of the store; else this machine's.")
    ] = None,
) -> None:
    """Did it sell? How many more purchases and how much more money a campaign caused, against those held out."""
    with needs_report_extra(), told_problems():
        found = _of_export(export, campaign, experiment) if export else _of_store(config, campaign, experiment, at)
        _write(found, html, csv)
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, allow_nan=False))
        return
    if str(html) != "-":
        _print(found)


def _of_store(config: Path, campaign: str, experiment: int | None, at: float | None) -> "Report":
    from nearcart_gateway.shell.report.source import report_source
    from nearcart_measure.report.reckon import reckon
    from nearcart_measure.report.tables import load

    with report_source(config, campaign, experiment, time.time() if at is None else at) as source:
        return reckon(load(source), source.terms)


def _of_export(folder: Path, campaign: str, experiment: int | None) -> "Report":
    from nearcart_measure.report.export import exported, terms_of
    from nearcart_measure.report.reckon import reckon

    connection = exported(folder)
    return reckon(connection, terms_of(connection, campaign, experiment))


@contextmanager
def needs_report_extra() -> Iterator[None]:
    """Says what to install where a library of the ``report`` extra is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in ("scipy", "numpy", "duckdb"):
            raise
        typer.echo(f"reports need {error.name}, which is not installed: pip install 'nearcart[report]'", err=True)
        raise typer.Exit(1) from None


@contextmanager
def told_problems() -> Iterator[None]:
    """What a user can mend, in one line."""
    from nearcart_contract.yaml_file import FileProblems
    from nearcart_gateway.shell.report.launched import NoReportError
    from nearcart_gateway.shell.storage.database import DatabaseError
    from nearcart_measure.report.export import NotExportedError

    try:
        yield
    except (NoReportError, NotExportedError, FileProblems, DatabaseError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _write(found: "Report", html: Path | None, csv: Path | None) -> None:
    if html is not None:
        from nearcart_measure.report.page import page

        if str(html) == "-":
            typer.echo(page(found))
        else:
            html.write_text(page(found), encoding="utf-8")
    if csv is not None:
        from nearcart_measure.report.csv_files import write_csv

        write_csv(found, csv)


def _print(found: "Report") -> None:
    from nearcart_measure.report.words import lines

    for line in lines(found):
        bad = line.startswith("FAILED")
        typer.secho(line, fg=typer.colors.RED if bad else None, bold=line == found.sentence)
