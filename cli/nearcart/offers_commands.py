"""``nearcart offers …``: what a marketer asks before an offer goes live."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearcart.offers_history_commands import log, show
from nearcart.offers_preview_command import preview
from nearcart.offers_try_commands import backtest

if TYPE_CHECKING:
    from nearcart_contract.yaml_file import Problem
    from nearcart_gateway.core.offers.stacked import WorstDiscount
    from nearcart_gateway.shell.offer_files import CheckedStore

offers_app = typer.Typer(help="Check a store's offers, try them, and see who changed them.", no_args_is_help=True)
offers_app.command()(log)
offers_app.command()(show)
offers_app.command()(preview)
offers_app.command()(backtest)


@offers_app.callback()
def group() -> None:
    """Check a store's offers, try them, and see who changed them."""


@offers_app.command()
def check(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Holds store.yaml, offers/ and campaigns/; or the offers folder itself."),
    ] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find every mistake in a store's offers and campaigns: file, line, field, what was found, what is allowed."""
    from nearcart_gateway.shell.offer_files import check_store_folder

    checked = check_store_folder(folder)
    if as_json:
        typer.echo(json.dumps(_as_row(checked), ensure_ascii=False, indent=2))
    else:
        _print(checked)
    if checked.problems:
        raise typer.Exit(1)


def _print(checked: "CheckedStore") -> None:
    for warning in checked.warnings:
        typer.secho(f"{warning}  (warning)", fg=typer.colors.YELLOW)
    for problem in checked.problems:
        typer.secho(str(problem), fg=typer.colors.RED)
    if checked.problems:
        typer.echo(_count(len(checked.problems), "mistake"))
    elif checked.offers is not None:
        held = f"{_count(len(checked.offers.offers), 'offer')} and {_count(len(checked.offers.campaigns), 'campaign')}"
        if checked.offers.worst is not None and checked.store is not None:
            typer.echo(checked.offers.worst.sentence(checked.store.currency))
        typer.secho(f"{held}, no mistakes (revision {checked.offers.revision})", fg=typer.colors.GREEN)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _as_row(checked: "CheckedStore") -> dict[str, object]:
    offers = checked.offers
    return {
        "ok": not checked.problems,
        "offers": [offer.offer for offer in offers.offers] if offers else [],
        "campaigns": list(offers.campaigns) if offers else [],
        "revision": offers.revision if offers else None,
        "worst_discount": _worst_row(offers.worst) if offers and offers.worst else None,
        "problems": [_problem_row(problem) for problem in checked.problems],
        "warnings": [_problem_row(warning) for warning in checked.warnings],
    }


def _worst_row(worst: "WorstDiscount") -> dict[str, object]:
    return {"cart": str(worst.cart), "off": str(worst.off), "offers": list(worst.offers)}


def _problem_row(problem: "Problem") -> dict[str, object]:
    return {**asdict(problem), "file": str(problem.file)}
