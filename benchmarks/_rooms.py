"""Rooms to locate people in: simulated ones, each drawn from its number, and the recorded ones with something changed.

A room's scanners, loudness, path loss, shadows, noise, interval of tags, walls and shelves are drawn over what stores may have, so that a
method which only fits the two recordings is found out. Everybody in a simulated room carries a tag of her own.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from tests.gateway.core.location.recordings import halves

from nearcart_contract.store_file import Layout
from nearcart_gateway.core.location.calibrate import Walk
from nearcart_sim.core.days.play import Play
from nearcart_sim.core.days.scenario_file import ScenarioFile

WALKS = 3
"""Each of a room's walks is located by a calibration of the others."""


@dataclass(frozen=True, slots=True)
class Room:
    """``about``: what is special in it, in a few words. ``trained_on``: for each walk, what a calibration of it may know."""

    name: str
    about: str
    layout: Layout
    walks: tuple[Walk, ...]
    trained_on: tuple[tuple[Walk, ...], ...]


def room_of(name: str, about: str, layout: Layout, walks: Sequence[Walk]) -> Room:
    """Each walk is trained for by the others."""
    others = tuple(tuple(other for other in walks if other is not each) for each in walks)
    return Room(name, about, layout, tuple(walks), others)


def simulated(number: int, seconds: float = 240.0) -> Room:
    """The room of this number, and ``WALKS`` people who walk through it for up to ``seconds``."""
    scenario = _scenario(number)
    play = Play(ScenarioFile.model_validate(scenario), number, seconds * 4)
    radio, plan = scenario["radio"], scenario["layout"]
    about = (
        f"{plan['floor']['width']:g} x {plan['floor']['height']:g} m, {len(plan['scanners'])} scanners ± {radio['scanner_spread_db']:g} dB, "
        f"exponent {radio['exponent']:g}, shadows {radio['shadowing_db']:g} dB, every {scenario['tags']['interval_ms'][0] / 1000:g} s"
        f"{', walls' if scenario['walls'] else ''}{', shelves' if scenario['shelves'] else ''}"
    )
    return room_of(f"room {number}", about, play.layout, _walks(play, seconds))


def _scenario(number: int) -> dict[str, Any]:
    draw = Random(number)
    columns, rows = draw.choice([(2, 2), (3, 2), (4, 2), (3, 3), (4, 3), (5, 3), (5, 4)])
    spacing = draw.uniform(3.0, 8.0)
    width, height = round(columns * spacing, 1), round(rows * spacing, 1)
    radio = {
        "exponent": round(draw.uniform(1.6, 3.5), 2),
        "scanner_spread_db": round(draw.uniform(0.0, 6.0), 1),
        "device_spread_db": 2.0,
        "shadowing_db": round(draw.uniform(2.0, 5.5), 1),
        "shadowing_m": round(draw.uniform(0.8, 3.0), 1),
        "fading": round(draw.uniform(1.0, 4.0), 1),
        "noise_db": round(draw.uniform(0.5, 4.0), 1),
        "body_db": round(draw.uniform(0.0, 6.0), 1),
        "loss": round(draw.uniform(0.05, 0.5), 2),
    }
    interval = round(1000 * math.exp(draw.uniform(math.log(0.35), math.log(2.0))))
    walls, shelves = _walls(width, height, draw), _shelves(width, height, draw)
    return {
        "title": "A room",
        "about": "drawn",
        "starts_at": "2026-03-02T08:00:00Z",
        "lasts": "1h",
        "layout": {
            "floor": {"width": width, "height": height},
            "scanners": _scanners(columns, rows, spacing, draw),
            "walls": [{"line": wall["line"]} for wall in walls],
            "shelves": [{"box": shelf["box"]} for shelf in shelves],
        },
        "walls": walls,
        "shelves": shelves,
        "radio": radio,
        "tags": {"kinds": {"ibeacon": 1}, "interval_ms": [interval, interval]},
        "shoppers": {
            "arrivals": [{"per_hour": 90}],
            "groups": 0,
            "stops": [5, 9],
            "stay_s": [10, 60],
            "staff": 0,
        },
    }


def _scanners(columns: int, rows: int, spacing: float, draw: Random) -> dict[str, Any]:
    """Somewhere near the middle of their zones, as cables and ceilings allow."""
    height, off = draw.uniform(1.0, 3.0), spacing / 5
    return {
        f"s{column}{row}": {
            "x": round((column + 0.5) * spacing + draw.uniform(-off, off), 2),
            "y": round((row + 0.5) * spacing + draw.uniform(-off, off), 2),
            "z": round(height, 2),
            "zone": f"s{column}{row}",
        }
        for column in range(columns)
        for row in range(rows)
    }


def _walls(width: float, height: float, draw: Random) -> list[dict[str, Any]]:
    """In every third room a wall across it, with a way around."""
    if draw.random() > 1 / 3:
        return []
    x, gap = round(width * draw.uniform(0.35, 0.65), 2), max(2.0, height / 3)
    return [{"line": [[x, 0.0], [x, round(height - gap, 2)]], "loss_db": round(draw.uniform(4, 15), 1)}]


