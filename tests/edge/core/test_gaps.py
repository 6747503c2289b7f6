"""Exits that wait for a tag's own gaps."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_contract.edge_file import Tracking
from nearcart_edge.core.gaps import Gaps
from nearcart_edge.core.track import Heard, Tracker


@given(st.lists(st.floats(0.01, 300), min_size=1, max_size=400))
def test_the_percentile_is_never_too_small_nor_more_than_a_bucket_too_large(found: list[float]) -> None:
    gaps, least = Gaps(), 10 / 3
    for gap in found:
        gaps.add(gap, least)
    exact = sorted(found)[-1 - int(len(found) * 0.01)]
    told = gaps.percentile_99(least)
    assert told >= min(max(exact, least), least * 2**10)
    assert told <= max(exact, least) * 2**0.5 + 1e-9


def test_what_was_long_ago_weighs_less() -> None:
    gaps = Gaps()
    for _ in range(50):
        gaps.add(30.0, 3.0)
    for _ in range(20_000):
        gaps.add(1.0, 3.0)
    assert gaps.percentile_99(3.0) == 3.0


def lossy(devices: int, hours: float, seed: int) -> tuple[int, int]:
    """(enters, exits) of tags that send once a second, half of it lost, and never leave."""
    random, tracker = Random(seed), Tracker(Tracking())
    enters = exits = 0
    for second in range(int(hours * 3600)):
        for device in range(devices):
            if random.random() < 0.5:
                for event in tracker.hear(Heard(f"tag-{device}", "door", second + device / devices, -70)):
                    enters, exits = enters + (event.kind == "enter"), exits + (event.kind == "exit")
    return enters, exits


def test_a_tag_half_of_whose_packets_are_lost_is_hardly_ever_taken_for_gone() -> None:
    """The bar is 10 false exits in 1,000 hours of one device; this is 100 hours."""
    enters, exits = lossy(10, 10, 7)
    assert exits <= 2
    assert enters == 10 + exits


def test_without_learning_it_would_be_taken_for_gone_all_the_time() -> None:
    random, tracker = Random(7), Tracker(Tracking(exit_gaps=0))
    exits = 0
    for second in range(36_000):
        if random.random() < 0.5:
            exits += sum(event.kind == "exit" for event in tracker.hear(Heard("tag", "door", second, -70)))
    assert exits > 10


def test_a_tag_that_is_heard_well_leaves_after_the_usual_time() -> None:
    tracker = Tracker(Tracking())
    for n in range(500):
        tracker.hear(Heard("tag", "door", n / 2, -60))
    (gone,) = tracker.tick(10_000)
    assert gone.at == pytest.approx(499 / 2 + 10)


def test_a_gap_that_was_an_exit_is_learned_from() -> None:
    tracker, exits = Tracker(Tracking(enter_packets=1)), []
    for n in range(30):
        exits += [event for event in tracker.hear(Heard("tag", "door", n * 12.0, -60)) if event.kind == "exit"]
    assert len(exits) <= 2


def test_it_never_waits_longer_than_it_may() -> None:
    tracker = Tracker(Tracking(enter_packets=1, exit_at_most_s=60))
    at = 0.0
    for _ in range(20):
        at += 9.0
        tracker.hear(Heard("tag", "door", at, -60))
    assert tracker.next_deadline() is not None
    assert tracker.tick(at + 60.1)[0].kind == "exit"


def test_who_withdraws_leaves_no_gaps() -> None:
    tracker = Tracker(Tracking(enter_packets=1))
    tracker.hear(Heard("tag", "door", 0.0, -60))
    tracker.tick(100.0)
    assert tracker._gaps
    tracker.withdraw("tag", 101.0)
    assert not tracker._gaps
