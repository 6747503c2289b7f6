"""People before a shop and in it, by the simulator's radio and the store's own cores; figures over more streets: benchmarks/doorway.py."""

import pytest
from tests.sim.street import NOT_VISITS, VISITS, Said, Street, shop

STREET = Street(seed=100, each=2, kinds=("walks past", "looks into the window", "stands at the door", *VISITS))


@pytest.fixture(scope="module")
def with_a_door() -> dict[tuple[str, int], Said]:
    return STREET.said(shop("street", "street-2"))


def test_without_a_door_everybody_who_is_heard_is_a_visitor() -> None:
    said = Street(seed=100, each=1, kinds=NOT_VISITS[:3]).said(shop(door=False))
    assert all(each.opened for each in said.values())


def test_with_a_door_nobody_before_it_is(with_a_door: dict[tuple[str, int], Said]) -> None:
    assert [who for who, each in with_a_door.items() if who[0] in NOT_VISITS and each.opened] == []


def test_who_came_in_is_within_half_a_minute_and_once(with_a_door: dict[tuple[str, int], Said]) -> None:
    people = STREET.people()
    for (kind, number), each in with_a_door.items():
        if kind.startswith("shops"):
            way = people[kind, number]
            assert way.came is not None and way.left is not None
            assert len(each.opened) == len(each.closed) == 1
            assert way.came < each.opened[0] < way.came + 30
            assert way.left < each.closed[0]


def test_a_deaf_scanner_at_the_door_loses_no_visit() -> None:
    street = Street(seed=100, each=2, kinds=("shops",), deaf=frozenset({"mat"}))
    assert all(each.opened for each in street.said(shop("street", "street-2")).values())
