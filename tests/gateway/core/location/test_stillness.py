"""A tag that stands while something comes between it and its scanner, and one that is carried off."""

import math
from collections.abc import Iterator
from itertools import pairwise
from random import Random

import numpy as np
import pytest

from nearcart_contract.store_file import Layout
from nearcart_gateway.core.location.stillness import BLOCKED, LEVEL, Stand, Stillness
from nearcart_gateway.core.locators import grid_locator

NONE = math.nan


def aisle(switch: str = "balanced") -> Layout:
    zones = ("wine", "bread", "till")
    return Layout.model_validate(
        {
            "floor": {"width": 24, "height": 8},
            "zones": {zone: {"switch": switch} for zone in zones},
            "scanners": {zone: {"x": 4 + 8 * n, "y": 4, "zone": zone} for n, zone in enumerate(zones)},
        }
    )


class Tag:
    """Heard once a second at most by each scanner; half of its packets are lost."""

    def __init__(self, layout: Layout, seed: int) -> None:
        self.layout, self.locator, self.random, self.now = layout, grid_locator(layout, None), Random(seed), 0.0

    def second(self, x: float, wine_down_db: float = 0.0) -> Iterator[str | None]:
        for name, scanner in self.layout.scanners.items():
            if self.random.random() < 0.5:
                continue
            distance = math.dist((x, 4.0, 1.2), (scanner.x, scanner.y, scanner.z))
            down = wine_down_db if name == "wine" else 0.0
            rssi = -60 - 20 * math.log10(distance) - down + self.random.gauss(0, 5)
            self.locator.hear("anna", name, self.now, round(rssi))
        for half in range(2):
            yield from (position.zone for position in self.locator.locate(self.now + half / 2))
        self.now += 1.0


def seconds_until_bread(seed: int, switch: str = "balanced") -> float:
    """She stands for a minute, then walks at 1 m/s; the border is crossed after 3 s."""
    tag = Tag(aisle(switch), seed)
    for _ in range(60):
        list(tag.second(5.0))
    for step in range(30):
        if "bread" in list(tag.second(min(12.0, 5.0 + step))) and step > 3:
            return step - 3.0
    return 99.0


def test_one_link_down_for_30_s_every_2_minutes_moves_nobody() -> None:
    tag, zones = Tag(aisle(), 1), []
    for second in range(2400):
        zones += [zone for zone in tag.second(6.0, 15.0 if second % 120 < 30 else 0.0) if second > 60]
    assert zones[-1] == "wine"
    assert sum(one != other for one, other in pairwise(zones)) <= 1


def test_a_move_shows_within_seconds() -> None:
    late = sorted(seconds_until_bread(seed) for seed in range(20))
    assert late[10] <= 6.0
    assert late[17] <= 9.0


def test_eager_is_sooner_than_sure() -> None:
    eager, sure = (sum(seconds_until_bread(seed, word) for seed in range(8)) for word in ("eager", "sure"))
    assert eager < sure


def stood(seconds: int = 30) -> tuple[Stillness, Stand]:
    """Three scanners have heard her at -60, -75 and -80 dBm for so long; the map would have had them 2 dB louder."""
    stillness = Stillness(3, 5.0)
    stand = stillness.stand()
    stillness.settle(stand, np.array([-58.0, -73.0, -78.0]), np.zeros(3))
    for _ in range(seconds):
        heard(stillness, stand, -60.0, -75.0, -80.0, walking=-0.3)
    return stillness, stand


def heard(stillness: Stillness, stand: Stand, *rssi: float, walking: float) -> None:
    stillness.weigh([stand], [np.array([rssi], dtype=np.float32)], np.array([walking]), np.array([1.0]))


def test_levels_are_learnt_and_stillness_is_believed() -> None:
    _, stand = stood()
    assert stand.links[LEVEL] == pytest.approx([-60.0, -75.0, -80.0], abs=0.7)
    assert stand.still > 0.9


def test_a_link_that_is_down_is_taken_for_blocked_and_its_level_is_kept() -> None:
    stillness, stand = stood()
    for _ in range(20):
        heard(stillness, stand, -74.0, -75.0, -80.0, walking=-1.0)
    assert stand.links[BLOCKED][0] > 0.9
    assert stand.links[LEVEL][0] == pytest.approx(-60.0, abs=1.5)
    assert stand.still > 0.9


def test_a_link_that_gets_louder_is_a_move() -> None:
    stillness, stand = stood()
    for _ in range(4):
        heard(stillness, stand, -72.0, -60.0, -76.0, walking=-0.3)
    assert stand.still < 0.1


def test_a_scanner_that_was_not_heard_changes_nothing() -> None:
    stillness, stand = stood()
    before = stand.links[LEVEL][1]
    heard(stillness, stand, -60.0, NONE, NONE, walking=-0.1)
    assert stand.links[LEVEL][1] == before


def test_zones_are_averaged_while_she_stands() -> None:
    _, stand = stood()
    stand.still = 1.0
    for _ in range(60):
        stand.blend(np.array([0.9, 0.1], dtype=np.float32), 1.0)
    blended = stand.blend(np.array([0.0, 1.0], dtype=np.float32), 1.0)
    assert blended[0] > 0.85
