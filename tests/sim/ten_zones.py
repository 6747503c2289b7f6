"""A shop of ten zones with a scanner each, and a survey walk of five minutes through it, heard by the simulator's radio."""

import json
from collections.abc import Sequence
from itertools import pairwise
from math import dist
from pathlib import Path
from uuid import UUID

from nearcart_contract.advertisement import Advertisement
from nearcart_contract.capture import format_line
from nearcart_contract.store_file import Layout
from nearcart_sim.core.air.copy import Beacon, Place, walk_again
from nearcart_sim.core.rooms.obstacles import Wall
from nearcart_sim.core.rooms.radio_parameters import RadioParameters

WIDE, DEEP = 6.0, 5.0
BEGINS = 1_790_000_000.0
PACE = 0.8
ADDRESS = "C0:00:00:00:00:01"
DATA = {0x004C: bytes.fromhex("0215") + UUID(int=1).bytes + bytes.fromhex("00010002c5")}
STORE_ROOM = (Wall(line=((0, 5), (9, 5)), loss_db=6), Wall(line=((21, 5), (30, 5)), loss_db=6))
"""Two walls of shelves along the middle."""


def layout() -> Layout:
    names = {f"{'ab'[row]}{column + 1}": (column * WIDE, row * DEEP) for row in range(2) for column in range(5)}
    return Layout.model_validate(
        {
            "floor": {"width": 5 * WIDE, "height": 2 * DEEP},
            "zones": {
                name: {"polygon": [[x, y], [x + WIDE, y], [x + WIDE, y + DEEP], [x, y + DEEP]]}
                for name, (x, y) in names.items()
            },
            "scanners": {
                name: {"x": x + WIDE / 2, "y": y + DEEP / 2, "z": 2.6, "zone": name} for name, (x, y) in names.items()
            },
        }
    )


def survey() -> list[Place]:
    """Five minutes, twice around each row of zones: the second time the other way and half a metre further in."""
    return [*_walked(_round(1.0)), *_walked(_round(1.6)[::-1], after=150.0)]


def visit() -> list[Place]:
    """Somebody who shops afterwards: other ways, with stands, for three minutes."""
    spots = [
        (2.0, 8.5),
        (4.0, 2.5),
        (10.0, 4.0),
        (14.0, 2.0),
        (20.0, 3.0),
        (27.5, 2.0),
        (26.0, 7.0),
        (19.0, 8.0),
        (13.0, 6.5),
        (8.0, 8.0),
    ]
    return _walked(spots, stands=12.0)


def corner() -> list[Place]:
    """Half a minute in one corner: no survey of a shop."""
    return _walked([(1.0, 1.0), (5.0, 1.0), (5.0, 4.0), (1.0, 4.0), (1.0, 1.0), (5.0, 4.0), (4.0, 2.0), (1.0, 2.0)])


def write(folder: Path, name: str, places: Sequence[Place], room: int) -> tuple[Path, Path]:
    """The walk's capture and truth, as ``nearcart record`` and ``nearcart survey`` write them; ``room`` is the seed of its shadows."""
    capture, truth = folder / f"{name}.capture.jsonl", folder / f"{name}.truth.jsonl"
    heard = walk_again(layout(), places, Beacon(400.0), RadioParameters(), room, walls=STORE_ROOM)
    capture.write_text("".join(
        format_line(Advertisement(at, scanner, ADDRESS, rssi, DATA)) + "\n" for at, scanner, rssi in heard
    ))  # fmt: skip
    truth.write_text("".join(json.dumps({"at": at, "x": round(x, 3), "y": round(y, 3)}) + "\n" for at, x, y in places))
    return capture, truth


def _round(inset: float) -> list[tuple[float, float]]:
    """Around each of the two rows of zones."""
    right, middle, bottom = 5 * WIDE - inset, DEEP, 2 * DEEP - inset
    return [
        (inset, inset), (right, inset), (right, middle - inset), (inset, middle - inset),
        (inset, middle + inset), (right, middle + inset), (right, bottom), (inset, bottom),
    ]  # fmt: skip


def _walked(spots: Sequence[tuple[float, float]], *, after: float = 0.0, stands: float = 0.0) -> list[Place]:
    """Half seconds of a walk from spot to spot, straight and evenly."""
    at, places = BEGINS + after, [(BEGINS + after, *spots[0])]
    for one, other in pairwise(spots):
        steps = max(1, round(dist(one, other) / PACE * 2))
        for step in range(1, steps + 1):
            share = step / steps
            places.append((at + step / 2, one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])))
        at += steps / 2
        for step in range(1, round(stands * 2) + 1):
            places.append((at + step / 2, *other))
        at += stands
    return places
