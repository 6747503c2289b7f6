"""``nearcart replay``: a capture through the same cores as in a store, faster than real time."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

if TYPE_CHECKING:
    from nearcart.replay import CartEvent, Step
    from nearcart_contract.radio_file import Radio
    from nearcart_contract.roster import Identity
    from nearcart_contract.store_file import Store
    from nearcart_gateway.core.engine import StoreEngine
    from nearcart_gateway.core.values import Decision


class _Refused(Exception):  # noqa: N818 (never leaves this file)
    """A file of the command's that can't be used, in a sentence."""


def replay(
    capture: Annotated[Path, typer.Argument(help="A *.capture.jsonl file.")],
    layout: Annotated[Path, typer.Option(help="A store.yaml, or a recording's layout.yaml.")],
    zones: Annotated[Path, typer.Option(help="Written: a line at each change of zone.")],
    positions: Annotated[Path | None, typer.Option(help="Written: a line at each belief of a position.")] = None,
    roster: Annotated[Path | None, typer.Option(help="Who is enrolled; without, whatever is decoded.")] = None,
    visitors: Annotated[Path | None, typer.Option(help="Visitors with what they carry, in place of a roster.")] = None,
    offers: Annotated[Path | None, typer.Option(help="A folder with offers/ and campaigns/.")] = None,
    carts: Annotated[Path | None, typer.Option(help="JSON lines of cart.updated and order.created events.")] = None,
    decisions: Annotated[Path | None, typer.Option(help="Written: a line for each decision.")] = None,
    radio: Annotated[Path | None, typer.Option(help="What nearcart calibrate wrote.")] = None,
    lag: Annotated[float, typer.Option(min=0, max=30, help="Seconds a position is held back to be corrected.")] = 0.0,
    plot: Annotated[Path | None, typer.Option(help="Drawn: the believed ways over the floor, *.svg or *.png.")] = None,
    truth: Annotated[Path | None, typer.Option(help="For --plot: where the tag truly was, drawn beside it.")] = None,
) -> None:
    """Run a recording through edge, locator, visits and decisions."""
    from nearcart.believed_ways import BelievedWays
    from nearcart.replay import Replay
    from nearcart_contract.capture import CaptureError, read_lines
    from nearcart_contract.truth import TruthError
    from nearcart_contract.yaml_file import FileProblems

    try:
        if truth is not None and plot is None:
            raise _Refused("--truth is drawn into a picture: say where, with --plot walk.svg")
        store = _store(layout)
        engine = _engine(store, offers, _radio(store, layout, radio), lag)
        identities = _enrol(engine, roster, visitors)
        run = Replay(engine, identities, _carts(carts))
        with ExitStack() as files, capture.open(encoding="utf-8") as lines:
            output = _Output(*(_write(files, path) for path in (zones, positions, decisions)))
            ways = None if plot is None else BelievedWays()
            for step in run.run(read_lines(lines)):
                output.take(step)
                if ways is not None:
                    ways.take(step)
        if plot is not None and ways is not None:
            ways.draw(plot, capture.name.split(".")[0].replace("_", " "), store, truth)
    except (FileProblems, CaptureError, TruthError, _Refused, ValueError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    for scanner in sorted(run.unknown_scanners):
        typer.echo(f"scanner '{scanner}' is not in {layout}: its packets were left out", err=True)
    typer.echo(f"{run.adverts} adverts, {output.moves} changes of zone, {output.decided} decisions", err=True)


class _Output:
    """Writes each step's lines. Unix seconds, metres."""

    def __init__(self, zones: TextIO | None, positions: TextIO | None, decisions: TextIO | None) -> None:
        self._zones, self._positions, self._decisions = zones, positions, decisions
        self._last: dict[str, str | None] = {}
        self.moves = 0
        self.decided = 0

    def take(self, step: "Step") -> None:
        for position in step.changes.positions:
            row = {"at": round(position.at, 3), "address": step.addresses.get(position.visitor, position.visitor)}
            if position.zone != self._last.get(position.visitor):
                self._last[position.visitor] = position.zone
                self.moves += 1
                _line(self._zones, {**row, "zone": position.zone})
            if position.x is not None and position.y is not None:
                _line(self._positions, {**row, "x": round(position.x, 3), "y": round(position.y, 3)})
        for decision in step.changes.decisions:
            self.decided += 1
            _line(self._decisions, _described(decision))