def _shelves(width: float, height: float, draw: Random) -> list[dict[str, Any]]:
    """In every second room a few rows of shelves along x."""
    if draw.random() > 1 / 2:
        return []
    rows = max(1, int(height // 4))
    return [
        {
            "box": [
                [round(0.15 * width, 2), round(height * (row + 0.5) / rows - 0.4, 2)],
                [round(0.85 * width, 2), round(height * (row + 0.5) / rows + 0.4, 2)],
            ],
            "loss_db": round(draw.uniform(2, 6), 1),
        }
        for row in range(rows)
    ]


def _walks(play: Play, seconds: float) -> list[Walk]:
    """The first who stay long enough, each for at most ``seconds``."""
    names = {play.device_key(carrier.name): carrier.name for carrier in play.carriers}
    packets: dict[str, list[tuple[float, str, int]]] = defaultdict(list)
    truth: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for chunk in play.chunks(places=True):
        heard, events = chunk.heard, chunk.events
        for at, scanner, event, rssi in zip(heard.at, heard.scanner, heard.event, heard.rssi, strict=True):
            name = names[int(events.device[event])]
            packets[name].append((int(at) / 1e6, play.scanners[scanner], int(rssi)))
        places = chunk.places
        if places is not None:
            for at, x, y, carrier in zip(places.at, places.x, places.y, places.carrier, strict=True):
                truth[chunk.carriers[carrier].name].append((int(at) / 1e6, float(x), float(y)))
    long = [name for name, rows in truth.items() if rows[-1][0] - rows[0][0] >= seconds / 2 and len(packets[name]) > 50]
    return [_cut(packets[name], truth[name], seconds) for name in long[:WALKS]]


def _cut(packets: Iterable[tuple[float, str, int]], truth: list[tuple[float, float, float]], seconds: float) -> Walk:
    ends = truth[0][0] + seconds
    return Walk(tuple(row for row in packets if row[0] <= ends), tuple(row for row in truth if row[0] <= ends))


# Recordings with something changed


def thinned(walk: Walk, share: float) -> Walk:
    """This share of its packets."""
    draw = Random(1)
    return replace(walk, packets=tuple(row for row in walk.packets if draw.random() < share))


def louder(walk: Walk, decibels: int) -> Walk:
    """As another tag would have been heard."""
    return replace(walk, packets=tuple((at, name, rssi + decibels) for at, name, rssi in walk.packets))


def without(layout: Layout, gone: Sequence[str]) -> Layout:
    return layout.model_copy(
        update={"scanners": {name: each for name, each in layout.scanners.items() if name not in gone}}
    )


def heard_by(walk: Walk, layout: Layout) -> Walk:
    return replace(walk, packets=tuple(row for row in walk.packets if row[1] in layout.scanners))


def turned(layout: Layout, walks: Sequence[Walk], degrees: float) -> tuple[Layout, list[Walk]]:
    """Mirrored at the diagonal, and turned: the coordinates of another drawing of the same room."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))

    def place(x: float, y: float) -> tuple[float, float]:
        x, y = y, x
        return 100 + x * cos - y * sin, 100 + x * sin + y * cos

    scanners = {}
    for name, scanner in layout.scanners.items():
        x, y = place(scanner.x, scanner.y)
        scanners[name] = scanner.model_copy(update={"x": x, "y": y})
    moved = [replace(each, truth=tuple((at, *place(x, y)) for at, x, y in each.truth)) for each in walks]
    return layout.model_copy(update={"scanners": scanners, "floor": None}), moved


def changed_recordings(hall: tuple[Layout, list[Walk]], flat: tuple[Layout, list[Walk]]) -> list[Room]:
    """The hall's three walks and the flat's one, and what else they might have been."""
    layout, walks = hall
    rooms = [room_of("hall", "as recorded", layout, walks)]
    for label, gone in (("odd", [*layout.scanners][::2]), ("even", [*layout.scanners][1::2])):
        fewer = without(layout, gone)
        rooms.append(room_of(f"hall, six of twelve ({label})", "", fewer, [heard_by(each, fewer) for each in walks]))
    four = without(layout, [name for number, name in enumerate(layout.scanners) if number % 3])
    rooms.append(room_of("hall, four of twelve", "", four, [heard_by(each, four) for each in walks]))
    rooms.append(room_of("hall, a third of the packets", "", layout, [thinned(each, 1 / 3) for each in walks]))
    rooms.append(room_of("hall, mirrored and turned by 30°", "", *turned(layout, walks, 30)))
    one = Room("hall, trained on one walk", "", layout, tuple(walks), tuple((walks[n - 1],) for n in range(len(walks))))
    rooms.append(one)
    for decibels in (6, -6):
        same = room_of("", "", layout, walks)
        tag = tuple(louder(each, decibels) for each in walks)
        rooms.append(replace(same, name=f"hall, another tag ({decibels:+d} dB)", walks=tag))
    own = [half for each in walks for half in halves(each)]
    across = tuple((own[n ^ 1],) for n in range(len(own)))
    rooms.append(Room("hall, trained on the other half of the walk", "", layout, tuple(own), across))
    layout, walks = flat
    half = halves(walks[0])
    rooms.append(Room("flat, one half trained on the other", "", layout, half, ((half[1],), (half[0],))))
    rooms.append(Room("flat, a third of the packets", "", layout, *_trained_on_halves([thinned(walks[0], 1 / 3)])))
    turned_layout, turned_walks = turned(layout, walks, 45)
    rooms.append(Room("flat, mirrored and turned by 45°", "", turned_layout, *_trained_on_halves(turned_walks)))
    for number, name in enumerate(layout.scanners):
        if number % 2:
            fewer = without(layout, [name])
            rooms.append(Room(f"flat without {name}", "", fewer, *_trained_on_halves([heard_by(walks[0], fewer)])))
    return rooms


def _trained_on_halves(walks: Sequence[Walk]) -> tuple[tuple[Walk, ...], tuple[tuple[Walk, ...], ...]]:
    one, other = halves(walks[0])
    return (one, other), ((other,), (one,))
