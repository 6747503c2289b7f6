"""What waits for quiet hours to end: each offer once for a visitor, at the newest of its moments."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from nearcart_gateway.core.deferrals import Deferrals, Deferred, asked_again, base_of
from nearcart_gateway.core.values import Moment, Position

NINE = 9 * 3600.0


def waits(name: str, *offers: str, visitor: str = "anna", at: float = 100.0) -> Deferred:
    return Deferred(Moment(name, "enter", visitor, "v1", at, zone="wine", waited=offers), NINE)


def add(waiting: Deferrals, deferred: Deferred) -> list[Deferred]:
    changed = waiting.take_over(deferred)
    waiting.add(deferred, deferred.ask_at)
    return changed


def test_it_is_asked_again_where_she_is_and_as_surely_as_she_is_there_now() -> None:
    deferred = waits("v1.1.enter", "hello")
    there = Position("anna", NINE - 1, "wine", 0.4)
    again = asked_again(deferred, NINE, NINE - 0.5, there)
    assert (again.id, again.at, again.heard_at, again.probability) == ("v1.1.enter.waited1", NINE, NINE - 0.5, 0.4)
    assert asked_again(deferred, NINE, None, None).probability == 1.0
    twice = asked_again(Deferred(again, NINE + 60), NINE + 60, None, None)
    assert (twice.id, base_of(twice)) == ("v1.1.enter.waited2", "v1.1.enter")


def test_an_offer_that_waits_at_a_newer_moment_waits_at_no_older_one() -> None:
    waiting = Deferrals()
    add(waiting, waits("m1", "hello", "wine"))
    [older] = add(waiting, waits("m2", "wine"))
    assert (older.moment.id, older.moment.waited) == ("m1", ("hello",))
    [gone] = add(waiting, waits("m3", "hello"))
    assert (gone.moment.id, gone.moment.waited) == ("m1", ())
    assert [(each.moment.id, each.moment.waited) for each in waiting.due(NINE)] == [
        ("m2", ("wine",)),
        ("m3", ("hello",)),
    ]
    assert len(waiting) == 0


def test_others_wait_for_themselves_and_go_by_themselves() -> None:
    waiting = Deferrals()
    add(waiting, waits("m1", "hello"))
    assert add(waiting, waits("m2", "hello", visitor="ben")) == []
    waiting.forget("anna")
    assert [each.moment.id for each in waiting.due(NINE)] == ["m2"]


def test_who_is_two_is_asked_as_one() -> None:
    waiting = Deferrals()
    add(waiting, waits("m1", "hello"))
    waiting.merge("anna", "ben")
    [older] = add(waiting, waits("m2", "hello", visitor="ben"))
    assert (older.moment.id, older.moment.visitor) == ("m1", "ben")


@given(st.lists(st.tuples(st.sampled_from(["anna", "ben"]), st.sets(st.sampled_from("abc"), min_size=1)), max_size=12))
def test_each_offer_is_asked_once_at_the_newest_moment_it_waits_at(moments: list[tuple[str, set[str]]]) -> None:
    waiting = Deferrals()
    newest: dict[tuple[str, str], str] = {}
    for number, (visitor, offers) in enumerate(moments):
        add(waiting, replace(waits(f"m{number}", *sorted(offers), visitor=visitor), ask_at=NINE - number % 3))
        newest |= {(visitor, offer): f"m{number}" for offer in offers}
    asked = waiting.due(NINE)
    assert {(each.moment.visitor, offer): each.moment.id for each in asked for offer in each.moment.waited} == newest
    assert sum(len(each.moment.waited) for each in asked) == len(newest)
