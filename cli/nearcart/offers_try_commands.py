"""``nearcart offers backtest``: an offer tried on what was, before it is launched."""

import json
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from nearcart_gateway.core.backtest.run import Found
    from nearcart_gateway.shell.backtest import Backtest

MOST_NAMED = 10

_TODAY = {
    "shelf": "what was on the shelf then was not kept: today's shelf was asked",
    "coupons": "which codes were left then was not kept: today's pool was asked",
}


def backtest(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An offer's file, in the store's folder or anywhere.")],
    since: Annotated[str, typer.Option(metavar="TIME", help="How far back: 30d, 12h.")] = "30d",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: Annotated[Path, typer.Option(help="The store's file.")] = Path("store.yaml"),
) -> None:
    """Try an offer on the moments of the past: whom it would have reached, and what others would no longer have got."""
    from nearcart_contract.duration import parse_duration
    from nearcart_contract.yaml_file import FileProblems
    from nearcart_gateway.shell.backtest import backtest as run
    from nearcart_gateway.shell.storage.database import DatabaseError
    from nearcart_gateway.shell.tried_file import read_tried

    try:
        back = parse_duration(since)
        tried = read_tried(file, config)
        with _Bar(shown=not as_json and sys.stderr.isatty()) as bar:
            result = run(tried, time.time() - back.total_seconds(), bar.told)
    except (FileProblems, DatabaseError, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps(_as_row(result)))
        return
    for line in _sentences(result):
        typer.echo(line)


@dataclass(slots=True)
class _Bar:
    """A progress bar on standard error, where that is a terminal."""

    shown: bool
    _progress: Any = None
    _task: Any = None

    def __enter__(self) -> "_Bar":
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("moments"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True, disable=not self.shown)
        self._progress.start()
        self._task = self._progress.add_task("moments", total=None)
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def told(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total)


def _sentences(result: "Backtest") -> list[str]:
    from nearcart_gateway.shell.web.gate_words import gate_words

    found, offer = result.found, result.file.tried.offer
    since = datetime.fromtimestamp(result.since, result.file.store.zone_info)
    lines = [
        f"Since {since:%Y-%m-%d %H:%M}: {_count(found.moments, 'moment')} of {_count(len(found.visitors), 'visitor')},"
        f" {found.awaited:,} that {offer.offer} waits for."
    ]
    lines.append(_reached(found))
    if found.deferred:
        lines.append(
            f"Quiet hours would have made {_count(found.deferred, 'moment')} wait, and each is told as it was asked again."
        )
    if found.gates:
        lines.append("What stopped it:")
        width = len(f"{found.gates.most_common(1)[0][1]:,}")
        lines += [f"  {times:>{width},}  {gate_words(gate)} ({gate})" for gate, times in found.gates.most_common()]
    lines += _others("would no longer have got", found.displaced) + _others("would have got besides", found.gained)
    lines += _cost(result)
    lines += [f"Mind that {line}." for line in _doubts(result)]
    if found.compared:
        lines.append(f"Decided as it is now already: reproduced {found.reproduced:,} of {found.compared:,}.")
    return lines


def _reached(found: "Found") -> str:
    ghosts = f", and {_count(found.ghosts, 'time')} it would have been held out for comparison" if found.ghosts else ""
    if not found.sent:
        return f"It would have reached nobody{ghosts}."
    return f"It would have been made {_count(found.sent, 'time')}, to {_count(len(found.reached), 'visitor')}{ghosts}."


def _others(what: str, names: dict[str, int]) -> list[str]:
    if not names:
        return []
    most = sorted(names.items(), key=lambda item: (-item[1], item[0]))
    lines = [f"Visitors {what}:"]
    lines += [f"  {name} {_count(times, 'time')}" for name, times in most[:MOST_NAMED]]
    return [*lines, f"  and {len(most) - MOST_NAMED} offers more"] if len(most) > MOST_NAMED else lines


def _cost(result: "Backtest") -> list[str]:
    from nearcart_gateway.core.money import money

    found, ceiling, currency = result.found, result.ceiling, result.file.store.currency
    if result.file.tried.offer.give is None:
        return []
    line = f"It would have cost at most {money(found.cost, currency)}, were every one used"
    if ceiling.money is not None:
        line += f"; the campaign's budget is {money(ceiling.money, currency)}"
    if ceiling.redemptions is not None:
        line += f"; at most {ceiling.redemptions:,} may be used"
    return [line + "."]


def _doubts(result: "Backtest") -> list[str]:
    found = result.found
    doubts = [_TODAY[what] for what in sorted(result.asked_today)]
    if found.derived:
        doubts.append(
            f"nobody waited for such dwells, so that {_count(found.derived, 'stay')} long enough stand for them"
        )
    if found.unreadable:
        doubts.append(
            f"{_count(found.unreadable, 'moment')} of revisions that can't be read any more were left as they were"
        )
    return doubts


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _as_row(result: "Backtest") -> dict[str, object]:
    found = result.found
    return {
        "offer": result.file.tried.offer.offer,
        "since": result.since,
        "moments": found.moments,
        "visitors": len(found.visitors),
        "awaited": found.awaited,
        "deferred": found.deferred,
        "sent": found.sent,
        "ghosts": found.ghosts,
        "reached": len(found.reached),
        "gates": dict(found.gates.most_common()),
        "displaced": dict(found.displaced),
        "gained": dict(found.gained),
        "cost": str(found.cost),
        "budget": None if result.ceiling.money is None else str(result.ceiling.money),
        "compared": found.compared,
        "reproduced": found.reproduced,
        "doubts": _doubts(result),
    }
