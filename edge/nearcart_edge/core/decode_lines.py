"""Capture lines in, decoded lines out: what ``nearcart decode`` prints."""

import json
from collections.abc import Iterable, Iterator, Sequence

from nearcart_contract.capture import CaptureError, parse_line
from nearcart_contract.roster import Identity
from nearcart_edge.core.decode import Decoder
from nearcart_edge.core.formats.frame import Frame
from nearcart_edge.core.formats.sig_services import wearable_of
from nearcart_edge.core.identify import Identifier
from nearcart_edge.core.strangers import network_of


def decode_lines(lines: Iterable[str | bytes], roster: Iterable[Identity] | None = None) -> Iterator[tuple[bool, str]]:
    """For each line but blank ones whether it could be read, and a line of JSON: the frames, or an ``error``.

    With ``roster`` each has an ``identity``, which is null where that advertisement alone proves nobody. A payload of a
    network of phones and trackers has its name as ``stranger``; services of wearables that are only named stand in ``wearable``.
    """
    decoder = Decoder()
    identifier = None if roster is None else Identifier(roster, each_alone=True)
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
        wearable, stranger = wearable_of(advertisement.service_uuids), network_of(advertisement)
        if wearable:
            row["wearable"] = wearable
        if stranger is not None:
            row["stranger"] = stranger
        if identifier is not None:
            row["identity"] = identifier.prove(advertisement, frames)
        yield True, json.dumps(row)
