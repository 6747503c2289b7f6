"""A scene of a recording: its layout, truth and capture, whoever wrote them."""

from collections.abc import Iterable

from nearcart_contract.advertisement import Advertisement
from nearcart_contract.store_file import Layout
from nearcart_contract.truth import TruthLine
from nearcart_sim.core.plots.scene import Packet, Place, Scene


def scene_of_files(
    name: str, layout: Layout, truth: Iterable[TruthLine], heard: Iterable[Advertisement], who: str | None
) -> Scene:
    """People are their devices' addresses here. ``who``: whose packets are kept. Raises ``ValueError`` where there is no truth."""
    places = sorted(((line.at, line.address or "tag", line.x, line.y) for line in truth), key=lambda place: place[0])
    if not places:
        raise ValueError("the truth has no line: there is nothing to draw")
    begins = places[0][0]
    tracks: dict[str, list[Place]] = {}
    for at, address, x, y in places:
        tracks.setdefault(address, []).append((at - begins, x, y))
    packets: dict[str, list[Packet]] = {} if who is None else {who: []}
    for advertisement in heard:
        if advertisement.address == who and advertisement.rssi is not None:
            packets[who].append((advertisement.at - begins, advertisement.scanner, advertisement.rssi))
    return Scene(name, layout, (), (), tracks, packets)
