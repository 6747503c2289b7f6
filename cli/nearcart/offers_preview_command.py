"""``nearcart offers preview``: every gate of an offer for one visitor, one place and one time, and every text of it."""

import json
import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearcart.store_time import store_time

if TYPE_CHECKING:
    from nearcart_contract.store_file import Store
    from nearcart_gateway.core.preview import Asked as AskedGate
    from nearcart_gateway.core.preview import Text
    from nearcart_gateway.shell.preview import MadeUp, Previewed


def preview(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An offer's file, in the store's folder or anywhere.")],
    visitor: Annotated[
        str, typer.Option(metavar="NAME", help="A visitor of the store; none: one that is made up.")
    ] = "none",
    at: Annotated[
        str, typer.Option(metavar="ZONE/TIME", help="Where and when: wine/14:05, wine, /2026-11-25T14:05.")
    ] = "",
    made_up: Annotated[
        Path | None, typer.Option("--with", metavar="YAML", help="A visitor, cart and position that are made up.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="The language she reads.")] = None,
    segment: Annotated[list[str] | None, typer.Option(help="A segment she is in.")] = None,
    tier: Annotated[str | None, typer.Option(help="Her tier in the loyalty programme.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: Annotated[Path, typer.Option(help="The store's file.")] = Path("store.yaml"),
) -> None:
    """Look at an offer before its launch: each gate passed or not, and the text in every language and channel."""
    from nearcart_contract.yaml_file import FileProblems
    from nearcart_gateway.shell.preview import Asked, MadeUp, PreviewError, preview_file, read_made_up
    from nearcart_gateway.shell.tried_file import read_tried

    try:
        tried = read_tried(file, config)
        zone, now = _where_and_when(at, tried.store)
        given = _with_options(MadeUp() if made_up is None else read_made_up(made_up), language, segment, tier)
        found = preview_file(tried, Asked(visitor, zone, now, given))
    except (FileProblems, PreviewError, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps(_as_row(found), ensure_ascii=False))
    else:
        _print(found)


def _where_and_when(text: str, store: "Store") -> tuple[str | None, float]:
    """Zone, or ``None`` for the offer's own, and Unix seconds. Raises ``ValueError`` with a sentence."""
    place, _, when = text.partition("/")
    return place or None, store_time(when, store.zone_info) if when else time.time()


def _with_options(made_up: "MadeUp", language: str | None, segments: list[str] | None, tier: str | None) -> "MadeUp":
    from nearcart_gateway.shell.preview import MadeUpVisitor

    changed: dict[str, object] = {}
    if language is not None:
        changed["language"] = language
    if segments:
        changed["segments"] = tuple(segments)
    if tier is not None:
        changed["tier"] = tier
    if not changed:
        return made_up
    visitor = (made_up.visitor or MadeUpVisitor()).model_copy(update=changed)
    return made_up.model_copy(update={"visitor": visitor})


def _print(found: "Previewed") -> None:
    offer, moment = found.file.tried.offer, found.moment
    when = datetime.fromtimestamp(moment.at, found.file.store.zone_info)
    place = moment.zone or moment.from_zone
    where = f" in {place}" if place else ""
    typer.echo(f"{offer.offer}, for {found.visitor.id}, {moment.kind}{where} on {when:%a %Y-%m-%d %H:%M}:")
    width = max((len(gate.gate) for gate in found.preview.asked), default=0)
    for gate in found.preview.asked:
        colour = typer.colors.GREEN if gate.passed else typer.colors.RED
        typer.secho(f"  {'✓' if gate.passed else '✗'} {gate.gate:<{width}}  {_saw(gate)}".rstrip(), fg=colour)
    typer.echo(_outcome(found))
    for text in found.preview.texts:
        typer.secho(_text(text), fg=None if text.fits and not text.problem else typer.colors.RED)
    if not found.remembered:
        typer.echo("There is no database yet: nobody has had an offer or been here before.")


def _saw(gate: "AskedGate") -> str:
    told = f"{gate.sentence}: " if gate.sentence else ""
    saw = gate.observed and f"it is {gate.observed}"
    takes = gate.required and f"it takes {gate.required}"
    return told + ", ".join(part for part in (saw, takes) if part)


def _outcome(found: "Previewed") -> str:
    decision, name = found.preview.decision, found.file.tried.offer.offer
    if decision is None:
        return "No offer waits for such a moment."
    if decision.offer == name and decision.outcome != "withheld":
        more = "" if decision.variant is None else f", variant {decision.variant}"
        return f"Decided: {decision.reason}{more}."
    if decision.outcome != "withheld":
        return f"Decided: {decision.reason}, before this one."
    return f"Decided: {decision.reason}."


def _text(text: "Text") -> str:
    variant = f" ({text.variant})" if text.variant else ""
    if text.problem:
        return f"  {text.language}{variant}, {text.channel}: can't be said here: {text.problem}"
    shows = "" if text.shows is None else f" of {text.shows}"
    long = "" if text.fits else ", too long for it"
    return f"  {text.language}{variant}, {text.channel}, {len(text.text)}{shows} characters{long}: “{text.text}”"


def _as_row(found: "Previewed") -> dict[str, object]:
    decision, seen = found.preview.decision, found.preview
    return {
        "offer": found.file.tried.offer.offer,
        "visitor": found.visitor.id,
        "moment": asdict(found.moment),
        "gates": [asdict(gate) for gate in seen.asked],
        "outcome": None if decision is None else decision.outcome,
        "wins": None if decision is None else decision.offer,
        "reason": None if decision is None else decision.reason,
        "texts": [{**asdict(text), "length": len(text.text), "fits": text.fits} for text in seen.texts],
        "remembered": found.remembered,
    }
