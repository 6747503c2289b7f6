"""What was heard as advertisements, one by one: for whoever takes them in memory and reads no capture."""

from collections.abc import Iterator

from nearcart_contract.advertisement import Advertisement
from nearcart_sim.core.days.play import Chunk, Play


def advertisements(play: Play) -> Iterator[Advertisement]:
    """Everything that the scanners of a play hear, in the order and with the stamps of its capture."""
    for chunk in play.chunks():
        for _, advertisement in true_advertisements(play, chunk):
            yield advertisement


def true_advertisements(play: Play, chunk: Chunk) -> Iterator[tuple[int, Advertisement]]:
    """The same of five seconds, each with the time at which it was truly heard: microseconds since the beginning."""
    heard = chunk.heard
    stamped = (play.outages.stamped(heard) + play.starts_at_us) / 1e6
    said = chunk.events.broadcast[heard.event]
    for at, stamp, scanner, number, rssi in zip(
        heard.at.tolist(), stamped.tolist(), heard.scanner.tolist(), said.tolist(), heard.rssi.tolist(), strict=True
    ):
        broadcast = chunk.broadcasts[number]
        payload = broadcast.payload
        yield (
            at,
            Advertisement(
                stamp,
                play.scanners[scanner],
                broadcast.address,
                rssi,
                payload.manufacturer_data,
                payload.service_data,
                payload.service_uuids,
            ),
        )
