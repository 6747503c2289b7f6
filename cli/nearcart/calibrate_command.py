"""``nearcart calibrate``: from survey walks, or from nothing but what was heard, to a radio.yaml."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearcart.layout_files import load_layout

if TYPE_CHECKING:
    from nearcart_contract.radio_file import Radio
    from nearcart_contract.store_file import Layout
    from nearcart_gateway.core.location.calibrate import Walk


class _Refused(Exception):  # noqa: N818 (never leaves this file)
    """A file of the command's that can't be used, in a sentence."""


def calibrate(
    capture: Annotated[list[Path], typer.Option(help="A walk's *.capture.jsonl; may be given several times.")],
    layout: Annotated[Path, typer.Option(help="A store.yaml, or a recording's layout.yaml.")],
    out: Annotated[Path, typer.Option(help="Written: radio.yaml; name it in store.yaml as radio.")],
    truth: Annotated[
        list[Path] | None,
        typer.Option(help="Where the tag was, one file for each capture; leave out without a survey."),
    ] = None,
) -> None:
    """Learn the store's radio from walks with a tag.

    With --truth it says how well it locates a walk that it did not learn from. A calibration that is there already and does
    better on these walks stays.
    """
    from nearcart_contract.yaml_file import FileProblems

    try:
        plan = load_layout(layout)
        walks = _walks(capture, truth or [])
        radio, said = _survey(plan, walks, out) if truth else _heard(plan, walks)
    except (FileProblems, _Refused, ValueError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(said)
    if radio is not None:
        out.write_text(_text(radio), encoding="utf-8")


def _heard(layout: "Layout", walks: "list[Walk]") -> "tuple[Radio, str]":
    from nearcart_gateway.core.location.calibrate import from_what_was_heard

    radio = from_what_was_heard(layout, walks)
    return (
        radio,
        f"fitted to what {len(radio.scanners)} scanners heard; a walk with --truth would say how well it locates",
    )


def _survey(layout: "Layout", walks: "list[Walk]", out: Path) -> "tuple[Radio | None, str]":
    """The new calibration, or ``None`` when the one that is there does better; and a sentence."""
    from nearcart_contract.radio_file import Radio
    from nearcart_contract.yaml_file import load_yaml
    from nearcart_gateway.core.location.calibrate import from_survey
    from nearcart_gateway.core.location.score import held_out, score

    radio = from_survey(layout, walks)
    new = held_out(layout, walks)
    said = f"on walks it did not learn from: {new}"
    if out.exists():
        old = score(layout, load_yaml(out, Radio), walks)
        if old.better_than(new):
            return None, f"{said}\n{out} stays as it is: on these walks it reaches {old}"
    return radio, said


def _walks(captures: list[Path], truths: list[Path]) -> "list[Walk]":
    if truths and len(truths) != len(captures):
        raise _Refused(
            f"{len(captures)} captures and {len(truths)} truths: each --capture needs its --truth, in that order"
        )
    paired: list[Path | None] = [*truths] if truths else [None] * len(captures)
    return [walk for capture, truth in zip(captures, paired, strict=True) for walk in _walks_of(capture, truth)]


def _walks_of(capture: Path, truth: Path | None) -> "list[Walk]":
    """One walk for each tag in a capture: with a truth the tag it names, without one every beacon that is decoded."""
    from nearcart_contract.capture import CaptureError, read_lines
    from nearcart_contract.truth import TruthError, read_truth
    from nearcart_edge.core.decode import Decoder
    from nearcart_gateway.core.location.calibrate import Walk

    try:
        with capture.open(encoding="utf-8") as lines:
            adverts = [advert for advert in read_lines(lines) if advert.rssi is not None]
        places = [] if truth is None else list(read_truth(truth.read_text(encoding="utf-8").splitlines()))
    except (CaptureError, TruthError) as error:
        raise _Refused(f"{capture if isinstance(error, CaptureError) else truth}: {error}") from None
    decoder = Decoder()
    named = {place.address for place in places if place.address is not None}
    tags = named or {advert.address for advert in adverts if decoder.decode(advert)}
    walks = []
    for tag in sorted(tags):
        packets = tuple((a.at, a.scanner, a.rssi) for a in adverts if a.address == tag and a.rssi is not None)
        walks.append(Walk(packets, tuple((p.at, p.x, p.y) for p in places if p.address in (None, tag))))
    return walks


def _text(radio: "Radio") -> str:
    """YAML by hand: a scanner a block, its survey points on lines of their own, so that a diff can be read."""
    lines = [
        "# What `nearcart calibrate` learnt of this store's radio. power: dBm at 1 m; survey: [x, y, dBm, packets]."
    ]
    lines += [f"{name}: {json.dumps(value)}" for name, value in radio.model_dump(exclude={"scanners"}).items()]
    lines.append("scanners:")
    for name, scanner in radio.scanners.items():
        lines.append(f"  {name}:")
        lines.append(f"    power: {scanner.power}")
        lines.append(f"    exponent: {scanner.exponent}")
        if scanner.survey:
            lines.append("    survey:")
            lines += [f"      - {json.dumps(point)}" for point in scanner.survey]
    return "\n".join(lines) + "\n"
