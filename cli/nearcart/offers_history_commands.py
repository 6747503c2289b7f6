"""``nearcart offers log | show``: who changed which offer, when and how."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from nearcart_gateway.shell.storage.revisions import Change

Config = Annotated[Path, typer.Option(help="The store's file.")]

_COLOURS = {"added": typer.colors.GREEN, "changed": typer.colors.BLUE, "removed": typer.colors.RED}


def log(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One offer or campaign; none: all.")] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="So many changes, the newest.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: Config = Path("store.yaml"),
) -> None:
    """Who changed an offer or campaign, when it came into force, and what was changed; the newest first."""
    from nearcart_contract.yaml_file import FileProblems
    from nearcart_gateway.shell.offer_history import HistoryError, history
    from nearcart_gateway.shell.storage.database import DatabaseError

    try:
        store, changes = history(config, name, most)
    except (FileProblems, DatabaseError, HistoryError) as error:
        _fail(error)
    if as_json:
        typer.echo(json.dumps([asdict(change) for change in changes], ensure_ascii=False))
        return
    if not changes:
        typer.echo("No offer was ever in force here. `nearcart gateway run` takes up the folder.")
    for change in changes:
        typer.echo(_line(change, store.zone_info))


def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="An offer or a campaign.")],
    revision: Annotated[
        str | None, typer.Option(metavar="N", help="As it was after change N of the log, or in a revision.")
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="What that change changed, line by line.")] = False,
    config: Config = Path("store.yaml"),
) -> None:
    """An offer's or campaign's file, as it is in force or as it was."""
    from nearcart_contract.yaml_file import FileProblems
    from nearcart_gateway.shell.offer_history import HistoryError, shown
    from nearcart_gateway.shell.storage.database import DatabaseError

    try:
        found = shown(config, name, revision)
    except (FileProblems, DatabaseError, HistoryError) as error:
        _fail(error)
    if not diff:
        typer.echo(found.text.rstrip("\n"))
        return
    for line in found.diff:
        typer.secho(line, fg=_diff_colour(line))


def _line(change: "Change", zone: "ZoneInfo") -> str:
    when = datetime.fromtimestamp(change.at, zone).strftime("%Y-%m-%d %H:%M")
    did = typer.style(f"{change.did} {change.what} {change.name}", fg=_COLOURS.get(change.did))
    more = f": {change.summary}" if change.summary else ""
    return f"{change.number:>4}  {when}  {change.author}  {did}{more}"


def _diff_colour(line: str) -> str | None:
    if line.startswith(("+++", "---")):
        return None
    return {"+": typer.colors.GREEN, "-": typer.colors.RED, "@": typer.colors.CYAN}.get(line[:1])


def _fail(error: Exception) -> NoReturn:
    typer.echo(str(error), err=True)
    raise typer.Exit(1) from None
