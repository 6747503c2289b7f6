"""``nearcart visitors …``: who is enrolled, with what they carry and what they agreed to."""

import json
import os
import time
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

visitors_app = typer.Typer(help="Enrol, list, show and remove visitors.", no_args_is_help=True)

Config = Annotated[Path, typer.Option(help="The store's file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Kind(StrEnum):
    visitor = "visitor"
    staff = "staff"
    test = "test"


class Consent(StrEnum):
    offers = "offers"
    measurement = "measurement"
    health = "health"


@visitors_app.command()
def add(
    visitor: Annotated[str, typer.Argument(metavar="ID", help="Her name here: a-z, 0-9 and hyphen.")],
    tag: Annotated[
        list[str] | None,
        typer.Option(help="The tag she carries: UUID/MAJOR/MINOR, NAMESPACE/INSTANCE or a fixed address."),
    ] = None,
    card: Annotated[list[str] | None, typer.Option(help="The card she carries, written as a tag is.")] = None,
    band: Annotated[list[str] | None, typer.Option(help="The band or watch she wears, by its fixed address.")] = None,
    ibeacon: Annotated[str | None, typer.Option(metavar="UUID/MAJOR/MINOR", help="The iBeacon she carries.")] = None,
    eddystone: Annotated[
        str | None, typer.Option(metavar="NAMESPACE/INSTANCE", help="The Eddystone-UID she carries.")
    ] = None,
    altbeacon: Annotated[str | None, typer.Option(metavar="ID1/ID2/ID3", help="The AltBeacon she carries.")] = None,
    address: Annotated[
        str | None, typer.Option(metavar="AA:BB:CC:DD:EE:FF", help="Her device's fixed address.")
    ] = None,
    irk: Annotated[
        str | None, typer.Option(metavar="KEY", help="Her phone's identity resolving key, 32 hex digits.")
    ] = None,
    eid: Annotated[
        str | None, typer.Option(metavar="KEY/EXPONENT/OFFSET", help="The rolling Eddystone-EID she carries.")
    ] = None,
    bthome: Annotated[
        str | None, typer.Option(metavar="ADDRESS/KEY", help="The BTHome device she carries, with its bind key.")
    ] = None,
    customer: Annotated[str | None, typer.Option(help="Her id in the online shop, which joins her to carts.")] = None,
    consent: Annotated[
        list[Consent] | None, typer.Option(help="What she agreed to; without any she is never looked for.")
    ] = None,
    kind: Annotated[Kind, typer.Option(help="Staff are never offered anything.")] = Kind.visitor,
    segment: Annotated[list[str] | None, typer.Option(help="A segment she is in.")] = None,
    tier: Annotated[str | None, typer.Option(help="Her tier in the loyalty programme.")] = None,
    loyalty: Annotated[str | None, typer.Option(help="Her loyalty number.")] = None,
    email: Annotated[str | None, typer.Option(help="Her e-mail address, of which only a keyed hash is kept.")] = None,
    language: Annotated[str, typer.Option(help="The language she reads.")] = "en",
    config: Config = Path("store.yaml"),
) -> None:
    """Enrol a visitor by what she carries."""
    from nearcart_gateway.shell.visitor_files import EnrolmentError, enrol

    carried = {"tag": tag, "card": card, "band": band}
    one_of_each = {"ibeacon": ibeacon, "eddystone-uid": eddystone, "altbeacon": altbeacon, "address": address}
    one_of_each |= {"irk": irk, "eddystone-eid": eid, "bthome": bthome}
    carried |= {name: None if text is None else [text] for name, text in one_of_each.items()}
    try:
        enrol(
            config,
            visitor,
            carried=[(name, text) for name, texts in carried.items() for text in texts or ()],
            customer=customer,
            consents=[str(purpose) for purpose in consent or ()],
            kind=kind.value,
            language=language,
            segments=segment or (),
            tier=tier,
            loyalty=loyalty,
            email=email,
            now=time.time(),
        )
    except EnrolmentError as error:
        fail(str(error))
    typer.echo(f"{visitor} is enrolled. A running gateway takes it up within a second.")


@visitors_app.command("list")
def list_visitors(config: Config = Path("store.yaml"), as_json: AsJson = False) -> None:
    """Everybody who is enrolled."""
    rows = _described(config)
    if as_json:
        typer.echo(json.dumps(rows))
    elif not rows:
        typer.echo(
            "Nobody is enrolled. Enrol somebody: nearcart visitors add anna --ibeacon UUID/MAJOR/MINOR --consent offers"
        )
    for row in rows if not as_json else []:
        consents = ", ".join(row["consents"]) or "nothing"
        customer = f", customer {row['customer']}" if row["customer"] else ""
        typer.echo(f"{row['id']}: {row['kind']}{customer}, agreed to {consents}, carries {_carried(row)}")


@visitors_app.command()
def show(
    visitor: Annotated[str, typer.Argument(metavar="ID")], config: Config = Path("store.yaml"), as_json: AsJson = False
) -> None:
    """One visitor."""
    for row in _described(config):
        if row["id"] == visitor:
            typer.echo(json.dumps(row) if as_json else "\n".join(f"{name}: {value}" for name, value in row.items()))
            return
    fail(f"nobody is enrolled as '{visitor}'; `nearcart visitors list` shows who is")


@visitors_app.command()
def consent(
    visitor: Annotated[str, typer.Argument(metavar="ID")],
    purpose: Annotated[
        str | None, typer.Argument(help="offers, measurement, health …; none: show the history.")
    ] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="She takes it back.")] = False,
    channel: Annotated[str | None, typer.Option(help="Through this channel only.")] = None,
    text: Annotated[str | None, typer.Option(help="The version of the text she was shown.")] = None,
    source: Annotated[str, typer.Option(help="Where she said so.")] = "operator",
    config: Config = Path("store.yaml"),
) -> None:
    """Take down a consent she gives or withdraws, or show all she ever said."""
    from nearcart_gateway.core.consents import ConsentChange
    from nearcart_gateway.shell.visitor_files import EnrolmentError, change_consent, consent_history

    try:
        if purpose is not None:
            change_consent(config, visitor, ConsentChange(purpose, not withdraw, time.time(), channel, text, source))
        history = consent_history(config, visitor)
    except EnrolmentError as error:
        fail(str(error))
    for said in history:
        at = datetime.fromtimestamp(said.at, UTC).isoformat(timespec="seconds")
        shown = f", text {said.text_version}" if said.text_version else ""
        typer.echo(f"{at} {'gave' if said.given else 'withdrew'} {said.name}{shown}, by {said.source}")


