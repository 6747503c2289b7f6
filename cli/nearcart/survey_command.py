"""``nearcart survey``: a page that gives a walk its truth."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearcart.layout_files import load_layout

if TYPE_CHECKING:
    from nearcart_contract.store_file import Layout, Store

LEAST_TAPS = 2


def survey(
    layout: Annotated[Path, typer.Option(help="A store.yaml, or a layout.yaml.")],
    out: Annotated[Path, typer.Option(help="Written with every tap.")] = Path("walk.truth.jsonl"),
    host: Annotated[
        str, typer.Option(help="This machine's address in the store's network, for a phone.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 8090,
    address: Annotated[str | None, typer.Option(help="The carried tag's address, where captures hold several.")] = None,
) -> None:
    """Open a page with the floor plan: tap where you stand, walk on, tap again.

    Meanwhile `nearcart record` runs on each edge. When you are done, it says how to calibrate.
    """
    import asyncio

    from nearcart_contract.problem import FileProblems
    from nearcart_gateway.core.survey_walk import SurveyWalk
    from nearcart_gateway.shell.survey.run import serve_survey
    from nearcart_gateway.shell.web.floor_plan import floor_view

    walk = SurveyWalk(address)
    try:
        if out.exists():
            raise ValueError(f"{out} is there already: name another --out, or take it away")
        floor = floor_view(_as_store(load_layout(layout), layout.resolve().parent.name))
        asyncio.run(serve_survey(floor, walk, out, host, port, _say_link))
    except (FileProblems, ValueError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if len(walk.taps) < LEAST_TAPS:
        typer.echo("A walk needs two taps at least: nothing to calibrate with.", err=True)
        raise typer.Exit(1)
    typer.echo("\n".join(_what_next(walk.metres(), layout, out)))


def _say_link(link: str) -> None:
    typer.echo(f"Start `nearcart record` on each edge, then open this link; it ends with the survey:\n  {link}")


def _what_next(metres: float, layout: Path, truth: Path) -> list[str]:
    capture = truth.name.removesuffix(".jsonl").removesuffix(".truth") + ".capture.jsonl"
    return [
        f"{metres:.0f} m of walk are in {truth}. Stop `nearcart record`, bring the edges' captures here, and:",
        f"  cat EDGE-*.capture.jsonl > {capture}",
        f"  nearcart calibrate --capture {capture} --truth {truth} --layout {layout} --out {layout.parent / 'radio.yaml'}",
    ]


def _as_store(layout: "Layout", name: str) -> "Store":
    """What the console's plan is drawn from."""
    from nearcart_contract.store_file import Store

    if isinstance(layout, Store):
        return layout
    return Store(
        store="survey",
        name=name,
        time_zone="UTC",
        currency="EUR",
        floor=layout.floor,
        zones=layout.zones,
        scanners=layout.scanners,
    )
