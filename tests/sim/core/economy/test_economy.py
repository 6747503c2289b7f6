"""What shoppers buy: both outcomes from one draw, effects that are the parameters, and nobody's life moved by another's."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from math import log
from statistics import mean, stdev

import pytest
from pydantic import TypeAdapter, ValidationError

from nearcart_contract.cart import GenericEvent, ShopEvent
from nearcart_sim.core.economy.life import LeftCart, Life, Purchase
from nearcart_sim.core.economy.occasions import AWAY_S, DAY_S, Occasion, Weeks, occasions
from nearcart_sim.core.economy.orders import cart_event, order_event
from nearcart_sim.core.economy.taste import Taste, taste_of
from nearcart_sim.core.economy.terms import Economy
from nearcart_sim.core.economy.truth import Rule, effect_of, live, truths

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC).timestamp()
WEEKS = Weeks(MORNING, 28)
RULE = Rule("hello", 3 * DAY_S)
WINDOW_S = 7 * DAY_S


def economy(**fields: object) -> Economy:
    return Economy.model_validate({"segments": {"all": {"buys": 0.3, "spread": 0.0}}, **fields})


def tastes(world: Economy, count: int, seed: int = 1) -> list[Taste]:
    return [taste_of(f"s-{number}", world, seed) for number in range(count)]


def visits(count: int) -> list[Occasion]:
    """A day apart."""
    days = ((number, MORNING + number * DAY_S) for number in range(count))
    return [Occasion("visit", number, at, at + 600) for number, at in days]


def share_who_buy(world: Economy, offers: list[str | None], people: int = 4000) -> float:
    """Of the last of as many visits as there are offers, a day apart."""
    bought = 0
    for taste in tastes(world, people):
        life = Life(taste, world)
        results = [life.visit(visit, offer) for visit, offer in zip(visits(len(offers)), offers, strict=True)]
        bought += results[-1] is not None
    return bought / people


def test_odds_and_added_chances_are_the_parameters() -> None:
    world = economy(offers={"odds": {"odds": 2.0}, "adds": {"adds": 0.1}, "less": {"adds": -0.1}})
    assert share_who_buy(world, [None]) == pytest.approx(0.3, abs=0.02)
    assert share_who_buy(world, ["odds"]) == pytest.approx(0.6 / 1.3, abs=0.02)
    assert share_who_buy(world, ["adds"]) == pytest.approx(0.4, abs=0.02)
    assert share_who_buy(world, ["less"]) == pytest.approx(0.2, abs=0.02)
    assert share_who_buy(world, ["unheard-of"]) == share_who_buy(world, [None])


def test_an_effect_is_of_a_segment() -> None:
    world = economy(
        segments={"all": {"buys": 0.3, "spread": 0}, "rare": {"buys": 0.3, "spread": 0}},
        offers={"hello": {"segments": {"rare": {"adds": 0.5}}}},
    )
    changed = {
        taste.segment
        for taste in tastes(world, 400)
        if Life(taste, world).visit(visits(1)[0], "hello") != Life(taste, world).visit(visits(1)[0], None)
    }
    assert changed == {"rare"}


def test_both_outcomes_come_from_one_draw() -> None:
    """An offer that helps takes nobody's purchase away, and those it does not move buy the very same."""
    world = economy(offers={"hello": {"odds": 1.5}})
    caused = 0
    for taste in tastes(world, 2000):
        without, with_it = (Life(taste, world).visit(visits(1)[0], offer) for offer in (None, "hello"))
        if without is not None:
            assert with_it == without and not without.caused
        elif with_it is not None:
            caused += 1
            assert with_it.caused
    assert caused / 2000 == pytest.approx(0.45 / 1.15 - 0.3, abs=0.02)


def test_offers_too_often_tire() -> None:
    world = economy(offers={"hello": {"odds": 4.0}}, fatigue={"within": "2d", "keeps": 0.5})
    fresh, second = share_who_buy(world, ["hello"]), share_who_buy(world, ["hello", "hello"])
    rested = share_who_buy(world, ["hello", None, None, "hello"])
    odds = 0.3 / 0.7 * 4**0.5
    assert second == pytest.approx(odds / (1 + odds), abs=0.02)
    assert rested == pytest.approx(fresh, abs=0.025)
    assert second < fresh - 0.05


def test_an_effect_lasts_as_long_as_it_says() -> None:
    at_once = economy(offers={"hello": {"adds": 0.5}})
    lasting = economy(offers={"hello": {"adds": 0.5, "lasts": "36h"}})
    assert share_who_buy(at_once, ["hello", None]) == share_who_buy(at_once, [None, None])
    assert share_who_buy(lasting, ["hello", None]) == pytest.approx(0.8, abs=0.02)
    assert share_who_buy(lasting, ["hello", None, None]) == share_who_buy(lasting, [None, None, None])


