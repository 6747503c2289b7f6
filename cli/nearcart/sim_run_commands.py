"""``nearcart sim list`` and ``nearcart sim run``: scenarios, and what comes of them."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearcart.waiting_bar import WaitingBar
from nearcart_contract.problem import FileProblems

if TYPE_CHECKING:
    from nearcart_sim.core.days.play import Chunk, Play


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
    purchases: Annotated[
        Path | None,
        typer.Option(help="Write what each would buy with each offer and without, and what offers truly cause."),
    ] = None,
    carts: Annotated[
        Path | None, typer.Option(help="Write the carts that they left online before, and ordered, for replay.")
    ] = None,
    visitors: Annotated[
        Path | None, typer.Option(help="Write who is enrolled with which account in the shop, for replay.")
    ] = None,
    roster: Annotated[Path | None, typer.Option(help="Write who is enrolled, for decode and replay.")] = None,
    presence: Annotated[Path | None, typer.Option(help="Write what the edges would publish, a message a line.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what came out as JSON.")] = False,
) -> None:
    """Play a scenario into files, as fast as this machine can."""
    from nearcart_sim.core.days.play import Play
    from nearcart_sim.shell.scenario_files import load_scenario
    from nearcart_sim.shell.scenario_run import Files, write_run

    try:
        seconds = duration("--for", lasts)
        loaded = load_scenario(scenario)
        with WaitingBar() as bar, _Presence(presence) as stream:
            play = Play(loaded, seed, seconds, planned=lambda people, total: bar.show("plan", people, total))
            files = Files(capture, truth, visits, layout, roster, purchases, carts, visitors)
            ran = write_run(play, files, lambda done: bar.show("play", done, play.seconds), stream.writer(play))
    except (FileProblems, ValueError, OSError) as error:
        typer.echo(sentence(error), err=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps({"scenario": scenario, "seed": seed, "seconds": play.seconds, **asdict(ran)}))
        return
    typer.echo(
        f"{loaded.title}, {play.seconds:,.0f} s: {ran.visits:,} visits, {ran.sent:,} adverts sent, {ran.heard:,} packets heard",
        err=True,
    )


def duration(option: str, text: str | None) -> float | None:
    """Seconds of an option such as ``10m``. Raises ``ValueError`` that names it."""
    from nearcart_contract.duration import parse_duration

    try:
        return parse_duration(text).total_seconds() if text is not None else None
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from None


def sentence(error: Exception) -> str:
    """What went wrong, for people."""
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


class _Presence:
    """Writes what a broker would carry: ``{"at", "topic", "payload"}`` a line, ``at`` being when it gets there."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._files = ExitStack()

    def __enter__(self) -> "_Presence":
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def writer(self, play: "Play") -> "Callable[[Chunk], None]":
        """What to give a run's chunks to. Raises ``OSError`` where the file can't be written."""
        if self._path is None:
            return lambda _: None
        from nearcart.sim_presence import PresenceStream

        file = self._files.enter_context(self._path.open("w", encoding="utf-8"))
        stream = PresenceStream(play)

        def write(chunk: "Chunk") -> None:
            for each in stream.take(chunk):
                payload = each.message.model_dump_json(exclude_none=True)
                file.write(f'{{"at":{each.at:.3f},"topic":"{each.topic}","payload":{payload}}}\n')

        return write
