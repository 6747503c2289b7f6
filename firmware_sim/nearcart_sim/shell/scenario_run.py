"""Runs a scenario into files: capture, truth, visits, purchases, carts, layout, roster and visitors."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from nearcart_contract.roster import RosterFile
from nearcart_contract.store_file import Layout
from nearcart_sim.core.air.lines import CaptureLines, texts, truth_blocks
from nearcart_sim.core.days.play import CHUNK_S, Chunk, Play
from nearcart_sim.core.days.purchases import purchase_lines
from nearcart_sim.core.days.shop_records import cart_lines, visitors_file
from nearcart_sim.core.days.visits import visit_lines

Progress = Callable[[float], None]
"""Told how many seconds of the scenario are done."""


@dataclass(frozen=True, slots=True)
class Files:
    """What to write, and where."""

    capture: Path | None = None
    truth: Path | None = None
    visits: Path | None = None
    layout: Path | None = None
    roster: Path | None = None
    purchases: Path | None = None
    carts: Path | None = None
    visitors: Path | None = None


@dataclass(frozen=True, slots=True)
class Ran:
    """What came out. ``sent``: advertising events; ``heard``: packets, one for each scanner that heard them."""

    visits: int
    sent: int
    heard: int


def write_run(
    play: Play, files: Files, progress: Progress = lambda _: None, also: Callable[[Chunk], None] = lambda _: None
) -> Ran:
    """Play all of it; ``also`` gets every chunk, too. Raises ``OSError`` where a file can't be written."""
    lines = CaptureLines(play.scanners)
    sent = heard = 0
    with ExitStack() as stack:
        capture, truth = (_opened(stack, path) for path in (files.capture, files.truth))
        for chunk in play.chunks(places=truth is not None):
            sent, heard = sent + len(chunk.events), heard + len(chunk.heard)
            if capture is not None:
                capture.writelines(_capture(play, lines, chunk))
            if truth is not None:
                truth.writelines(truth_lines(play, chunk))
            also(chunk)
            progress(min(play.seconds, chunk.begins / 1e6 + CHUNK_S))
    write_people(play, files)
    return Ran(len(play.carriers), sent, heard)


def write_people(play: Play, files: Files) -> None:
    """Everything that is known without playing; of ``files``, all but capture and truth. Raises ``OSError``."""
    for path, lines in ((files.visits, visit_lines), (files.purchases, purchase_lines), (files.carts, cart_lines)):
        if path is not None:
            path.write_text("".join(f"{line}\n" for line in lines(play)), encoding="utf-8")
    if files.layout is not None:
        files.layout.write_text(layout_text(play.layout), encoding="utf-8")
    if files.roster is not None:
        roster = RosterFile(identities=tuple(play.roster()))
        text = roster.model_dump_json(indent=1, exclude={"identities": _UNSAID})
        files.roster.write_text(text, encoding="utf-8")
    if files.visitors is not None:
        text = visitors_file(play).model_dump_json(indent=1, exclude={"visitors": {"__all__": {"identities": _UNSAID}}})
        files.visitors.write_text(text, encoding="utf-8")


_UNSAID = {"__all__": {"health"}}


def layout_text(layout: Layout) -> str:
    """A layout.yaml: one scanner a line, as recordings have them."""
    lines = ["# Positions in metres, x to the right, y down."]
    if layout.floor is not None:
        lines.append(f"floor: {{width: {layout.floor.width:g}, height: {layout.floor.height:g}}}")
    lines.append("scanners:")
    for name, scanner in layout.scanners.items():
        edge = f", edge: {scanner.edge}" if scanner.edge else ""
        lines.append(f"  {name}: {{x: {scanner.x:g}, y: {scanner.y:g}, z: {scanner.z:g}, zone: {scanner.zone}{edge}}}")
    if layout.zones:
        lines.append("zones:")
    for name, zone in layout.zones.items():
        corners = ", ".join(f"[{x:g}, {y:g}]" for x, y in zone.polygon or ())
        lines.append(f"  {name}: {{polygon: [{corners}]}}" if corners else f"  {name}: {{}}")
    return "\n".join(lines) + "\n"


def _capture(play: Play, lines: CaptureLines, chunk: Chunk) -> Iterator[bytes]:
    heard = chunk.heard
    at = play.outages.stamped(heard) + play.starts_at_us
    return lines.blocks(at, heard.scanner, chunk.events.broadcast[heard.event], heard.rssi, chunk.broadcasts)


def truth_lines(play: Play, chunk: Chunk) -> Iterator[bytes]:
    places = chunk.places
    assert places is not None
    addresses = texts(broadcast.address for broadcast in chunk.broadcasts)[places.broadcast]
    shoppers = texts(carrier.name for carrier in chunk.carriers)[places.carrier]
    zones = texts(play.zones.names)[places.zone]
    return truth_blocks(places.at + play.starts_at_us, addresses, shoppers, places.x, places.y, zones)


def _opened(stack: ExitStack, path: Path | None) -> BinaryIO | None:
    return stack.enter_context(path.open("wb")) if path is not None else None
