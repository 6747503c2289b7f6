"""Slots: the same everywhere and for ever, independent of each other, and moved by nothing but a new experiment."""

from collections import Counter
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_contract.campaign_file import Campaign
from nearcart_gateway.core.offers.assign import (
    SLOTS,
    STORE,
    Shares,
    experiment_of,
    moved_by,
    shares_of,
    slot_of,
    unit_of,
)
from nearcart_gateway.core.values import Visitor

ALL = range(SLOTS)


def campaign(**fields: Any) -> Campaign:
    return Campaign.model_validate({"campaign": "autumn", "name": "Autumn", **fields})


def arms(shares: Shares) -> list[str | None]:
    """The arm of every slot: ``None`` for those that take no part."""
    return [
        None if not shares.takes_part(slot) else "held" if slot < shares.held_out else shares.variant(slot) or "offer"
        for slot in ALL
    ]


weights = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.integers(1, 9), min_size=2)
percents = st.integers(0, 50)


@given(weights=weights, held=percents, offered=st.integers(1, 50))
def test_each_arm_has_its_share_of_the_slots(weights: dict[str, int], held: int, offered: int) -> None:
    variants = {name: {"weight": weight} for name, weight in weights.items()}
    shares = shares_of(campaign(hold_out_percent=held, offered_percent=offered, variants=variants))
    found, total = Counter(arms(shares)), sum(weights.values())
    assert found["held"] == held * 100
    assert found[None] == SLOTS - held * 100 - offered * 100
    for name, weight in weights.items():
        assert abs(found[name] - offered * 100 * weight / total) <= len(weights)


@given(weights=weights, sizes=st.lists(st.tuples(percents, st.integers(1, 50)), min_size=2, max_size=4))
def test_a_share_that_grows_moves_nobody(weights: dict[str, int], sizes: list[tuple[int, int]]) -> None:
    variants = {name: {"weight": weight} for name, weight in weights.items()}
    held, offered = sorted(size for size, _ in sizes), sorted(size for _, size in sizes)
    grown = [
        campaign(hold_out_percent=h, offered_percent=o, variants=variants) for h, o in zip(held, offered, strict=True)
    ]
    for before, after in pairwise(grown):
        assert list(moved_by(before, after)) == []
        was, now = arms(shares_of(before)), arms(shares_of(after))
        assert all(old in (None, new) for old, new in zip(was, now, strict=True))


@given(one=st.tuples(percents, st.integers(1, 50), weights), other=st.tuples(percents, st.integers(1, 50), weights))
def test_whatever_would_move_somebody_is_told(one: Any, other: Any) -> None:
    def of(held: int, offered: int, weights: dict[str, int]) -> Campaign:
        variants = {name: {"weight": weight} for name, weight in weights.items()}
        return campaign(hold_out_percent=held, offered_percent=offered, variants=variants)

    before, after = of(*one), of(*other)
    was, now = arms(shares_of(before)), arms(shares_of(after))
    moves = any(old not in (None, new) for old, new in zip(was, now, strict=True))
    if moves:
        assert list(moved_by(before, after))
    renumbered = after.model_copy(update={"experiment": 2})
    assert list(moved_by(before, renumbered)) == []
    assert [field for field, _ in moved_by(renumbered, before)] == ["experiment"]


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ({"hold_out_percent": 10}, {"hold_out_percent": 5}, "hold_out_percent"),
        ({"hold_out_percent": 10}, {"hold_out_percent": 20}, "hold_out_percent"),  # all the rest had the offer
        ({"offered_percent": 50}, {"offered_percent": 40}, "offered_percent"),
        ({"offered_percent": 50}, {}, None),
        ({"variants": {"a": {}, "b": {}}}, {"variants": {"a": {}, "b": {"weight": 2}}}, "variants"),
    ],
)
def test_it_says_which_field(before: dict[str, Any], after: dict[str, Any], field: str | None) -> None:
    told = list(moved_by(campaign(**before), campaign(**after)))
    assert [name for name, _ in told] == ([] if field is None else [field])
    assert all("write 'experiment: 2' to begin a new one" in why for _, why in told)


def test_a_household_has_one_slot_and_nobody_can_be_named_like_one() -> None:
    anna, otto = Visitor("anna", loyalty="L-7"), Visitor("otto", loyalty="L-7")
    assert unit_of(anna) == unit_of(otto) != unit_of(Visitor("anna"))
    assert unit_of(Visitor("householdL-7")) != unit_of(anna)


def test_gateways_with_one_secret_agree_and_those_with_another_do_not() -> None:
    names = [f"v-{number}" for number in range(200)]
    ours, theirs = (
        [experiment_of("autumn", 1, Shares(), salt).slot(Visitor(name), salt) for name in names]
        for salt in (b"chain", b"other")
    )
    assert ours == [slot_of("autumn", name, b"chain") for name in names]
    assert ours != theirs
    assert experiment_of("autumn", 1, Shares(), b"chain").id != experiment_of("autumn", 1, Shares(), b"other").id


def test_slots_of_two_experiments_have_nothing_to_do_with_each_other() -> None:
    drawn = [("autumn", 1), ("autumn", 2), ("winter", 1), (STORE, 1)]
    names = [f"v-{number}" for number in range(8000)]
    slots = [[experiment_of(name, n, Shares(), b"s").slot(Visitor(v), b"s") for v in names] for name, n in drawn]
    for one in slots:
        for other in slots:
            if one is not other:
                both = sum(a < SLOTS // 2 and b < SLOTS // 2 for a, b in zip(one, other, strict=True))
                assert abs(both - 2000) < 6 * (8000 * 0.25 * 0.75) ** 0.5


def test_she_keeps_the_slot_of_her_first_moment() -> None:
    experiment = experiment_of("autumn", 1, Shares(), b"s")
    drawn = experiment.slot(Visitor("anna"), b"s")
    assert drawn != 42
    assert experiment.slot(Visitor("anna", slots=((experiment.id, 42),)), b"s") == 42
    assert experiment_of("autumn", 2, Shares(), b"s").slot(Visitor("anna", slots=((experiment.id, 42),)), b"s") != 42


def test_shares_that_are_more_than_everybody_are_refused() -> None:
    with pytest.raises(ValueError, match="more than 100"):
        campaign(hold_out_percent=Decimal("60"), offered_percent=Decimal("50"))
