"""``nearcart sim plot``: pictures of a scenario, or of a recording."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearcart.sim_run_commands import duration
from nearcart.waiting_bar import WaitingBar
from nearcart_contract.problem import FileProblems

if TYPE_CHECKING:
    from nearcart_sim.core.plots.scene import Scene


class Picture(StrEnum):
    """What to draw."""

    PATHS = "paths"
    HEAT = "heat"
    RSSI = "rssi"


def plot(
    scenario: Annotated[
        str | None, typer.Argument(metavar="[SCENARIO]", help="A scenario's name or file; or else a recording's files.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Written: *.svg or *.png.")] = Path("plot.svg"),
    draw: Annotated[
        Picture, typer.Option(help="Ways over the floor, time spent there, or what scanners heard.")
    ] = Picture.PATHS,
    shopper: Annotated[
        str | None, typer.Option(help="Only her: a name of the scenario, or an address of the recording.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of a scenario.")] = 0,
    lasts: Annotated[str | None, typer.Option("--for", metavar="10m", help="Only so much of a scenario.")] = None,
    layout: Annotated[Path | None, typer.Option(help="Of a recording: its layout, or a store.yaml.")] = None,
    truth: Annotated[Path | None, typer.Option(help="Of a recording: where people were.")] = None,
    capture: Annotated[Path | None, typer.Option(help="Of a recording: what was heard; for --draw rssi.")] = None,
) -> None:
    """Draw the floor with people's ways, a heat map, or RSSI over time."""
    from nearcart_contract.capture import CaptureError
    from nearcart_contract.truth import TruthError
    from nearcart_sim.shell.plot_files import write_picture

    try:
        if scenario is not None:
            scene, who = _of_scenario(scenario, seed, lasts, draw, shopper)
        elif layout is not None and truth is not None:
            scene, who = _of_files(layout, truth, capture, draw, shopper)
        else:
            raise ValueError("name a scenario (nearcart sim list), or give --layout and --truth of a recording")
        write_picture(_drawn(scene, draw, who), out)
    except (FileProblems, CaptureError, TruthError, ValueError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(f"wrote {out}", err=True)


def _drawn(scene: "Scene", draw: Picture, who: str | None) -> str:
    from nearcart_sim.core.plots.heat import heat
    from nearcart_sim.core.plots.paths import paths
    from nearcart_sim.core.plots.traces import traces

    if who is not None and who not in scene.tracks:
        raise ValueError(f"nobody is called '{who}' in this time; there are {', '.join(list(scene.tracks)[:12])}")
    match draw:
        case Picture.RSSI:
            assert who is not None
            if not scene.packets.get(who):
                raise ValueError(f"nobody heard '{who}' in this time")
            return traces(scene, who)
        case Picture.HEAT:
            return heat(scene if who is None else scene.only(who))
        case Picture.PATHS:
            return paths(scene if who is None else scene.only(who))


def _of_scenario(
    wanted: str, seed: int, lasts: str | None, draw: Picture, shopper: str | None
) -> "tuple[Scene, str | None]":
    from nearcart_sim.core.days.play import Play
    from nearcart_sim.core.plots.from_play import first_shopper, scene_of
    from nearcart_sim.shell.scenario_files import load_scenario

    seconds = duration("--for", lasts)
    loaded = load_scenario(wanted)
    with WaitingBar() as bar:
        play = Play(loaded, seed, seconds, planned=lambda people, total: bar.show("plan", people, total))
        who = shopper or (first_shopper(play) if draw is Picture.RSSI else None)
        return scene_of(play, who, lambda done: bar.show("play", done, play.seconds)), who


def _of_files(
    layout: Path, truth: Path, capture: Path | None, draw: Picture, shopper: str | None
) -> "tuple[Scene, str | None]":
    from nearcart_contract.capture import read_lines
    from nearcart_contract.store_file import Layout, Store
    from nearcart_contract.truth import read_truth
    from nearcart_contract.yaml_file import load_yaml, read_source
    from nearcart_sim.core.plots.from_files import scene_of_files

    data = read_source(layout).data
    plan = load_yaml(layout, Store if isinstance(data, dict) and "store" in data else Layout)
    lines = list(read_truth(truth.read_text(encoding="utf-8").splitlines()))
    if draw is not Picture.RSSI:
        return scene_of_files(truth.name.split(".")[0], plan, lines, (), None), shopper
    if capture is None:
        raise ValueError("--draw rssi of a recording needs its --capture")
    who = shopper or next((line.address for line in lines if line.address), None)
    with capture.open(encoding="utf-8") as heard:
        return scene_of_files(truth.name.split(".")[0], plan, lines, read_lines(heard), who), who
