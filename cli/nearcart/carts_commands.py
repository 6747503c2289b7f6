"""``nearcart carts …``: carts and orders from a file, and payloads of shops that could not be read."""

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

carts_app = typer.Typer(help="Carts and orders of the shops.", no_args_is_help=True)
set_aside_app = typer.Typer(help="Payloads that could not be read.", no_args_is_help=True)
carts_app.add_typer(set_aside_app, name="set-aside")

Config = Annotated[Path, typer.Option(help="The store's file.")]
OneSource = Annotated[str | None, typer.Option("--source", help="Only this source's.")]


@carts_app.callback()
def carts() -> None:
    """Carts and orders of the shops."""


@carts_app.command("import")
def import_carts(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or JSON lines; docs/carts.md has the columns.")],
    source: Annotated[str | None, typer.Option(help="Whose carts they are, as store.yaml calls it.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what is wrong.")] = False,
    config: Config = Path("store.yaml"),
) -> None:
    """Take carts and orders from a file. What is wrong is told with its line, the rest is taken; a repeat changes nothing."""
    from nearcart_gateway.shell.cart_files import CartFileError
    from nearcart_gateway.shell.cart_import import import_file

    try:
        result = import_file(config, file, source, check, time.time())
    except CartFileError as error:
        _fail(str(error))
    for mistake in result.mistakes:
        typer.echo(f"{file}: {mistake}", err=True)
    found = f"{result.carts} carts and {result.orders} orders"
    wrong = f"; {len(result.mistakes)} mistakes" if result.mistakes else ""
    taken = "are good" if check else "are left for the gateway, which takes them within seconds, or when it starts"
    typer.echo(f"{found} {taken}{wrong}.")
    if result.mistakes:
        raise typer.Exit(1)


@set_aside_app.command("list")
def list_set_aside(
    source: OneSource = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: Config = Path("store.yaml"),
) -> None:
    """Every payload that could not be read, with why and how often it came."""
    from nearcart_gateway.shell.cart_files import CartFileError, listed_set_aside

    try:
        rows = listed_set_aside(config, source)
    except CartFileError as error:
        _fail(str(error))
    if as_json:
        typer.echo(json.dumps(rows))
        return
    if not rows:
        typer.echo("Nothing is set aside: every payload could be read.")
    for row in rows:
        typer.echo(_sentence(row))


@set_aside_app.command()
def show(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="As list shows it.")],
    config: Config = Path("store.yaml"),
) -> None:
    """One payload as it came, on standard output. It may hold personal data."""
    from nearcart_gateway.shell.cart_files import CartFileError, body_of

    try:
        body = body_of(config, number)
    except CartFileError as error:
        _fail(str(error))
    typer.echo(body, nl=False)


@set_aside_app.command()
def retry(source: OneSource = None, config: Config = Path("store.yaml")) -> None:
    """Read them again with the readers of this version. What is read goes into the carts; the rest stays."""
    from nearcart_gateway.shell.cart_files import CartFileError, retry_set_aside

    try:
        tried = retry_set_aside(config, source, time.time())
    except CartFileError as error:
        _fail(str(error))
    left = [one for one in tried if one.problem is not None]
    for one in left:
        typer.echo(f"{one.number}  {one.source}: still can't be read: {one.problem}")
    typer.echo(
        f"{len(tried) - len(left)} read, {len(left)} left. The gateway takes them within a second, or when it starts."
    )


def _sentence(row: dict[str, Any]) -> str:
    times = "once" if not row["repeats"] else f"{row['repeats'] + 1} times, last {row['last_at']}"
    return f"{row['number']}  {row['source']}  {row['first_at']}  {times}, {row['bytes']} bytes: {row['problem']}"


def _fail(text: str) -> None:
    typer.echo(text, err=True)
    raise typer.Exit(1)
