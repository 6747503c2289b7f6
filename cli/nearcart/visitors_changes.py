"""``nearcart visitors change | link | unlink``: what is known of somebody who is enrolled."""

from pathlib import Path
from typing import Annotated, Any

import typer

from nearcart.visitors_commands import Config, Kind, fail, visitors_app

__all__ = ["visitors_app"]

Who = Annotated[str, typer.Argument(metavar="ID")]
Tag = Annotated[list[str] | None, typer.Option(help="A tag: UUID/MAJOR/MINOR, NAMESPACE/INSTANCE or a fixed address.")]
Card = Annotated[list[str] | None, typer.Option(help="A card, written as a tag is.")]
Band = Annotated[list[str] | None, typer.Option(help="A band or watch with a fixed address.")]
Irk = Annotated[list[str] | None, typer.Option(metavar="KEY", help="A phone's identity resolving key, 32 hex digits.")]

_SOON = "A running gateway takes it up within a second."


@visitors_app.command()
def change(
    visitor: Who,
    language: Annotated[str | None, typer.Option(help="The language she reads.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="Staff are never offered anything.")] = None,
    tier: Annotated[str | None, typer.Option(help="Her tier in the loyalty programme.")] = None,
    no_tier: Annotated[bool, typer.Option("--no-tier", help="She is in no tier any more.")] = False,
    segment: Annotated[list[str] | None, typer.Option(help="A segment she is in; all others end.")] = None,
    no_segments: Annotated[bool, typer.Option("--no-segments", help="She is in no segment any more.")] = False,
    config: Config = Path("store.yaml"),
) -> None:
    """Change facts about a visitor; what is not said stays."""
    from nearcart_gateway.shell.visitor_files import EnrolmentError
    from nearcart_gateway.shell.visitor_links import change_facts

    facts: dict[str, Any] = {} if language is None else {"language": language}
    facts |= {} if kind is None else {"kind": kind.value}
    facts |= {"tier": None} if no_tier else {} if tier is None else {"tier": tier}
    facts |= {"segments": frozenset(segment or ())} if segment or no_segments else {}
    if not facts:
        fail("say what to change: --language, --kind, --tier, --segment …")
    try:
        changed = change_facts(config, visitor, facts)
    except EnrolmentError as error:
        fail(str(error))
    typer.echo(f"{visitor} is at version {changed.version}. {_SOON}")


@visitors_app.command()
def link(
    visitor: Who,
    customer: Annotated[str | None, typer.Option(help="Her id in the online shop, which joins her to carts.")] = None,
    email: Annotated[str | None, typer.Option(help="Her e-mail address, of which only a keyed hash is kept.")] = None,
    loyalty: Annotated[str | None, typer.Option(help="Her loyalty number.")] = None,
    tag: Tag = None,
    card: Card = None,
    band: Band = None,
    irk: Irk = None,
    config: Config = Path("store.yaml"),
) -> None:
    """Join a visitor to a customer of the online shop, or let her carry one thing more."""
    from nearcart_gateway.shell.visitor_files import EnrolmentError
    from nearcart_gateway.shell.visitor_links import Link
    from nearcart_gateway.shell.visitor_links import link as link_visitor

    given: dict[Link, str | None] = {"customer": customer, "email": email, "loyalty": loyalty}
    links: dict[Link, str] = {name: value for name, value in given.items() if value is not None}
    carried = carried_things(tag, card, band, irk)
    if not links and not carried:
        fail("say what joins her: --customer, --email, --loyalty, --tag, --card, --band or --irk")
    try:
        record = link_visitor(config, visitor, links, carried)
    except EnrolmentError as error:
        fail(str(error))
    typer.echo(f"{visitor} is at version {record.visitor.version} and carries {len(record.identities)}. {_SOON}")


@visitors_app.command()
def unlink(
    visitor: Who,
    customer: Annotated[bool, typer.Option("--customer", help="Her id in the online shop.")] = False,
    email: Annotated[bool, typer.Option("--email", help="The hash of her e-mail address.")] = False,
    loyalty: Annotated[bool, typer.Option("--loyalty", help="Her loyalty number.")] = False,
    identity: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="A thing she carries: `visitors show` names it.")
    ] = None,
    config: Config = Path("store.yaml"),
) -> None:
    """Take apart what joins a visitor to the online shop, or a thing she carries from her."""
    from nearcart_gateway.shell.visitor_files import EnrolmentError
    from nearcart_gateway.shell.visitor_links import Link
    from nearcart_gateway.shell.visitor_links import unlink as unlink_visitor

    asked: dict[Link, bool] = {"customer": customer, "email": email, "loyalty": loyalty}
    links: list[Link] = [name for name, wanted in asked.items() if wanted]
    if not links and not identity:
        fail("say what to take apart: --customer, --email, --loyalty or --identity ID")
    try:
        record = unlink_visitor(config, visitor, links, identity or ())
    except EnrolmentError as error:
        fail(str(error))
    typer.echo(f"{visitor} is at version {record.visitor.version} and carries {len(record.identities)}. {_SOON}")


def carried_things(
    tag: list[str] | None, card: list[str] | None, band: list[str] | None, irk: list[str] | None
) -> list[tuple[str, str]]:
    """What was said of what she carries, as the gateway reads it."""
    things = {"tag": tag, "card": card, "band": band, "irk": irk}
    return [(kind, text) for kind, texts in things.items() for text in texts or ()]
