"""``nearcart sim copy``: a recorded walk once more, through simulated radio."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearcart.waiting_bar import WaitingBar
from nearcart_contract.problem import FileProblems

if TYPE_CHECKING:
    from nearcart_contract.advertisement import Advertisement
    from nearcart_contract.store_file import Layout
    from nearcart_contract.truth import TruthLine
    from nearcart_sim.core.air.copy import Packet
    from nearcart_sim.core.rooms.radio_parameters import RadioParameters


def copy(
    layout: Annotated[Path, typer.Option(help="The recording's layout, or a store.yaml.")],
    truth: Annotated[Path, typer.Option(help="Where the tag was.")],
    capture: Annotated[
        Path, typer.Option(help="What was heard of it: the room's radio and the tag's interval are found from it.")
    ],
    out: Annotated[Path, typer.Option(help="Written: the capture of the simulated walk.")],
    seed: Annotated[int, typer.Option(help="Another seed is another walk, and other shadows where nobody walked.")] = 0,
    room: Annotated[
        Path | None, typer.Option(help="Also write the room found, as a scenario has it: for its radio:.")
    ] = None,
) -> None:
    """Walk a recorded walk again through a simulated room that is like the recorded one.

    For whoever asks whether a locator's figures on simulated radio mean something: score both.
    """
    from nearcart_contract.capture import CaptureError, format_line
    from nearcart_contract.truth import TruthError

    try:
        heard, copied, found, said = _copied(layout, truth, capture, seed)
        lines = (
            format_line(replace(heard, at=round(at, 4), scanner=scanner, rssi=rssi)) for at, scanner, rssi in copied
        )
        out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        if room is not None:
            room.write_text(_as_yaml(found), encoding="utf-8")
    except (FileProblems, CaptureError, TruthError, ValueError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(said, err=True)


def _copied(
    layout: Path, truth: Path, capture: Path, seed: int
) -> "tuple[Advertisement, Sequence[Packet], RadioParameters, str]":
    """One packet of the tag as a pattern, the simulated ones, the room, and a sentence."""
    from nearcart_contract.capture import read_lines
    from nearcart_contract.truth import read_truth
    from nearcart_sim.core.air.copy import Beacon, walk_again
    from nearcart_sim.core.rooms.recorded_room import recorded_room

    plan = _layout(layout)
    with truth.open(encoding="utf-8") as lines:
        address, places = _one_tag(list(read_truth(lines)))
    with capture.open(encoding="utf-8") as lines:
        adverts = [advert for advert in read_lines(lines) if address is None or advert.address == address]
    packets = [(advert.at, advert.scanner, advert.rssi) for advert in adverts if advert.rssi is not None]
    with WaitingBar() as bar:
        room = recorded_room(plan, places, packets, lambda done, most: bar.show("fit", done, most))
    rhythm, radio = room.law.rhythm, room.parameters
    copied = walk_again(plan, places, Beacon(rhythm.interval_ms, silent=rhythm.silent), radio, seed)
    said = (
        f"{len(copied):,} packets where {len(packets):,} were recorded; exponent {radio.exponent:g}, a tag of {rhythm.interval_ms:g} ms, "
        f"{len(radio.scanner_db)} scanners as loud as they were; shadows of {radio.shadowing_db:g} dB, measured at "
        f"{sum(map(len, radio.measured.values())):,} places; drift of {radio.drift_db:g} dB"
    )
    return adverts[0], copied, radio, said


def _as_yaml(room: "RadioParameters") -> str:
    """What differs from the defaults, a measured place a line."""
    plain = room.model_dump(mode="json", exclude={"measured"}, exclude_defaults=True)
    lines = ["radio:", *(f"  {name}: {json.dumps(value)}" for name, value in plain.items()), "  measured:"]
    for scanner, levels in room.measured.items():
        lines += [f"    {scanner}:", *(f"      - {list(level)}" for level in levels)]
    return "\n".join(lines) + "\n"


def _one_tag(lines: "list[TruthLine]") -> "tuple[str | None, list[tuple[float, float, float]]]":
    """The first tag's address, and its places in order of time."""
    if not lines:
        raise ValueError("the truth has no line: there is no walk")
    address = lines[0].address
    return address, sorted({line.at: (line.at, line.x, line.y) for line in lines if line.address == address}.values())


def _layout(path: Path) -> "Layout":
    from nearcart_contract.store_file import Layout, Store
    from nearcart_contract.yaml_file import load_yaml, read_source

    data = read_source(path).data
    return load_yaml(path, Store if isinstance(data, dict) and "store" in data else Layout)
