"""``nearcart coverage``: a heat map of how well people can be located, and which scanner is missing or adds nothing."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearcart.layout_files import load_layout, load_radio
from nearcart.waiting_bar import WaitingBar

if TYPE_CHECKING:
    from nearcart.coverage_findings import Findings
    from nearcart_contract.radio_file import Radio
    from nearcart_contract.store_file import Layout

_SEED = 20260411
"""Any: the same plan gives the same picture."""


def coverage(
    layout: Annotated[Path, typer.Option(help="A store.yaml, or a recording's layout.yaml.")],
    out: Annotated[Path, typer.Option(help="Written: *.svg or *.png.")] = Path("coverage.svg"),
    radio: Annotated[Path | None, typer.Option(help="What nearcart calibrate wrote; else the store's own.")] = None,
    interval: Annotated[float, typer.Option(min=0.05, max=60, help="Seconds between two packets of a tag.")] = 1.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="The figures as JSON, each cell of the map among them.")
    ] = False,
) -> None:
    """Draw how well people can be located over the floor, and say where a scanner is missing.

    Nothing needs to be heard yet: without a calibration the usual radio of a shop is supposed, and equal scanners.
    """
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # small matrices: threads would wait for each other (8 times as long)
    from nearcart.coverage_findings import as_dict, sentences
    from nearcart.coverage_picture import coverage_picture
    from nearcart_contract.yaml_file import FileProblems
    from nearcart_sim.shell.plot_files import write_picture

    try:
        plan = load_layout(layout)
        with WaitingBar() as bar:
            found = _find(plan, load_radio(plan, layout, radio), interval, bar)
        write_picture(coverage_picture(plan, found, layout.resolve().parent.name), out)
    except ModuleNotFoundError as error:
        typer.echo(f"{out}: a PNG needs {error.name}: pip install 'nearcart[sim]', or write an SVG", err=True)
        raise typer.Exit(1) from None
    except (FileProblems, ValueError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(json.dumps(as_dict(found)) if as_json else "\n".join(sentences(found)))
    typer.echo(f"wrote {out}", err=True)


def _find(layout: "Layout", radio: "Radio | None", interval: float, bar: WaitingBar) -> "Findings":
    import numpy as np

    from nearcart.coverage_findings import Findings
    from nearcart_gateway.core.location.coverage import DRAWS, coverage, planned_map
    from nearcart_gateway.core.location.scanner_worth import WORTH_DRAWS, worth

    grid, radio_map = planned_map(layout, radio)
    normals = np.random.default_rng(_SEED).standard_normal((WORTH_DRAWS, len(layout.scanners) + 3))
    return Findings(
        coverage(grid, radio_map, normals[:DRAWS, 1:], interval, lambda done, total: bar.show("places", done, total)),
        worth(layout, grid, radio_map, radio, normals, interval, lambda done, total: bar.show("scanners", done, total)),
        surveyed=radio is not None,
    )