def test_a_purchase_brought_forward_is_missing_later() -> None:
    world = economy(offers={"hello": {"adds": 0.7}}, pull_forward={"share": 1.0, "within": "40d"})
    for taste in tastes(world, 300):
        times = visits(30)
        lives = [Life(taste, world) for _ in range(2)]
        plain = [visit.number for visit in times if lives[0].visit(visit, None)]
        moved = [visit.number for visit in times if lives[1].visit(visit, "hello" if visit.number == 0 else None)]
        assert moved[0] == 0
        assert moved == plain if plain[0] == 0 else moved == [0, *plain[1:]]


def test_a_basket_can_grow() -> None:
    world = economy(offers={"hello": {"basket": 1.5}})
    for taste in tastes(world, 100):
        without, with_it = (Life(taste, world).visit(visits(1)[0], offer) for offer in (None, "hello"))
        if without is not None:
            assert with_it is not None and with_it.amount == pytest.approx(without.amount * 1.5, abs=1)


def test_baskets_are_as_wide_as_said_and_in_minor_units_of_the_currency() -> None:
    for currency, minor in (("EUR", 100), ("JPY", 1)):
        world = economy(currency=currency, segments={"all": {"buys": 1, "basket": {"median": 2000, "sigma": 0.8}}})
        bought = [Life(taste, world).visit(visits(1)[0], None) for taste in tastes(world, 2000)]
        logs = [log(each.amount / minor) for each in bought if each is not None]
        assert mean(logs) == pytest.approx(log(2000), abs=0.06)
        assert stdev(logs) == pytest.approx(0.8, abs=0.04)


def test_one_more_shopper_and_one_more_offer_change_nobody_else() -> None:
    world = economy(offers={"hello": {"odds": 1.5}})
    few, many = ({taste.shopper: taste for taste in tastes(world, count)} for count in (50, 60))
    assert all(many[name] == taste for name, taste in few.items())
    for taste in few.values():
        times = occasions(taste, WEEKS)
        held_out, offered = (live(taste, world, times, RULE, offered=each) for each in (False, True))
        assert held_out.moments == offered.moments
        assert set(held_out.purchases) <= {replace(each, caused=False) for each in offered.purchases}


def test_visits_are_in_opening_hours_and_apart() -> None:
    world = economy(segments={"often": {"visits_a_week": 6, "online_a_week": 6}})
    found = [occasions(taste, WEEKS) for taste in tastes(world, 200)]
    per_week = sum(each.kind == "visit" for times in found for each in times) / 200 / 4
    assert 4.5 < per_week < 6
    for times in found:
        came = [each for each in times if each.kind == "visit"]
        assert all((each.at - MORNING) % DAY_S < 36_000 for each in came)
        assert all(later.at - before.until >= AWAY_S - 1 for before, later in pairwise(came))
        assert all(later.at > before.until for before, later in pairwise(times))


def test_a_cart_is_left_until_something_is_bought() -> None:
    world = economy(segments={"all": {"buys": 1.0, "buys_online": 0.0}})
    life, (first, second) = Life(taste_of("s", world, 1), world), visits(2)
    left = life.online(Occasion("online", 0, MORNING - 900, MORNING - 900))
    assert isinstance(left, LeftCart) and life.cart == left
    assert Rule("hello", 0, needs_cart=True, cart_age_s=1800).makes_it(life, first, None) is False
    assert Rule("hello", 0, needs_cart=True, cart_age_s=600).makes_it(life, first, None) is True
    assert life.visit(first, None) is not None and life.cart is None
    assert Rule("hello", 0, needs_cart=True).makes_it(life, second, None) is False


def test_the_truth_is_the_difference_of_both_lives_from_first_moments_on() -> None:
    world = economy(offers={"hello": {"odds": 1.6}, "nothing": {}})
    people = tastes(world, 1500)
    found = effect_of(truths(people, world, WEEKS, RULE), WINDOW_S)
    assert found.visitors > 1200 and found.lift is not None and found.money_lift is not None
    assert 0.1 < found.lift < 0.5
    assert found.money_with > found.money_without
    none = effect_of(truths(people, world, WEEKS, Rule("nothing", RULE.rest_s)), WINDOW_S)
    assert (none.lift, none.money_lift) == (0.0, 0.0)


def test_carts_and_purchases_are_events_of_the_webhook() -> None:
    adapter: TypeAdapter[ShopEvent] = TypeAdapter(GenericEvent)
    cart = cart_event("s-1", LeftCart(MORNING, 3, 1999), "EUR", "web")
    order = order_event("s-1", 0, Purchase(MORNING, True, 500, False), "JPY", "till")
    assert adapter.validate_json(cart.model_dump_json()) == cart
    assert adapter.validate_json(order.model_dump_json()) == order
    assert str(cart.data.total) == "19.99" and str(order.data.total) == "500"
    assert cart.data.customer == order.data.customer == "c-s-1"


def test_a_segment_that_is_not_there_is_told() -> None:
    with pytest.raises(ValidationError, match=r"offer hello: there is no segment 'al'; .*all"):
        economy(offers={"hello": {"segments": {"al": {}}}})
