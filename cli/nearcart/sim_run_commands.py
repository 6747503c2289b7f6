"""``nearcart sim list`` and ``nearcart sim run``: scenarios, and what comes of them."""

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nearcart_contract.problem import FileProblems

if TYPE_CHECKING:
    from nearcart_sim.core.days.play import Play

_SILENT_FOR_S = 2.0
"""A progress bar shows on whatever takes longer."""


def list_scenarios(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """The scenarios that come with nearcart."""
    from nearcart_sim.shell.scenario_files import load_scenario, packaged

    found = {name: load_scenario(name) for name in packaged()}
    if as_json:
        rows = [{"scenario": name, "title": each.title, "about": each.about} for name, each in found.items()]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for name, each in found.items():
        typer.echo(f"{name}: {each.title}\n  {each.about}")


def run(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario's name (nearcart sim list) or file.")],
    seed: Annotated[int, typer.Option(help="The same seed writes the same bytes.")] = 0,
    lasts: Annotated[str | None, typer.Option("--for", metavar="10m", help="Only so much of it, such as 10m.")] = None,
    capture: Annotated[Path | None, typer.Option(help="Write what scanners heard, a line each.")] = None,
    truth: Annotated[Path | None, typer.Option(help="Write where everybody truly was, each half second.")] = None,
    layout: Annotated[Path | None, typer.Option(help="Write the floor, zones and scanners.")] = None,
    visits: Annotated[Path | None, typer.Option(help="Write the true visits, a line each.")] = None,
    roster: Annotated[Path | None, typer.Option(help="Write who is enrolled, for decode and replay.")] = None,
) -> None:
    """Play a scenario into files, as fast as this machine can."""
    from nearcart_contract.duration import parse_duration
    from nearcart_sim.core.days.play import Play
    from nearcart_sim.shell.scenario_files import load_scenario
    from nearcart_sim.shell.scenario_run import Files, write_run

    try:
        seconds = parse_duration(lasts).total_seconds() if lasts is not None else None
        loaded = load_scenario(scenario)
        with _Bar() as bar:
            play = Play(loaded, seed, seconds, planned=bar.planned)
            ran = write_run(play, Files(capture, truth, visits, layout, roster), bar.played(play))
    except (FileProblems, ValueError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(
        f"{loaded.title}, {play.seconds:,.0f} s: {ran.visits:,} visits, {ran.sent:,} adverts sent, {ran.heard:,} packets heard",
        err=True,
    )


class _Bar:
    """A progress bar on standard error, where that is a terminal, from the third second on."""

    def __init__(self) -> None:
        self._progress: Any = None
        self._task: Any = None
        self._began = time.monotonic()

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def planned(self, people: float, total: float) -> None:
        """So many people have their way planned, of so many."""
        self._show("plan", people, total)

    def played(self, play: "Play") -> "Any":
        """What to tell of a run of this play."""
        return lambda seconds: self._show("play", seconds, play.seconds)

    def _show(self, what: str, done: float, total: float) -> None:
        if self._progress is None:
            if time.monotonic() - self._began < _SILENT_FOR_S or not sys.stderr.isatty():
                return
            self._start()
        self._progress.update(self._task, description=what, completed=done, total=total)

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._progress.start()
        self._task = self._progress.add_task("plan", total=None)
