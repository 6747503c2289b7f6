"""The ``nearcart`` command. Each group of commands is one file; packages are imported only when a command runs."""

from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from nearcart.broker_commands import broker_app
from nearcart.calibrate_command import calibrate
from nearcart.carts_commands import carts_app
from nearcart.coverage_command import coverage
from nearcart.demo_command import demo
from nearcart.edge_commands import decode, edge_app, record
from nearcart.export_commands import export, sql
from nearcart.forecast_command import forecast
from nearcart.gateway_commands import gateway_app
from nearcart.init_command import init
from nearcart.keys_commands import keys_app
from nearcart.lifetime_command import lifetime
from nearcart.offers_commands import offers_app
from nearcart.plan_command import plan
from nearcart.relay_commands import relay_app
from nearcart.replay_commands import replay
from nearcart.report_command import report
from nearcart.schema_command import schema
from nearcart.sim_commands import sim_app
from nearcart.stats_command import stats
from nearcart.survey_command import survey
from nearcart.visitors_complaints import visitors_app
from nearcart.why_command import why

app = typer.Typer(
    name="nearcart",
    help="Proximity engagement for stores: from a radio packet to one helpful offer.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nearcart {installed_version('nearcart')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Proximity engagement for stores."""


app.add_typer(gateway_app, name="gateway")
app.add_typer(visitors_app, name="visitors")
app.add_typer(carts_app, name="carts")
app.add_typer(relay_app, name="relay")
app.add_typer(keys_app, name="keys")
app.add_typer(broker_app, name="broker")
app.add_typer(offers_app, name="offers")
app.command()(why)
app.command()(replay)
app.command()(report)
app.command()(lifetime)
app.command()(export)
app.command()(sql)
app.command()(calibrate)
app.command()(coverage)
app.command()(survey)
app.command()(plan)
app.command()(forecast)
app.command()(stats)
app.command()(schema)
app.add_typer(edge_app, name="edge")
app.command()(record)
app.command()(decode)
app.command()(init)
app.command()(demo)
app.add_typer(sim_app, name="sim")
