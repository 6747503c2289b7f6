import math
from random import Random

import pytest

from nearcart_contract.store_file import Layout
from nearcart_gateway.core.location.calibrate import Walk, from_survey, from_what_was_heard
from nearcart_gateway.core.location.score import held_out, score

PLACES = {"north": (2.0, 2.0), "east": (10.0, 2.0), "south": (2.0, 7.0), "west": (10.0, 7.0)}
LAYOUT = Layout.model_validate(
    {
        "floor": {"width": 12, "height": 9},
        "scanners": {name: {"x": x, "y": y, "zone": name} for name, (x, y) in PLACES.items()},
    }
)
POWERS = {"north": -55.0, "east": -62.0, "south": -70.0, "west": -58.0}


def stroll(seed: int, seconds: float = 120.0, *, with_truth: bool = True, louder: float = 0.0) -> Walk:
    """Round and round in an ellipse at half a metre a second; every scanner has an offset of its own, and so may have the tag."""
    random, packets, truth = Random(seed), [], []
    for step in range(int(seconds * 4)):
        at = 1000.0 + step / 4
        x, y = 6 + 4.5 * math.cos(at / 9 + seed), 4.5 + 3 * math.sin(at / 9 + seed)
        truth.append((at, x, y))
        for name, (sx, sy) in PLACES.items():
            distance = max(0.5, math.dist((x, y, 1.2), (sx, sy, 2.0)))
            packets.append((at, name, round(POWERS[name] + louder - 22 * math.log10(distance) + random.gauss(0, 3))))
    return Walk(tuple(packets), tuple(truth) if with_truth else ())


def test_a_survey_finds_each_scanner_s_law() -> None:
    radio = from_survey(LAYOUT, [stroll(1)])
    for name, power in POWERS.items():
        assert radio.scanners[name].power == pytest.approx(power, abs=2.5)
        assert radio.scanners[name].exponent == pytest.approx(2.2, abs=0.4)
        assert radio.scanners[name].survey


def test_without_truth_it_finds_which_scanner_is_deaf() -> None:
    """Twelve decibels and more between the best and the worst scanner: what the usual law would take for distance."""
    radio = from_what_was_heard(LAYOUT, [stroll(1, with_truth=False), stroll(2, with_truth=False)])
    found = {name: scanner.power for name, scanner in radio.scanners.items()}
    assert sorted(found, key=lambda name: found[name]) == ["south", "east", "west", "north"]


def test_without_truth_tags_may_be_of_any_power() -> None:
    """Eighteen decibels louder than usual: the first guess decides whether the rounds find the way back."""
    for louder in (18.0, -12.0):
        walks = [stroll(seed, with_truth=False, louder=louder) for seed in (1, 2)]
        found = from_what_was_heard(LAYOUT, walks)
        for name, power in POWERS.items():
            assert found.scanners[name].power == pytest.approx(power + louder, abs=4.0)


def test_without_truth_walks_with_different_tags_are_made_equally_loud() -> None:
    walks = [stroll(1, with_truth=False, louder=9.0), stroll(2, with_truth=False, louder=-9.0)]
    found = from_what_was_heard(LAYOUT, walks)
    told = score(LAYOUT, found, [stroll(3)])
    assert told.zone > 0.8


def test_what_it_says_of_itself_is_of_walks_it_did_not_learn_from() -> None:
    walks = [stroll(1), stroll(2)]
    told = held_out(LAYOUT, walks)
    assert told.steps > 400
    assert told.zone > 0.85
    assert told.error < 1.0
    assert score(LAYOUT, from_survey(LAYOUT, walks), walks).error <= told.error + 0.1
    assert "half seconds in the true zone" in str(told)


def test_one_walk_is_judged_in_two_halves() -> None:
    assert held_out(LAYOUT, [stroll(3)]).zone > 0.8


def test_nothing_to_learn_from_is_said() -> None:
    with pytest.raises(ValueError, match="no packet was heard at a time for which the truth"):
        from_survey(LAYOUT, [Walk(((5.0, "north", -60),), ((1000.0, 1.0, 1.0), (1001.0, 1.0, 1.0)))])
    with pytest.raises(ValueError, match="none of the layout's scanners heard"):
        from_what_was_heard(LAYOUT, [Walk(((5.0, "attic", -60),))])
    with pytest.raises(ValueError, match="too short to judge"):
        held_out(LAYOUT, [stroll(1, seconds=4.0)])
