"""``nearcart sim load``: a store's edges, played, against its running gateway."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearcart.waiting_bar import WaitingBar
from nearcart_contract.problem import FileProblems

if TYPE_CHECKING:
    from nearcart_sim.shell.load import LoadResult


def load(
    config: Annotated[Path, typer.Option(help="The store's file: its edges and its broker.")] = Path("store.yaml"),
    lasts: Annotated[str, typer.Option("--for", metavar="1m", help="For how long, such as 10m.")] = "1m",
    tags: Annotated[int | None, typer.Option(min=1, help="How many of those enrolled walk; else all.")] = None,
    stay: Annotated[str, typer.Option(metavar="1m", help="How long one stays in a zone, on average.")] = "1m",
    heard_by: Annotated[int, typer.Option(min=1, max=4, help="How many edges hear each tag.")] = 3,
    seed: Annotated[int, typer.Option(help="The same seed sends everybody the same way.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Play all edges of a store at once, with everybody enrolled walking between them; no radio, the real broker and gateway."""
    from nearcart_contract.broker import Broker
    from nearcart_contract.duration import parse_duration
    from nearcart_contract.store_file import Store
    from nearcart_contract.yaml_file import load_yaml
    from nearcart_sim.shell.load import Load, LoadError, LoadPlan

    try:
        store = load_yaml(config, Store)
        plan = LoadPlan(
            seconds=parse_duration(lasts).total_seconds(),
            tags=tags,
            stay_s=parse_duration(stay).total_seconds(),
            heard_by=heard_by,
            seed=seed,
        )
        with WaitingBar() as bar:
            play = Load(store, store.broker or Broker(), plan)
            result = asyncio.run(play.run(lambda done: bar.show("walk", done, plan.seconds)))
    except (FileProblems, ValueError, LoadError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(json.dumps(_figures(result)) if as_json else _sentences(result))
    if result.acknowledged < result.transitions:
        raise typer.Exit(1)


def _figures(result: "LoadResult") -> dict[str, float | None]:
    return {
        "edges": result.edges,
        "tags": result.tags,
        "seconds": result.seconds,
        "transitions": result.transitions,
        "acknowledged": result.acknowledged,
        "samples": result.samples,
        "ack_p50_ms": result.ack_ms(0.5),
        "ack_p99_ms": result.ack_ms(0.99),
        "behind_s": result.behind_s,
    }


def _sentences(result: "LoadResult") -> str:
    figures = [
        f"{result.edges} edges, {result.tags} tags, {result.seconds:.0f} s",
        f"{result.transitions} transitions, {result.acknowledged} acknowledged; {result.samples} samples",
        f"acks after {result.ack_ms(0.5)} ms in the middle, {result.ack_ms(0.99)} ms for the slowest hundredth",
    ]
    if result.behind_s > 1:
        figures.append(f"this machine was {result.behind_s:.1f} s behind at worst: the load was less than asked for")
    return "\n".join(figures)
