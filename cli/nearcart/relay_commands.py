"""``nearcart relay …``: the door with a public name."""

from pathlib import Path
from typing import Annotated

import typer

relay_app = typer.Typer(help="Keep webhooks for a gateway that shops can't reach.", no_args_is_help=True)


@relay_app.callback()
def relay() -> None:
    """Keep webhooks for a gateway that shops can't reach."""


@relay_app.command()
def run(config: Annotated[Path, typer.Option(help="The relay's file.")] = Path("relay.yaml")) -> None:
    """Run a relay until Ctrl-C or SIGTERM: signatures are checked, payloads kept on disk, nothing decided."""
    from nearcart_gateway.shell.relay.run import run_relay

    raise typer.Exit(run_relay(config))
