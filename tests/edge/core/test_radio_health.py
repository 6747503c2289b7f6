"""Deaf, or alone? What is tried, when, and how often."""

from itertools import pairwise

from nearcart_edge.core.radio_health import LADDER, LONGEST_REST_S, PATIENCE_S, REST_S, RUNG_S, RadioHealth


def looked(health: RadioHealth, start: float, until: float, step: float = 5.0) -> list[tuple[float, str]]:
    """(time, remedy) of looking every few seconds."""
    found, now = [], start
    while now < until:
        remedy = health.remedy(now)
        if remedy is not None:
            found.append((now, remedy))
        now += step
    return found


def busy(health: RadioHealth, until: int, devices: int = 5) -> None:
    for second in range(until):
        health.hear(f"tag-{second % devices}", float(second))


def test_many_that_fall_silent_at_once_are_deafness_noticed_in_30_s_and_every_remedy_tried_in_60() -> None:
    health = RadioHealth(0.0)
    busy(health, 300)
    found = looked(health, 300.0, 400.0)
    assert [remedy for _, remedy in found] == list(LADDER)
    assert found[0][0] - 299 <= 30
    assert found[-1][0] - 299 <= 60
    assert health.deaf


def test_a_remedy_that_helps_ends_it() -> None:
    health = RadioHealth(0.0)
    busy(health, 300)
    (first,) = looked(health, 300.0, 322.0)
    health.hear("tag-1", 323.0)
    assert not health.deaf
    assert looked(health, 323.0, 323.0 + PATIENCE_S) == []
    assert first[1] == "scan"


def test_an_empty_shop_is_reset_once_in_a_night() -> None:
    health = RadioHealth(0.0)
    busy(health, 300, devices=1)
    night = looked(health, 300.0, 300.0 + 12 * 3600)
    assert night[0][1] == "scan"
    assert [remedy for _, remedy in night] == ["scan"] * len(night)
    assert len([at for at, _ in night if at - night[0][0] < REST_S]) == 1
    assert not health.deaf


def test_nothing_on_the_air_from_the_start() -> None:
    found = looked(RadioHealth(0.0), 0.0, 100_000.0)
    assert {remedy for _, remedy in found} == {"scan"}
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(found)]
    assert gaps == sorted(gaps)
    assert max(gaps) <= LONGEST_REST_S + 5


def test_a_radio_that_is_seldom_spoken_to_is_given_longer() -> None:
    health = RadioHealth(0.0)
    for n in range(1000):
        health.hear(f"tag-{n % 5}", n * 30.0)
    assert looked(health, 999 * 30.0, 999 * 30.0 + 500) == []


def test_packets_with_nothing_in_them_are_a_fault_where_others_had_something() -> None:
    health = RadioHealth(0.0)
    busy(health, 100, devices=1)
    for n in range(400):
        health.hear("tag-0", 100 + n / 10, empty=True)
    assert looked(health, 140.0, 200.0)[0][1] == "scan"
    assert health.deaf


def test_a_device_that_never_says_anything_is_no_fault() -> None:
    health = RadioHealth(0.0)
    for n in range(1000):
        health.hear("tag-0", n / 10, empty=True)
    assert looked(health, 100.0, 100.0 + PATIENCE_S) == []


def test_a_scan_that_is_refused_climbs_from_the_second_rung() -> None:
    health = RadioHealth(0.0)
    assert [health.failed(n * RUNG_S) for n in range(4)] == ["power", "mode", "adapter", "power"]
