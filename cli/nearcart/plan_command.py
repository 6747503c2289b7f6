"""``nearcart plan``: before a launch, whether its effect could be seen at all, and by when."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearcart.report_command import needs_report_extra

if TYPE_CHECKING:
    from nearcart_contract.campaign_file import Campaign
    from nearcart_contract.store_file import Store
    from nearcart_measure.planning.history import Past
    from nearcart_measure.planning.plan import Wanted

DAY_S = 86_400.0


def plan(
    campaign: Annotated[Path, typer.Option(metavar="FILE", help="The campaign's file; it need not be in force.")],
    lift: Annotated[float, typer.Option(help="Percent more purchases, or money, that it should show.", min=0.1)] = 20.0,
    power: Annotated[float, typer.Option(help="With which chance, in percent.", min=50, max=99.9)] = 80.0,
    reach: Annotated[
        float, typer.Option(help="Percent of those who come who will have a moment for the offer.", min=0.01, max=100)
    ] = 100.0,
    history: Annotated[int, typer.Option(metavar="DAYS", help="How far back to look.", min=1)] = 180,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: Annotated[Path, typer.Option(help="The store's file.")] = Path("store.yaml"),
) -> None:
    """Can it be seen at all? Visitors and days that a campaign needs, from what the store's visitors did until now."""
    with needs_report_extra():
        from nearcart_contract.campaign_file import Campaign
        from nearcart_contract.store_file import Store
        from nearcart_contract.yaml_file import FileProblems, load_yaml
        from nearcart_gateway.shell.storage.database import DatabaseError
        from nearcart_measure.core.undefined import Undefined
        from nearcart_measure.planning.plan import plan as plan_of
        from nearcart_measure.planning.words import lines

        try:
            store, file = load_yaml(config, Store), load_yaml(campaign, Campaign)
            past = _past(config, store, file, time.time(), history)
            found = plan_of(past, _wanted(store, file, lift / 100, power / 100, reach / 100))
        except (FileProblems, DatabaseError, Undefined) as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps({**asdict(found), "in_time": found.in_time}, allow_nan=False))
        return
    for line in lines(found, _baseline(store, file, past)):
        typer.secho(line, fg=typer.colors.RED if line.startswith("WARNING") else None)


def _past(config: Path, store: "Store", file: "Campaign", now: float, days: int) -> "Past":
    from nearcart_contract.report_tables import minor
    from nearcart_gateway.shell.report.past import store_past
    from nearcart_gateway.shell.storage.database import reading
    from nearcart_measure.planning.history import Purchase, past

    since = now - days * DAY_S
    with reading(config.parent / store.database) as connection:
        found = store_past(connection, store.currency, since)
    return past(
        found.visits,
        (Purchase(each.unit, each.at, each.amount, each.order) for each in found.bought),
        since=since,
        until=now,
        window_s=file.window.total_seconds(),
        cap=None if file.cap_per_visitor is None else minor(file.cap_per_visitor, store.currency),
    )


def _wanted(store: "Store", file: "Campaign", lift: float, power: float, reach: float) -> "Wanted":
    from nearcart_measure.planning.plan import Wanted

    free = 1 - (float(store.hold_out.percent) / 100 if store.hold_out else 0.0)
    held_out = float(file.hold_out_percent) / 100
    offered = 1 - held_out if file.offered_percent is None else float(file.offered_percent) / 100
    ends = file.starts is not None and file.ends is not None
    return Wanted(
        held_out=held_out * free,
        offered=offered * free,
        of_buyers=file.outcome != "revenue",
        window_s=file.window.total_seconds(),
        tau=float(file.expected_visitors),
        lift=lift,
        power=power,
        reach=reach,
        days=(file.ends - file.starts).days + 1 if ends and file.ends and file.starts else None,
    )


def _baseline(store: "Store", file: "Campaign", past: "Past") -> str:
    from nearcart_contract.report_tables import minor_digits

    days = file.window.total_seconds() / DAY_S
    within = f"within {days:g} days of coming ({past.buyers.visitors:,} visitors)"
    if file.outcome != "revenue":
        return f"{past.buyers.mean * 100:.1f} % bought {within}"
    digits = minor_digits(store.currency)
    return f"they spent {past.money.mean / 10**digits:.2f} {store.currency} each {within}"
