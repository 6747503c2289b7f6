"""``nearcart why``: what was decided about a visitor, and why, in sentences."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearcart.store_time import store_time

if TYPE_CHECKING:
    from nearcart_gateway.core.values import Considered
    from nearcart_gateway.shell.why import Answer, Told


def why(
    visitor: Annotated[str, typer.Argument(metavar="VISITOR", help="Whom it is about, by her id here.")],
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Around when: 14:05, or 2026-11-25T14:05, in the store's time zone."),
    ] = None,
    offer: Annotated[str | None, typer.Option(metavar="NAME", help="Only what became of this offer.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: Annotated[Path, typer.Option(help="The store's file.")] = Path("store.yaml"),
) -> None:
    """Say why she got an offer, or rightly none."""
    from nearcart_contract.store_file import Store
    from nearcart_contract.yaml_file import FileProblems, load_yaml
    from nearcart_gateway.shell.storage.database import DatabaseError
    from nearcart_gateway.shell.why import why as ask

    try:
        moment = None if at is None else store_time(at, load_yaml(config, Store).zone_info)
        answer = ask(config, visitor, moment, offer)
    except (FileProblems, DatabaseError, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(
            json.dumps({"visitor": visitor, "decisions": [asdict(t) for t in answer.told], "before": answer.before})
        )
        return
    for line in _sentences(answer):
        typer.echo(line)


def _sentences(answer: "Answer") -> list[str]:
    if not answer.told:
        return [f"Nothing was decided about {answer.visitor}:", *(f"  {sentence}" for sentence in answer.before)]
    lines: list[str] = []
    for told in answer.told:
        lines += _decision(told, answer)
    return lines


def _decision(told: "Told", answer: "Answer") -> list[str]:
    when = datetime.fromtimestamp(told.at, answer.store.zone_info).strftime("%Y-%m-%d %H:%M:%S")
    zone = answer.store.zones.get(told.zone or "")
    place = f" in {(zone.name if zone else None) or told.zone}" if told.zone else ""
    lines = [f"{when}  {told.moment}{place}: {told.reason}"]
    if told.text:
        lines.append(f"  “{told.text}”")
    lines += [f"  {_offer(considered)}" for considered in told.considered]
    if told.replay == "different":
        lines.append("  decided again from the same inputs it comes out differently: this version decides otherwise")
    if told.replay == "revision unknown":
        lines.append(f"  revision {told.revision} of the offers was not kept, or can't be read any more")
    return lines


def _offer(considered: "Considered") -> str:
    from nearcart_gateway.shell.web.gate_words import gate_words

    if considered.gate is None:
        return f"{considered.offer}: passed every gate"
    words = f"{considered.offer}: {gate_words(considered.gate)}"
    if considered.observed is None:
        return words
    return f"{words} (it was {considered.observed}, it takes {considered.required})"
