"""``nearcart visitors complaint``: what somebody complained of, as reports count it."""

import json
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearcart.store_time import store_time
from nearcart.visitors_commands import AsJson, Config, fail
from nearcart.visitors_people import visitors_app

if TYPE_CHECKING:
    from nearcart_gateway.core.complaints import Complaint

__all__ = ["visitors_app"]


@visitors_app.command()
def complaint(
    visitor: Annotated[str, typer.Argument(metavar="ID")],
    words: Annotated[str | None, typer.Argument(help="What she said, in short; no report shows it.")] = None,
    channel: Annotated[str | None, typer.Option(help="Of offers through this channel.")] = None,
    campaign: Annotated[str | None, typer.Option(help="Of this campaign.")] = None,
    offer: Annotated[str | None, typer.Option(help="Of this offer.")] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When: 14:05 today, or 2026-11-25T14:05; else now.")
    ] = None,
    source: Annotated[str, typer.Option(help="Where she said so.")] = "operator",
    show: Annotated[bool, typer.Option("--list", help="Write nothing down: show what she complained of.")] = False,
    as_json: AsJson = False,
    config: Config = Path("store.yaml"),
) -> None:
    """Write down that a visitor complained; reports count it by arm, beside those who took back their consent."""
    from nearcart_contract.store_file import Store
    from nearcart_contract.yaml_file import FileProblems, load_yaml
    from nearcart_gateway.core.complaints import LONGEST, Complaint
    from nearcart_gateway.shell.visitor_files import EnrolmentError, complaints_of, take_complaint

    now = time.time()
    if words is not None and len(words) > LONGEST:
        fail(f"{len(words)} characters are too many words: at most {LONGEST} are kept")
    try:
        if not show:
            said = Complaint(
                now if at is None else store_time(at, load_yaml(config, Store).zone_info),
                channel,
                campaign,
                offer,
                words or None,
                source,
            )
            new = take_complaint(config, visitor, said, now)
            typer.echo("Written down." if new else "That was written down before.", err=as_json)
        found = complaints_of(config, visitor)
    except (EnrolmentError, FileProblems, ValueError) as error:
        fail(str(error))
    for each in found:
        typer.echo(json.dumps(asdict(each), ensure_ascii=False) if as_json else _line(each))


def _line(each: "Complaint") -> str:
    at = datetime.fromtimestamp(each.at, UTC).isoformat(timespec="seconds")
    told = (("through", each.channel), ("campaign", each.campaign), ("offer", each.offer), ("by", each.source))
    about = ", ".join(f"{what} {name}" for what, name in told if name)
    return f"{at} {about}{f': {each.words}' if each.words else ''}"
