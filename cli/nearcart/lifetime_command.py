"""``nearcart lifetime``: what all offers together cause, months later."""

import json
import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearcart.report_command import needs_report_extra, told_problems

if TYPE_CHECKING:
    from nearcart_measure.report.lifetime import Horizon

DAYS = (90, 365)


def lifetime(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: Annotated[Path, typer.Option(help="The store's file.")] = Path("store.yaml"),
) -> None:
    """What do offers do over months? Those held out of everything (hold_out of store.yaml) against all others."""
    with needs_report_extra(), told_problems():
        from nearcart_measure.report.lifetime import lines

        found = _horizons(config, time.time())
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False, allow_nan=False))
        return
    for line in lines(found):
        typer.secho(line, fg=typer.colors.RED if line.startswith("FAILED") else None)


def _horizons(config: Path, now: float) -> "list[Horizon]":
    from nearcart_contract.store_file import Store
    from nearcart_contract.yaml_file import load_yaml
    from nearcart_gateway.shell.report.everything import cohorts
    from nearcart_gateway.shell.storage.database import reading
    from nearcart_measure.report.lifetime import horizon
    from nearcart_measure.report.reckon import reckon
    from nearcart_measure.report.tables import load

    store = load_yaml(config, Store)
    found = []
    with reading(config.parent / store.database) as connection:
        for cohort in cohorts(connection, store, DAYS, now):
            source = cohort.source
            report = None if source is None else reckon(load(source), source.terms)
            at = cohort.first_at
            day = None if at is None else datetime.fromtimestamp(at, store.zone_info).date().isoformat()
            found.append(horizon(cohort.days, report, day))
    return found
