"""``nearcart forecast``: what the customers of today will still buy, and how well that would have been told before."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearcart.report_command import needs_report_extra

if TYPE_CHECKING:
    from nearcart_contract.store_file import Store
    from nearcart_measure.forecast.forecast import Calibration, Forecast


def forecast(
    days: Annotated[float, typer.Option(help="How far ahead, in days.", min=1, max=1000)] = 90.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: Annotated[Path, typer.Option(help="The store's file.")] = Path("store.yaml"),
) -> None:
    """What will customers still buy? A forecast of what they do anyway, checked on the past; what an offer causes is the report's to say."""
    with needs_report_extra():
        from nearcart_contract.report_tables import minor_digits
        from nearcart_contract.store_file import Store
        from nearcart_contract.yaml_file import FileProblems, load_yaml
        from nearcart_gateway.shell.report.past import store_past
        from nearcart_gateway.shell.storage.database import DatabaseError, reading
        from nearcart_measure.core.undefined import Undefined
        from nearcart_measure.forecast.forecast import calibration
        from nearcart_measure.forecast.forecast import forecast as forecast_of

        try:
            store, now = load_yaml(config, Store), time.time()
            with reading(config.parent / store.database) as connection:
                past = store_past(connection, store.currency, 0.0)
            scale = 10.0 ** -minor_digits(store.currency)
            bought = [(each.unit, each.at, each.amount * scale) for each in past.bought]
            found = forecast_of(bought, now, days)
        except (FileProblems, DatabaseError, Undefined) as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None
        try:
            checked: Calibration | None = calibration(bought, now, days)
        except Undefined:
            checked = None
    if as_json:
        told = {**asdict(found), "calibration": None if checked is None else asdict(checked)}
        typer.echo(json.dumps(told, allow_nan=False))
        return
    for line in (*_told(found, store), *_checked(checked, days)):
        typer.echo(line)


def _told(found: "Forecast", store: "Store") -> Iterator[str]:
    yield f"Of {found.customers:,} customers about {found.alive:,.0f} still are."
    yield f"In the next {found.days:g} days they will buy about {found.purchases:,.0f} times, for {found.money:,.0f} {store.currency}."
    yield f"Who buys for the first time today will buy about {found.of_a_new_customer:.1f} times more in these days."


def _checked(checked: "Calibration | None", days: float) -> Iterator[str]:
    from nearcart_measure.forecast.forecast import MOST_AGAIN

    if checked is None:
        yield f"Whether that would have been right {days:g} days ago can't be told: too little was known then."
        return
    wrong = "" if checked.error is None else f" ({checked.error:+.0%})"
    yield f"Told {days:g} days ago: about {checked.foretold:,.0f} purchases; there were {checked.true:,.0f}{wrong}."
    yield "  had bought again   customers   foretold each   true"
    for band in checked.bands:
        again = f"{band.again} times" + (" or more" if band.again == MOST_AGAIN else "")
        yield f"  {again:17} {band.customers:10,} {band.foretold:15.2f} {band.true:6.2f}"
