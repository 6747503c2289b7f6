"""``nearcart demo``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class BrokerOption(StrEnum):
    auto = "auto"
    embedded = "embedded"
    mosquitto = "mosquitto"


def demo(
    seconds: Annotated[
        str | None, typer.Option("--for", metavar="60s", help="End by itself after this long; else at Ctrl-C.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
    seed: Annotated[int, typer.Option(help="Another seed, other shoppers.")] = 1,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Of the page; a free one when it is taken.")] = 8080,
    broker: Annotated[BrokerOption, typer.Option(help="auto: Mosquitto where it is installed.")] = BrokerOption.auto,
    store: Annotated[Path | None, typer.Option(help="Another shop's store.yaml.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Keep the run's files and logs here; an empty folder.")] = None,
) -> None:
    """Run a small shop: simulated shoppers, one edge a zone, a broker, the gateway and its page."""
    from nearcart.demo.clocks import process_began

    began = process_began()

    from nearcart.demo.options import DemoOptions
    from nearcart.demo.run import run_demo
    from nearcart_contract.duration import parse_duration

    try:
        length = None if seconds is None else parse_duration(seconds).total_seconds()
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--for") from error
    if folder is not None and folder.exists() and any(folder.iterdir()):
        raise typer.BadParameter(f"{folder} is not empty: name a new folder", param_hint="--folder")
    options = DemoOptions(
        seconds=length, as_json=as_json, seed=seed, port=port, broker=broker.value, store=store, folder=folder
    )
    raise typer.Exit(run_demo(options, began))
