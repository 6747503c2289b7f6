"""Where offers wait, and for how long somebody must stand there."""

from datetime import timedelta
from typing import Any

import pytest


def names(compiled: Any, moment: Any) -> list[str]:
    return [offer.name for offer in compiled.for_moment(moment)]


def test_enter_without_zones_is_entering_the_store(shop: Any) -> None:
    compiled = shop.compile(shop.offer("door", when={"moment": "enter"}))
    assert names(compiled, shop.moment(kind="enter", zone=None, dwell_s=None)) == ["door"]
    assert names(compiled, shop.moment(kind="enter", zone="wine", dwell_s=None)) == []


def test_zones_and_tags_are_where_an_offer_waits(shop: Any) -> None:
    tagged = shop.offer("tagged", when={"moment": "enter", "zone_tags": ["drinks"], "zones": ["cheese"]})
    compiled = shop.compile(tagged)
    found = {
        zone: names(compiled, shop.moment(kind="enter", zone=zone, dwell_s=None))
        for zone in ("wine", "cheese", "entrance")
    }
    assert found == {"wine": ["tagged"], "cheese": ["tagged"], "entrance": []}


@pytest.mark.parametrize("zone", ["wine", "cheese", None])
def test_a_press_without_zones_is_a_press_anywhere(shop: Any, zone: str | None) -> None:
    compiled = shop.compile(shop.offer("call", when={"moment": "press"}))
    assert names(compiled, shop.moment(kind="press", zone=zone, dwell_s=None)) == ["call"]


def test_an_exit_waits_in_the_zone_she_left_from(shop: Any) -> None:
    compiled = shop.compile(shop.offer("bye", when={"moment": "exit", "zones": ["wine"]}))
    assert names(compiled, shop.moment(kind="exit", zone=None, from_zone="wine", dwell_s=None)) == ["bye"]
    assert names(compiled, shop.moment(kind="exit", zone=None, from_zone="cheese", dwell_s=None)) == []


def test_dwells_are_the_times_that_matter_in_a_zone(shop: Any) -> None:
    compiled = shop.compile(
        shop.offer("long", when={"moment": "dwell", "zones": ["wine"], "dwell": "20s"}),
        shop.offer("short", when={"moment": "dwell", "zones": ["wine", "cheese"], "dwell": "5s"}),
        shop.offer("same", when={"moment": "dwell", "zones": ["wine"], "dwell": "5s"}),
        shop.offer("enter", when={"moment": "enter", "zones": ["entrance"]}),
    )
    assert {zone: compiled.dwells(zone) for zone in ("wine", "cheese", "entrance", "cellar")} == {
        "wine": (5.0, 20.0),
        "cheese": (5.0,),
        "entrance": (),
        "cellar": (),
    }
    assert names(compiled, shop.moment(dwell_s=5.0)) == ["same", "short"]
    assert names(compiled, shop.moment(dwell_s=20.0)) == ["long"]


def test_a_dwell_without_zones_waits_in_every_zone(shop: Any) -> None:
    compiled = shop.compile(shop.offer(when={"moment": "dwell", "dwell": "1m"}))
    assert {compiled.dwells(zone) for zone in shop.store().zone_names} == {(60.0,)}


def test_only_gates_that_an_offer_speaks_of_are_asked(shop: Any) -> None:
    (plain,) = shop.compile(shop.offer()).for_moment(shop.moment())
    (rich,) = shop.compile(shop.offer(cart={"skus": ["W-1"]})).for_moment(shop.moment())
    assert [name for name, _ in plain.gates] == ["consent", "staff", "too_old", "channel"]
    assert [name for name, _ in rich.gates] == ["consent", "staff", "too_old", "cart_sku", "channel"]


def test_the_longest_period_is_how_far_back_a_limit_looks(shop: Any) -> None:
    week = shop.offer("a", limits={"per_visitor": {"times": 1, "period": "7d"}})
    hour = shop.offer("b", limits={"quiet_after_any": "1h"})
    assert shop.compile(week, hour).longest_period() == timedelta(days=7)
    assert shop.compile(shop.offer()).longest_period() == timedelta(0)
