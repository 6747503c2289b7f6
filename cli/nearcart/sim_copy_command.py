"""``nearcart sim copy``: a recorded walk once more, through simulated radio."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearcart_contract.problem import FileProblems

if TYPE_CHECKING:
    from nearcart_contract.advertisement import Advertisement
    from nearcart_contract.store_file import Layout
    from nearcart_contract.truth import TruthLine
    from nearcart_sim.core.air.copy import Packet


def copy(
    layout: Annotated[Path, typer.Option(help="The recording's layout, or a store.yaml.")],
    truth: Annotated[Path, typer.Option(help="Where the tag was.")],
    capture: Annotated[
        Path, typer.Option(help="What was heard of it: its law of distance and interval are taken over.")
    ],
    out: Annotated[Path, typer.Option(help="Written: the capture of the simulated walk.")],
    seed: Annotated[int, typer.Option(help="The same seed is the same room: its shadows lie where they lay.")] = 0,
) -> None:
    """Walk a recorded walk again through a simulated room that is like the recorded one.

    For whoever asks whether a locator's figures on simulated radio mean something: score both.
    """
    from nearcart_contract.capture import CaptureError, format_line
    from nearcart_contract.truth import TruthError

    try:
        heard, copied, said = _copied(layout, truth, capture, seed)
        lines = (
            format_line(replace(heard, at=round(at, 4), scanner=scanner, rssi=rssi)) for at, scanner, rssi in copied
        )
        out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except (FileProblems, CaptureError, TruthError, ValueError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(said, err=True)


def _copied(layout: Path, truth: Path, capture: Path, seed: int) -> "tuple[Advertisement, Sequence[Packet], str]":
    """One packet of the tag as a pattern, the simulated ones, and a sentence."""
    from nearcart_contract.capture import read_lines
    from nearcart_contract.truth import read_truth
    from nearcart_sim.core.air.copy import Beacon, walk_again
    from nearcart_sim.core.rooms.law import law_of

    plan = _layout(layout)
    with truth.open(encoding="utf-8") as lines:
        address, places = _one_tag(list(read_truth(lines)))
    with capture.open(encoding="utf-8") as lines:
        adverts = [advert for advert in read_lines(lines) if address is None or advert.address == address]
    packets = [(advert.at, advert.scanner, advert.rssi) for advert in adverts if advert.rssi is not None]
    law = law_of(plan, places, packets)
    copied = walk_again(plan, places, Beacon(law.interval_ms), law.parameters(), seed)
    said = (
        f"{len(copied):,} packets where {len(packets):,} were recorded; "
        f"exponent {law.exponent:g}, a tag of {law.interval_ms:g} ms, {len(law.scanner_db)} scanners as loud as they were"
    )
    return adverts[0], copied, said


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
