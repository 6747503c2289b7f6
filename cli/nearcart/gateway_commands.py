"""``nearcart gateway …``: one per store."""

from pathlib import Path
from typing import Annotated

import typer

gateway_app = typer.Typer(help="The store's gateway.", no_args_is_help=True)


@gateway_app.callback()
def gateway() -> None:
    """The store's gateway."""


@gateway_app.command()
def run(
    config: Annotated[Path, typer.Option(help="The store's file.")] = Path("store.yaml"),
    clock_offset: Annotated[float, typer.Option(help="Pretend this many seconds later.", hidden=True)] = 0.0,
) -> None:
    """Run the gateway until Ctrl-C or SIGTERM."""
    from nearcart_gateway.shell.service import run_gateway

    raise typer.Exit(run_gateway(config, clock_offset))
