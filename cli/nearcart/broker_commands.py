"""``nearcart broker``: the embedded broker by hand."""

from typing import Annotated

import typer

broker_app = typer.Typer(help="The embedded MQTT broker.", no_args_is_help=True)


@broker_app.callback()
def root() -> None:
    """The embedded MQTT broker."""


@broker_app.command()
def run(
    host: Annotated[str, typer.Option(help="A loopback address: this broker asks for no password.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="TCP port.")] = 1883,
) -> None:
    """Run an MQTT 3.1.1 broker on loopback until Ctrl-C. A store runs Mosquitto: nearcart init."""
    from nearcart_gateway.shell.broker import main

    main(["--host", host, "--port", str(port)])