def _described(decision: "Decision") -> dict[str, object]:
    moment = decision.moment
    return {
        "at": round(moment.at, 3),
        "visitor": moment.visitor,
        "moment": moment.kind,
        "zone": moment.zone,
        "outcome": decision.outcome,
        "gate": decision.gate,
        "reason": decision.reason,
        "offer": decision.offer,
        "channel": decision.channel,
        "text": decision.text,
        "considered": [
            {"offer": c.offer, "gate": c.gate, "observed": c.observed, "required": c.required}
            for c in decision.considered
        ],
    }


def _store(path: Path) -> "Store":
    """The store of a store.yaml, or a nameless one with the best locator around a layout."""
    from nearcart_contract.store_file import Layout, Locate, Store
    from nearcart_contract.yaml_file import load_yaml, read_source

    data = read_source(path).data
    if isinstance(data, dict) and "store" in data:
        return load_yaml(path, Store)
    plan = load_yaml(path, Layout)
    return Store(
        store="replay",
        name="Replay",
        time_zone="UTC",
        currency="EUR",
        floor=plan.floor,
        zones=plan.zones,
        scanners=plan.scanners,
        locate=Locate(method="grid"),
    )


def _radio(store: "Store", layout: Path, given: Path | None) -> "Radio | None":
    """The calibration that is named, or else the store's."""
    from nearcart_contract.radio_file import Radio
    from nearcart_contract.yaml_file import load_yaml

    path = given or (layout.parent / store.radio if store.radio else None)
    return None if path is None else load_yaml(path, Radio)


def _engine(store: "Store", offers: Path | None, radio: "Radio | None", lag: float) -> "StoreEngine":
    from nearcart_gateway.core.cart_book import CartBook
    from nearcart_gateway.core.engine import StoreEngine
    from nearcart_gateway.core.ledger import Ledger
    from nearcart_gateway.core.locators import locator_of
    from nearcart_gateway.core.offers.compile import compile_offers
    from nearcart_gateway.shell.offer_files import check_folder

    compiled = compile_offers(store, {}, (), "none")
    if offers is not None:
        folder = offers / "offers" if (offers / "offers").is_dir() else offers
        compiled = check_folder(store, folder, folder.parent / "campaigns").compile(store)
    return StoreEngine(store, locator_of(store, store.locate, radio, lag=lag), compiled, CartBook(), Ledger())


def _enrol(engine: "StoreEngine", roster: Path | None, visitors: Path | None) -> "list[Identity] | None":
    """Enrol who is named; ``None`` when nobody is, so that whatever is decoded counts."""
    from nearcart_contract.roster import RosterFile
    from nearcart_contract.visitors_file import VisitorsFile
    from nearcart_contract.yaml_file import load_yaml
    from nearcart_gateway.core.engine import Enrolled
    from nearcart_gateway.core.values import Visitor

    if visitors is not None:
        entries = load_yaml(visitors, VisitorsFile).visitors
        engine.enrol(
            Enrolled(
                Visitor(v.id, v.kind, v.customer, v.language, frozenset(v.consents)), tuple(i.id for i in v.identities)
            )
            for v in entries
        )
        return [identity for entry in entries for identity in entry.identities]
    if roster is None:
        return None
    identities = list(load_yaml(roster, RosterFile).identities)
    engine.enrol(Enrolled(Visitor(i.id, consents=frozenset({"measurement"})), (i.id,)) for i in identities)
    return identities


def _carts(path: Path | None) -> "list[CartEvent]":
    from pydantic import TypeAdapter, ValidationError

    from nearcart_contract.cart import GenericEvent, ShopEvent
    from nearcart_gateway.core.hooks.standard import change_of

    adapter: TypeAdapter[ShopEvent] = TypeAdapter(GenericEvent)
    events: list[CartEvent] = []
    for number, line in _numbered(path):
        try:
            event = adapter.validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise _Refused(f"{path}, line {number}: {where}: {first['msg']}") from None
        events.append((event.timestamp.timestamp(), change_of(event, event.data.source)))
    return events


def _numbered(path: Path | None) -> Iterator[tuple[int, str]]:
    if path is not None:
        yield from (
            (number, line)
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
            if line.strip()
        )


def _write(files: ExitStack, path: Path | None) -> TextIO | None:
    return None if path is None else files.enter_context(path.open("w", encoding="utf-8"))


def _line(file: TextIO | None, row: dict[str, object]) -> None:
    if file is not None:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
