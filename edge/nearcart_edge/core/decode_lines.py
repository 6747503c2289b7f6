"""Capture lines in, decoded lines out: what ``nearcart decode`` prints."""

import json
from collections.abc import Iterable, Iterator, Sequence

from nearcart_contract.capture import CaptureError, parse_line
from nearcart_contract.roster import Identity
from nearcart_edge.core.decode import Decoder
from nearcart_edge.core.formats.frame import Frame
from nearcart_edge.core.identify import Identifier


def decode_lines(lines: Iterable[str | bytes], roster: Iterable[Identity] | None = None) -> Iterator[tuple[bool, str]]:
    """For each line but blank ones whether it could be read, and a line of JSON: the frames, or an ``error``.

    With ``roster`` each has an ``identity``, which is null where that advertisement alone proves nobody.
    """
    decoder = Decoder()
    identifier = None if roster is None else Identifier(roster)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            advertisement = parse_line(line)
        except CaptureError as error:
            yield False, json.dumps({"error": f"line {number}: {error}"})
            continue
        frames: Sequence[Frame] = decoder.decode(advertisement)
        if identifier is not None:
            if identifier.rolls(advertisement.at):
                identifier.roll(advertisement.at)
            frames = identifier.open(advertisement, frames)
        row: dict[str, object] = {
            "at": advertisement.at,
            "address": advertisement.address,
            "frames": [frame.describe() for frame in frames],
        }
        if identifier is not None:
            row["identity"] = identifier.prove(advertisement, frames)
        yield True, json.dumps(row)
