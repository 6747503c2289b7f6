"""``nearcart sim``: worlds to try things on."""

from pathlib import Path
from typing import Annotated

import typer

from nearcart.sim_copy_command import copy
from nearcart.sim_load_command import load
from nearcart.sim_play_command import play
from nearcart.sim_plot_command import plot
from nearcart.sim_run_commands import list_scenarios, run
from nearcart.waiting_bar import WaitingBar

sim_app = typer.Typer(help="Simulated shoppers and radios.", no_args_is_help=True)


@sim_app.callback()
def sim() -> None:
    """Simulated shoppers and radios."""


@sim_app.command()
def capture(
    store: Annotated[Path, typer.Argument(help="store.yaml, for its floor plan and scanners.")],
    file: Annotated[Path, typer.Argument(help="The capture to write.")],
    truth: Annotated[Path | None, typer.Option(help="Also write where everybody truly was.")] = None,
    seconds: Annotated[float, typer.Option(min=1, max=86_400, help="How long.")] = 120.0,
    seed: Annotated[int, typer.Option(help="The same seed writes the same bytes.")] = 0,
    starts_at: Annotated[float, typer.Option(min=0, help="Unix seconds of the beginning.")] = 1_700_000_000.0,
) -> None:
    """Write what the scanners of a store would have recorded of the demo's shoppers."""
    from nearcart_contract.problem import FileProblems
    from nearcart_contract.store_file import Store
    from nearcart_contract.yaml_file import load_yaml
    from nearcart_sim.shell.capture_files import write_capture

    try:
        loaded = load_yaml(store, Store)
        with WaitingBar() as bar:
            written = write_capture(
                loaded, file, truth, seconds=seconds, seed=seed, starts_at=starts_at,
                progress=lambda done: bar.show("play", done, seconds),
            )  # fmt: skip
    except (FileProblems, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(f"{written} adverts written to {file}", err=True)


sim_app.command("list")(list_scenarios)
sim_app.command()(run)
sim_app.command()(play)
sim_app.command()(plot)
sim_app.command()(copy)
sim_app.command()(load)
