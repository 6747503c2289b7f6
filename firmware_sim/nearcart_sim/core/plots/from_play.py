"""A scene of a scenario's play: everybody's way, and one person's packets."""

from collections.abc import Callable

import numpy as np

from nearcart_sim.core.days.play import CHUNK_S, Play
from nearcart_sim.core.plots.scene import Packet, Place, Scene

Progress = Callable[[float], None]


def scene_of(play: Play, who: str | None, progress: Progress = lambda _: None) -> Scene:
    """``who``: whose packets are kept, if anybody's. Raises ``KeyError`` for somebody who does not come."""
    keys = {} if who is None else {play.device_key(who): who}
    tracks: dict[str, list[Place]] = {}
    packets: dict[str, list[Packet]] = {name: [] for name in keys.values()}
    for chunk in play.chunks(places=True):
        places = chunk.places
        assert places is not None
        rows = zip(places.at.tolist(), places.x.tolist(), places.y.tolist(), places.carrier.tolist(), strict=True)
        for at, x, y, carrier in rows:
            tracks.setdefault(chunk.carriers[carrier].name, []).append((at / 1e6, x, y))
        heard = chunk.heard
        for key, name in keys.items():
            mine = np.flatnonzero(chunk.events.device[heard.event] == np.uint64(key))
            packets[name] += [
                (at / 1e6, play.scanners[scanner], rssi)
                for at, scanner, rssi in zip(
                    heard.at[mine].tolist(), heard.scanner[mine].tolist(), heard.rssi[mine].tolist(), strict=True
                )
            ]
        progress(min(play.seconds, chunk.begins / 1e6 + CHUNK_S))
    return Scene(play.scenario.title, play.layout, play.plan.walls, play.plan.shelves, tracks, packets)


def first_shopper(play: Play) -> str:
    """Whose packets are worth a look when nobody is named: the first who comes to shop, or else to work."""
    ordered = sorted(play.carriers, key=lambda carrier: (carrier.role == "staff", carrier.track.begins, carrier.name))
    if not ordered:
        raise ValueError("nobody comes in this time: give it more, such as --for 30m")
    return ordered[0].name
