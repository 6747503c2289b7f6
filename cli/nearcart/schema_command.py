"""``nearcart schema DIR``."""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer


def schema(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write; made if need be.")],
) -> None:
    """Write a JSON Schema of every message and file, and an AsyncAPI document of the MQTT topics."""
    from nearcart_contract.schema import write_schemas

    try:
        written = write_schemas(folder, version("nearcart"))
    except OSError as error:
        typer.echo(f"can't write to {folder}: {error.strerror}. Choose a folder that you may write to.", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"wrote {len(written)} files to {folder}")
