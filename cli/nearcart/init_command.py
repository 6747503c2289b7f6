"""``nearcart init DIR``."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from nearcart_gateway.shell.init.bridge_files import Bridged
    from nearcart_gateway.shell.init.write import Written


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The store's folder; made if need be.")],
    store: Annotated[str, typer.Option(help="The store's name, as people call it.")] = "My Store",
    edges: Annotated[str, typer.Option(help="The edges, one a zone: a,b,c.")] = "entrance,aisle,checkout",
    bridge: Annotated[
        str, typer.Option(metavar="NAME=KIND,…", help="Scanners of other makers: espresense, theengs, openmqttgateway.")
    ] = "",
    gateway: Annotated[
        str, typer.Option(metavar="HOST", help="The gateway's address as the edges see it.")
    ] = "127.0.0.1",
    time_zone: Annotated[str, typer.Option(help="IANA time zone.")] = "Europe/Vienna",
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "EUR",
) -> None:
    """Write the files of a new store: store.yaml, one edge.yaml an edge, Mosquitto's, a campaign and three offers."""
    from nearcart_gateway.shell.init.plan import NewStore
    from nearcart_gateway.shell.init.write import HalfThereError, write_store

    names = tuple(dict.fromkeys(name.strip() for name in edges.split(",") if name.strip()))
    bridged = _bridged(bridge)
    _check_names(names, tuple(each.name for each in bridged))
    store_id = re.sub(r"[^a-z0-9]+", "-", store.lower()).strip("-")[:64]
    if not store_id:
        _fail(f"--store '{store}' has no letter a-z or digit to make an id of: add one")
    _check_place(time_zone, currency, gateway)
    new = NewStore(store_id, store, names, time_zone=time_zone, currency=currency, broker_host=gateway, bridged=bridged)
    try:
        _print(folder, write_store(folder, new), bridged=bool(bridged))
    except HalfThereError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"can't write to {folder}: {error.strerror}. Choose a folder that you may write to.")


def _bridged(text: str) -> "tuple[Bridged, ...]":
    from typing import get_args

    from nearcart_contract.bridge_file import ScannerKind
    from nearcart_contract.problem import allowed_words
    from nearcart_gateway.shell.init.bridge_files import Bridged

    kinds: tuple[ScannerKind, ...] = get_args(ScannerKind)
    found: dict[str, Bridged] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, word = map(str.strip, part.partition("="))
        kind = next((kind for kind in kinds if kind == word), None)
        if kind is None:
            _fail(
                f"--bridge '{part}': write a scanner's name and kind, such as wine=espresense; {allowed_words(word, kinds)}"
            )
        if name in found:
            _fail(f"--bridge names '{name}' twice: each scanner has its own name")
        found[name] = Bridged(name, kind)
    return tuple(found.values())


def _check_names(edges: tuple[str, ...], bridged: tuple[str, ...]) -> None:
    from nearcart_contract.names import NAME_PATTERN

    if not edges and not bridged:
        _fail("--edges names no edge: write names with commas between, such as entrance,wine,checkout")
    for what, names in (("edge", edges), ("scanner", bridged)):
        for name in names:
            if not re.match(NAME_PATTERN, name):
                _fail(f"{what} '{name}' must be 1 to 64 of a-z, 0-9 and hyphen")
    for name in edges:
        if name in bridged:
            _fail(f"'{name}' is an edge and a scanner of --bridge: name it once")
        if bridged and (name == "bridge" or name.startswith("bridge-")):
            _fail(f"edge '{name}' would be taken for the bridge: choose another name")


def _check_place(time_zone: str, currency: str, gateway: str) -> None:
    from zoneinfo import available_timezones

    if time_zone not in available_timezones():
        _fail(f"--time-zone '{time_zone}' is not an IANA time zone such as Europe/Istanbul")
    if not re.fullmatch(r"[A-Z]{3}", currency):
        _fail(f"--currency '{currency}' is not a code of three capital letters such as EUR")
    if not re.fullmatch(r"[A-Za-z0-9.:-]+", gateway):
        _fail(f"--gateway '{gateway}' is not a host name or address such as gateway.local")


def _print(folder: Path, written: "Written", *, bridged: bool) -> None:
    for path in written.written:
        typer.echo(f"wrote {folder / path}")
    for path in written.kept:
        typer.echo(f"kept  {folder / path}: it was there already")
    typer.echo(
        f"\nNext:\n"
        f"  1. correct the floor plan in {folder / 'store.yaml'}, then: nearcart offers check {folder}\n"
        f"  2. start the broker:   mosquitto -c {folder / 'mosquitto' / 'mosquitto.conf'}\n"
        f"  3. start the gateway:  nearcart gateway run --config {folder / 'store.yaml'}\n"
        f"  4. copy each edge-NAME.yaml to its Raspberry Pi and start there: nearcart edge run --config edge-NAME.yaml\n"
        f"  5. enrol a visitor:    nearcart visitors add anna --ibeacon UUID/MAJOR/MINOR --consent offers "
        f"--config {folder / 'store.yaml'}\n"
        + (
            f"     beside the gateway:  nearcart edge bridge --config {folder / 'bridge.yaml'}; its last lines say what to type "
            "into the scanners\n"
            if bridged
            else ""
        )
        + "The files with passwords can be read by you only; keep them out of git."
    )


def _fail(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(1)
