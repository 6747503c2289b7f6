"""A recorded walk once more: the same way through the same room with the same interval, heard by simulated radio."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from nearcart_contract.store_file import Layout
from nearcart_sim.core.air.events import Events
from nearcart_sim.core.air.hearing import Hearing
from nearcart_sim.core.chance import key_of, words
from nearcart_sim.core.days.track import Track
from nearcart_sim.core.firmware.state_machine import Firmware, Hardware, Sent
from nearcart_sim.core.rooms.fading import UNIT
from nearcart_sim.core.rooms.obstacles import Wall
from nearcart_sim.core.rooms.radio_map import RadioMap
from nearcart_sim.core.rooms.radio_parameters import RadioParameters, Scanning
from nearcart_sim.core.route import Waypoint

Place = tuple[float, float, float]
"""Unix seconds, and metres."""
Packet = tuple[float, str, int]
"""Unix seconds, scanner, dBm."""


@dataclass(frozen=True, slots=True)
class Beacon:
    """What was carried. ``louder_db``: than a tag of -59 dBm at 1 m; ``silent``: share of its turns that it keeps still;
    ``name``: its own chance, where several are carried."""

    interval_ms: float
    louder_db: float = 0.0
    silent: float = 0.0
    name: str = "beacon"


def walk_again(
    layout: Layout,
    places: Sequence[Place],
    beacon: Beacon,
    parameters: RadioParameters,
    seed: int,
    scanning: Scanning | None = None,
    walls: Sequence[Wall] = (),
) -> list[Packet]:
    """What the scanners of ``layout`` would have heard, in order. The same seed is the same room: another walk through it meets its shadows."""
    began = places[0][0]
    track = Track([Waypoint(at - began, (x, y)) for at, x, y in places])
    key = key_of(seed, beacon.name)
    sent = Firmware(key, Hardware(round(beacon.interval_ms * 1000)), 0).advance(track.ends)
    spoken = words(np.array([key], dtype=np.uint64), sent.number) >> np.uint64(11) >= round(beacon.silent * (1 << 53))
    sent = Sent(*(getattr(sent, field.name)[spoken] for field in fields(Sent)))
    count = len(sent)
    x, y, facing_x, facing_y = track.places(sent.at)
    events = Events(
        sent.at,
        np.full(count, key, dtype=np.uint64),
        sent.number,
        x,
        y,
        facing_x,
        facing_y,
        np.full(count, round(beacon.louder_db * UNIT), dtype=np.int32),
        np.zeros(count, dtype=np.int32),
    )
    radio_map = RadioMap(layout, parameters, seed, walls=walls)
    heard = Hearing(layout, radio_map, parameters, scanning or Scanning(), seed).hear(events, track.ends / 1e6)
    names = tuple(layout.scanners)
    rows = zip(heard.at.tolist(), heard.scanner.tolist(), heard.rssi.tolist(), strict=True)
    return [(began + at / 1e6, names[scanner], rssi) for at, scanner, rssi in rows]