@visitors_app.command()
def page(
    visitor: Annotated[str, typer.Argument(metavar="ID")],
    close: Annotated[bool, typer.Option("--close", help="Let her link open nothing any more.")] = False,
    config: Config = Path("store.yaml"),
) -> None:
    """Make a link to her own page. It is shown once; a link from before opens nothing any more."""
    from nearcart_gateway.shell.own_page_links import close_link, make_link
    from nearcart_gateway.shell.visitor_files import EnrolmentError

    try:
        if close:
            had = close_link(config, visitor)
            typer.echo(f"{visitor}'s link is closed." if had else f"{visitor} had no link.")
        else:
            typer.echo(make_link(config, visitor, time.time()))
    except EnrolmentError as error:
        fail(str(error))


@visitors_app.command()
def export(
    visitor: Annotated[str, typer.Argument(metavar="ID")],
    out: Annotated[Path, typer.Option(help="The JSON file to write; it must not be there yet.")],
    config: Config = Path("store.yaml"),
) -> None:
    """Write everything that is kept of a visitor to a file that only you can read."""
    from nearcart_gateway.shell.visitor_files import EnrolmentError, exported, note_export

    try:
        note_export(config, visitor, out)
        text = json.dumps(exported(config, visitor), indent=2, ensure_ascii=False)
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text + "\n")
    except (EnrolmentError, OSError) as error:
        fail(str(error))
    typer.echo(f"{out} holds everything that is kept of {visitor}, the keys of what she carries included.")
    typer.echo("While it lies there, `nearcart visitors erase` deletes it too.")


@visitors_app.command()
def remove(visitor: Annotated[str, typer.Argument(metavar="ID")], config: Config = Path("store.yaml")) -> None:
    """Take a visitor and what she carries off the list; her device is a stranger from then on."""
    from nearcart_gateway.shell.visitor_files import EnrolmentError, withdraw

    try:
        withdraw(config, visitor)
    except EnrolmentError as error:
        fail(str(error))
    typer.echo(f"{visitor} is removed.")


def _described(config: Path) -> list[dict[str, Any]]:
    from nearcart_gateway.shell.visitor_files import EnrolmentError, described

    try:
        return described(config)
    except EnrolmentError as error:
        fail(str(error))


def _carried(row: dict[str, Any]) -> str:
    return ", ".join(identity["kind"] for identity in row["identities"]) or "nothing"


def fail(text: str) -> NoReturn:
    """Say what is wrong, and end."""
    typer.echo(text, err=True)
    raise typer.Exit(1)
