"""What was heard as advertisements, one by one: for whoever takes them in memory and reads no capture."""

from collections.abc import Iterable, Iterator

from nearcart_contract.advertisement import Advertisement
from nearcart_sim.core.days.play import Chunk, Play


def advertisements(play: Play, chunks: Iterable[Chunk] | None = None) -> Iterator[Advertisement]:
    """Everything that the scanners of a play heard, in the order and with the stamps of its capture."""
    for chunk in play.chunks() if chunks is None else chunks:
        heard = chunk.heard
        at = (play.outages.stamped(heard) + play.starts_at_us) / 1e6
        said = chunk.events.broadcast[heard.event]
        for moment, scanner, number, rssi in zip(
            at.tolist(), heard.scanner.tolist(), said.tolist(), heard.rssi.tolist(), strict=True
        ):
            broadcast = chunk.broadcasts[number]
            payload = broadcast.payload
            yield Advertisement(
                moment,
                play.scanners[scanner],
                broadcast.address,
                rssi,
                payload.manufacturer_data,
                payload.service_data,
                payload.service_uuids,
            )
