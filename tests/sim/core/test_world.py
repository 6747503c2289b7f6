"""The true store: deterministic from a seed, and nobody disturbs anybody."""

import json
from statistics import median

import pytest

from nearcart_contract.capture import read_lines
from nearcart_contract.roster import IBeaconIdentity
from nearcart_sim.core.capture import capture_lines, truth_lines
from nearcart_sim.core.floor import Floor
from nearcart_sim.core.route import Stop
from nearcart_sim.core.shopper import Shopper, Visit, plan_visit
from nearcart_sim.core.tag import Tag
from nearcart_sim.core.world import Packet, World
from nearcart_sim.shell.streams import seeded

from ..layouts import bare_layout, small_layout

UUID = "6f1d2a7c-93b4-4e0b-8a55-0c7e41d9b2f3"


def visit(name: str, minor: int, zone: str, entered_at: float = 0.0, *, seed: int = 1, number: int = 1) -> Visit:
    identity = IBeaconIdentity(id=f"{name}-tag", kind="ibeacon", uuid=UUID, major=1, minor=minor)
    shopper = Shopper(name, Tag(identity, 0.25))
    return plan_visit(Floor(small_layout()), shopper, [Stop(zone, 20)], entered_at, seeded(seed), number)


def play(*visits: Visit, seed: int = 1, until: float = 60.0) -> list[Packet]:
    return list(World(small_layout(), seeded(seed), visits).advance(until))


def of(name: str, packets: list[Packet]) -> list[Packet]:
    return [packet for packet in packets if packet.shopper == name]


def test_the_same_seed_gives_the_same_bytes() -> None:
    once, again = (
        list(capture_lines(World(small_layout(), seeded(7), [visit("anna", 1, "wine", seed=7)]), 60)) for _ in range(2)
    )
    assert once == again
    assert len(once) > 100


def test_another_seed_gives_others() -> None:
    assert play(visit("anna", 1, "wine", seed=1), seed=1) != play(visit("anna", 1, "wine", seed=2), seed=2)


def test_one_shopper_more_changes_nobody_elses_packets() -> None:
    alone = play(visit("anna", 1, "wine"))
    together = play(visit("ben", 2, "cheese", 3.0), visit("anna", 1, "wine"))
    assert of("anna", together) == alone
    assert of("ben", together)


def test_packets_come_in_order_of_time_however_the_clock_is_cut() -> None:
    visits = [visit("anna", 1, "wine"), visit("ben", 2, "cheese", 2.0)]
    whole = play(*visits)
    world = World(small_layout(), seeded(1), visits)
    pieces = [packet for until in range(61) for packet in world.advance(until)]
    assert pieces == whole
    assert [packet.advertisement.at for packet in whole] == sorted(packet.advertisement.at for packet in whole)


def test_nothing_is_heard_before_she_comes_and_after_she_left() -> None:
    anna = visit("anna", 1, "wine", 10.0)
    times = [packet.advertisement.at for packet in play(anna)]
    assert 10.0 <= min(times) < 11.0
    assert anna.route.left_at - 1.0 < max(times) <= anna.route.left_at


def test_the_scanner_of_her_zone_hears_her_loudest() -> None:
    anna = visit("anna", 1, "cheese")
    standing = [p.advertisement for p in play(anna) if 10 < p.advertisement.at < 28]
    loudness = {
        scanner: median(heard.rssi or 0 for heard in standing if heard.scanner == scanner)
        for scanner in ("door", "wine", "cheese")
    }
    assert max(loudness, key=lambda scanner: loudness[scanner]) == "cheese"


def test_truth_says_who_is_where() -> None:
    anna = visit("anna", 1, "wine")
    world = World(small_layout(), seeded(1), [anna, visit("ben", 2, "cheese", 1000.0)])
    (where,) = world.truth(20.0)
    assert (where.shopper, where.zone, where.address) == ("anna", "wine", anna.shopper.tag.address)
    assert world.truth(500.0) == []


def test_true_visits_are_in_unix_seconds_and_open_while_she_is_inside() -> None:
    anna = visit("anna", 1, "wine")
    world = World(small_layout(), seeded(1), [anna], starts_at=1_700_000_000.0)
    (inside,) = world.visits(5.0)
    assert (inside.entered_at, inside.left_at) == (1_700_000_000.0, None)
    (gone,) = world.visits(anna.route.left_at + 1)
    assert gone.left_at == pytest.approx(1_700_000_000.0 + anna.route.left_at)
    assert world.visits(0.0) == []


def test_a_visit_is_played_once() -> None:
    with pytest.raises(ValueError, match="'anna' has a visit number 1 already"):
        World(small_layout(), seeded(1), [visit("anna", 1, "wine"), visit("anna", 1, "cheese", 50.0)])


def test_it_speaks_the_capture_format_and_knows_the_truth_beside_it() -> None:
    world = World(small_layout(), seeded(1), [visit("anna", 1, "wine")], starts_at=1_700_000_000.0)
    heard = list(read_lines(capture_lines(world, 30)))
    truth = [json.loads(line) for line in truth_lines(world, 30)]
    assert {advertisement.scanner for advertisement in heard} == {"door", "wine", "cheese"}
    assert all(1_700_000_000 <= advertisement.at < 1_700_000_030 for advertisement in heard)
    assert truth[0] == {"at": 1_700_000_000.0, "address": heard[0].address, "x": 0.0, "y": 4.0, "zone": "entrance"}
    assert {row["zone"] for row in truth} == {"entrance", "wine"}


def test_a_recordings_layout_without_polygons_will_do() -> None:
    layout = bare_layout()
    identity = IBeaconIdentity(id="a", kind="ibeacon", uuid=UUID, major=1, minor=1)
    walk = plan_visit(Floor(layout), Shopper("a", Tag(identity)), [Stop("right", 10)], 0.0, seeded(1))
    world = World(layout, seeded(1), [walk])
    assert len(list(world.advance(30))) > 40
    assert [where.zone for where in world.truth(14.0)] == ["right"]
