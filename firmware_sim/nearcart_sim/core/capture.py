"""A world as files: the capture that its scanners would have recorded, and the truth beside it."""

import json
from collections.abc import Iterator

from nearcart_contract.capture import format_line
from nearcart_contract.store_file import Layout
from nearcart_sim.core.crowd import Crowd
from nearcart_sim.core.randomness import Streams
from nearcart_sim.core.scenario import Scenario
from nearcart_sim.core.world import World

TRUTH_EVERY_S = 0.5


def world_of(layout: Layout, scenario: Scenario, streams: Streams, until: float, *, starts_at: float = 0.0) -> World:
    """A world with every visit of the scenario that begins before ``until`` (seconds)."""
    world = World(layout, streams, starts_at=starts_at)
    crowd = Crowd(world.floor, scenario, streams)
    while (visit := crowd.next_visit()).route.entered_at < until:
        world.add(visit)
    return world


def capture_lines(world: World, until: float) -> Iterator[str]:
    """``*.capture.jsonl`` of everything received before ``until`` (seconds since the beginning)."""
    for packet in world.advance(until):
        yield format_line(packet.advertisement)


def truth_lines(world: World, until: float, every: float = TRUTH_EVERY_S) -> Iterator[str]:
    """Where everybody is, each ``every`` seconds: ``{"at", "address", "x", "y", "zone"}``."""
    for step in range(int(until / every) + 1):
        at = step * every
        for where in world.truth(at):
            row = {
                "at": world.starts_at + at,
                "address": where.address,
                "x": round(where.x, 3),
                "y": round(where.y, 3),
                "zone": where.zone,
            }
            yield json.dumps(row, separators=(",", ":"))
