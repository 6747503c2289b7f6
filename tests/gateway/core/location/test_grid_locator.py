"""The locator as a story: a tag stands, walks, and is louder than others."""

import math
from itertools import pairwise
from random import Random

import pytest

from nearcart_contract.radio_file import Radio, ScannerRadio
from nearcart_contract.store_file import Layout
from nearcart_gateway.core.locate import Locator
from nearcart_gateway.core.locators import grid_locator
from nearcart_gateway.core.values import Position

LAYOUT = Layout.model_validate(
    {
        "floor": {"width": 16, "height": 6},
        "scanners": {"wine": {"x": 4, "y": 3, "zone": "wine"}, "till": {"x": 12, "y": 3, "zone": "till"}},
    }
)


class Tag:
    """Heard by both scanners every half second, with noise."""

    def __init__(self, locator: Locator, power: float = -60.0) -> None:
        self.locator, self.power, self.random, self.now = locator, power, Random(7), 1000.0

    def be(self, x: float, y: float, seconds: float) -> list[Position]:
        said: list[Position] = []
        for _ in range(int(seconds * 2)):
            self.now += 0.5
            for name, scanner in LAYOUT.scanners.items():
                distance = max(0.5, math.dist((x, y, 1.2), (scanner.x, scanner.y, scanner.z)))
                rssi = self.power - 20 * math.log10(distance) + self.random.gauss(0, 4)
                self.locator.hear("anna", name, self.now - 0.1, round(rssi))
            said += self.locator.locate(self.now)
        return said


@pytest.fixture
def tag() -> Tag:
    return Tag(grid_locator(LAYOUT, None))


def test_a_tag_that_stands_is_found_and_stays(tag: Tag) -> None:
    said = tag.be(3.0, 3.0, 60)
    assert {position.zone for position in said[10:]} == {"wine"}
    assert said[-1].x == pytest.approx(3.0, abs=2.0)
    assert said[-1].probability > 0.8
    assert said[-1].error is not None and 0 < said[-1].error < 3


def test_a_move_is_seen_within_seconds_and_once(tag: Tag) -> None:
    tag.be(3.0, 3.0, 20)
    zones = [position.zone for position in tag.be(12.5, 3.0, 10)]
    assert "till" in zones[:10]
    assert sum(one != other for one, other in pairwise(zones)) <= 1


def test_a_loud_tag_is_not_taken_for_a_near_one() -> None:
    """Its power is nobody's; the difference between the scanners places it."""
    tag = Tag(grid_locator(LAYOUT, None), power=-50.0)
    assert {position.zone for position in tag.be(9.0, 3.0, 40)[20:]} == {"till"}


@pytest.mark.parametrize("louder", [-6.0, 6.0])
def test_another_tag_than_the_calibrating_one_is_found(louder: float) -> None:
    laws = {name: ScannerRadio(power=-60.0, exponent=2.0) for name in LAYOUT.scanners}
    tag = Tag(grid_locator(LAYOUT, Radio(scanners=laws)), power=-60.0 + louder)
    said = tag.be(9.5, 3.0, 40)[20:]
    assert {position.zone for position in said} == {"till"}
    assert said[-1].x == pytest.approx(9.5, abs=2.0)


def test_held_back_positions_carry_the_time_they_are_of() -> None:
    tag = Tag(grid_locator(LAYOUT, None, lag=2.0))
    said = tag.be(3.0, 3.0, 10)
    assert said[-1].at == pytest.approx(tag.now - 2.0)
    assert [position.at for position in said] == sorted({position.at for position in said})


def test_what_was_held_back_comes_out_when_nothing_more_is_heard() -> None:
    tag = Tag(grid_locator(LAYOUT, None, lag=2.0))
    tag.be(3.0, 3.0, 10)
    later = [position for quarter in range(1, 40) for position in tag.locator.locate(tag.now + quarter / 4)]
    assert [position.at for position in later] == pytest.approx([tag.now - 1.5 + half / 2 for half in range(4)])


def test_a_packet_of_nobody_s_scanner_is_left_out(tag: Tag) -> None:
    tag.locator.hear("anna", "attic", 1000.0, -60)
    assert list(tag.locator.locate(1001.0)) == []


def test_each_is_told_at_most_twice_a_second(tag: Tag) -> None:
    tag.be(3.0, 3.0, 1)
    tag.locator.hear("anna", "wine", tag.now, -60)
    assert list(tag.locator.locate(tag.now + 0.2)) == []
    assert len(list(tag.locator.locate(tag.now + 0.5))) == 1


def test_who_left_is_forgotten_and_a_stepped_clock_changes_nothing(tag: Tag) -> None:
    before = tag.be(3.0, 3.0, 10)[-1]
    tag.locator.shift(3600.0)
    tag.now += 3600.0
    after = tag.be(3.0, 3.0, 1)[0]
    assert (after.zone, after.x) == (before.zone, pytest.approx(before.x, abs=1.0))
    tag.locator.forget("anna")
    assert list(tag.locator.locate(tag.now + 1)) == []
