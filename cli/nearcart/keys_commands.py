"""``nearcart keys …``: who may use the HTTP API, and in which role."""

import json
import time
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from nearcart_contract.duration import parse_duration

keys_app = typer.Typer(help="Make, list and revoke keys of the HTTP API.", no_args_is_help=True)

Config = Annotated[Path, typer.Option(help="The store's file.")]


class RoleName(StrEnum):
    marketer = "marketer"
    integrator = "integrator"
    staff = "staff"
    admin = "admin"


def _duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


@keys_app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is: a-z, 0-9 and hyphen.")],
    role: Annotated[RoleName, typer.Option(help="What it may do; docs/api.md has the table.")],
    expires: Annotated[
        timedelta | None,
        typer.Option(parser=_duration, metavar="DURATION", help="Such as 90d; without: until revoked."),
    ] = None,
    config: Config = Path("store.yaml"),
) -> None:
    """Make a key. It is printed once, alone on standard output, and kept nowhere."""
    from nearcart_gateway.shell.key_files import KeyFileError, make_key

    try:
        key, text = make_key(config, name, role.value, expires, time.time())
    except KeyFileError as error:
        _fail(str(error))
    typer.echo(text)
    until = f"until {_day(key.expires_at)}" if key.expires_at is not None else "until it is revoked"
    typer.echo(f"The key of {name} ({role.value}), good {until}. It is not shown again.", err=True)


@keys_app.command("list")
def list_keys(
    config: Config = Path("store.yaml"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Every key with its role and when it was last used; never the key itself."""
    from nearcart_gateway.shell.key_files import KeyFileError, listed_keys

    try:
        rows = listed_keys(config, time.time())
    except KeyFileError as error:
        _fail(str(error))
    if as_json:
        typer.echo(json.dumps(rows))
        return
    if not rows:
        typer.echo("There are no keys. Make one: nearcart keys add web-shop --role integrator")
    for row in rows:
        typer.echo(_sentence(row))


@keys_app.command()
def revoke(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name, or the id that list shows.")],
    config: Config = Path("store.yaml"),
) -> None:
    """Make a key useless at once, also while the gateway runs."""
    from nearcart_gateway.shell.key_files import KeyFileError, revoke_key

    try:
        key = revoke_key(config, name, time.time())
    except KeyFileError as error:
        _fail(str(error))
    typer.echo(f"{key.name} ({key.id}) is revoked.")


def _sentence(row: dict[str, Any]) -> str:
    until = {"revoked": "revoked", "expired": f"expired {_day(row['expires_at'] or 0)}"}.get(row["state"])
    if until is None:
        until = "good until it is revoked" if row["expires_at"] is None else f"good until {_day(row['expires_at'])}"
    last = "never used" if row["last_used_at"] is None else f"last used {_day(row['last_used_at'])}"
    return f"{row['id']}  {row['name']}: {row['role']}, {until}, {last}"


def _day(at: float) -> str:
    return f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M}"


def _fail(text: str) -> None:
    typer.echo(text, err=True)
    raise typer.Exit(1)
