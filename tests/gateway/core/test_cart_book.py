"""Carts, whose they are and what was bought, in whatever order the shops say so."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearcart_contract.cart import Cart, Order
from nearcart_gateway.core.cart_book import AFTER_ORDER_S, CartBook, CartRecord
from nearcart_gateway.core.hooks.event import CartChange, CartLink, Change, OrderPlaced

START = datetime(2026, 9, 30, 10, tzinfo=UTC)


def cart(
    minute: float, name: str = "k1", *, customer: str | None = None, pieces: int = 1, **changed: Any
) -> CartChange:
    """A cart as it was some minutes after ten."""
    items = [{"sku": "W-1", "quantity": pieces, "unit_price": "10"}] if pieces else []
    fields = {
        "id": name,
        "source": "shop",
        "customer": customer,
        "items": items,
        "updated_at": START + timedelta(minutes=minute),
    }
    return CartChange(Cart.model_validate({**fields, **changed}))


def link(minute: float, customer: str = "c1", token: str = "k1") -> CartLink:
    return CartLink("shop", token, customer, (START + timedelta(minutes=minute)).timestamp())


def order(minute: float, *, token: str | None = None, customer: str | None = None) -> OrderPlaced:
    placed_at = START + timedelta(minutes=minute)
    return OrderPlaced(
        Order(id="o1", source="shop", customer=customer, cart_token=token, total=Decimal(10), placed_at=placed_at)
    )


def book(*changes: Change) -> CartBook:
    made = CartBook()
    for number, change in enumerate(changes):
        made.apply(change, float(number))
    return made


def pieces(made: CartBook, customer: str = "c1") -> int | None:
    known = made.cart_of(customer)
    return None if known is None else known.cart.items[0].quantity


def test_a_cart_that_names_its_customer_is_hers() -> None:
    known = book(cart(0, customer="c1", pieces=2)).cart_of("c1")
    assert known is not None
    assert (known.cart.id, known.version, known.received_at) == ("k1", 1, 0.0)


def test_a_nameless_cart_is_nobodys() -> None:
    assert book(cart(0)).cart_of("c1") is None


@pytest.mark.parametrize("changes", [(cart(0), link(1)), (link(1), cart(0))])
def test_a_cart_and_its_checkout_join_whichever_comes_first(changes: tuple[Change, ...]) -> None:
    known = book(*changes).cart_of("c1")
    assert known is not None
    assert known.cart.customer == "c1"


def test_the_newest_word_on_a_carts_owner_counts() -> None:
    moved = book(cart(0, customer="c1"), link(2, "c2"), link(1, "c1"))
    assert (pieces(moved, "c1"), pieces(moved, "c2")) == (None, 1)


def test_an_older_update_that_comes_late_changes_nothing() -> None:
    made = book(cart(5, customer="c1", pieces=3))
    assert made.apply(cart(4, customer="c1", pieces=1), 1.0) == ()
    assert pieces(made) == 3


def test_a_repeat_changes_nothing() -> None:
    made = book(cart(0, customer="c1"), link(1))
    assert made.apply(cart(0, customer="c1"), 9.0) == ()
    assert made.apply(link(1), 9.0) == ()


def test_the_version_counts_changes() -> None:
    made = book(cart(0, customer="c1"), cart(1, customer="c1", pieces=2), cart(1, customer="c1", pieces=2))
    known = made.cart_of("c1")
    assert known is not None
    assert (known.version, known.received_at) == (2, 1.0)


def test_a_currency_once_told_stays() -> None:
    for changes in ((cart(0, currency="USD"), cart(1)), (cart(1), cart(0, currency="USD"))):
        known = book(*changes, link(2)).cart_of("c1")
        assert known is not None
        assert (known.cart.currency, known.cart.updated_at) == ("USD", START + timedelta(minutes=1))


def test_the_newest_cart_that_holds_something_is_the_one() -> None:
    made = book(
        cart(0, "old", customer="c1", pieces=1),
        cart(1, "new", customer="c1", pieces=2),
        cart(2, "emptied", customer="c1", pieces=0),
        cart(3, "bought", customer="c1", pieces=4, state="ordered"),
    )
    assert pieces(made) == 2


@pytest.mark.parametrize("bought", [order(10, token="k1"), order(10, customer="c1")])
def test_a_bought_cart_is_never_offered_again(bought: OrderPlaced) -> None:
    content = cart(0, customer="c1")
    assert book(content, bought).cart_of("c1") is None
    assert book(bought, content).cart_of("c1") is None


def test_a_cart_is_found_by_its_token_or_by_its_id() -> None:
    tokened = cart(0, customer="c1", token="t1")
    assert book(tokened, order(10, token="t1")).cart_of("c1") is None
    assert book(tokened, order(10, token="k1")).cart_of("c1") is None
    assert pieces(book(tokened, order(10, token="t2"))) == 1


def test_what_a_shop_says_of_a_cart_just_after_it_was_bought_is_no_new_cart() -> None:
    grace = AFTER_ORDER_S / 60
    made = book(cart(0, customer="c1"), order(10, token="k1"))
    made.apply(cart(10 + grace, customer="c1", pieces=5), 3.0)
    assert pieces(made) is None
    made.apply(cart(10.1 + grace, customer="c1", pieces=6), 4.0)
    assert pieces(made) == 6


def test_an_order_of_another_leaves_her_cart_alone() -> None:
    assert pieces(book(cart(0, customer="c1"), order(10, token="k9", customer="c9"))) == 1


def test_an_order_in_the_store_ends_the_carts_before_it() -> None:
    made = book(cart(0, "a", customer="c1"), cart(30, "b", customer="c1", pieces=2), order(10, customer="c1"))
    assert pieces(made) == 2


def test_the_same_id_in_two_sources_is_two_carts() -> None:
    made = book(cart(0, customer="c1", pieces=1), cart(1, customer="c1", pieces=2, source="web"))
    made.apply(order(10, token="k1"), 5.0)
    known = made.cart_of("c1")
    assert known is not None
    assert known.cart.source == "web"
    assert len(made) == 2


def test_what_is_old_is_pruned_and_what_is_left_still_answers() -> None:
    made = book(cart(0, "old", customer="c1", pieces=1), link(0, "c1", "old"), cart(1, "new", customer="c1", pieces=2))
    assert set(made.prune(2.0)) == {("shop", "old"), ("shop", "token:old")}
    assert pieces(made) == 2
    assert set(made.prune(99.0)) == {("shop", "new")}
    assert made.cart_of("c1") is None


def test_a_record_is_json_and_back() -> None:
    made = CartBook()
    (record,) = made.apply(cart(0, customer="c1", currency="EUR", value="12.30"), 7.0)
    assert CartRecord.from_json(record.to_json()) == record
    assert '"12.30"' in record.to_json()


changes = st.lists(
    st.one_of(
        st.builds(
            cart,
            st.just(0.0),
            st.sampled_from(["k1", "k2"]),
            customer=st.sampled_from([None, "c1", "c2"]),
            pieces=st.integers(0, 3),
            currency=st.sampled_from([None, "EUR", "USD"]),
            token=st.sampled_from([None, "t1"]),
        ),
        st.builds(link, st.just(0.0), st.sampled_from(["c1", "c2"]), st.sampled_from(["k1", "k2", "t1"])),
        st.builds(
            order,
            st.just(0.0),
            token=st.sampled_from([None, "k1", "t1"]),
            customer=st.sampled_from([None, "c1", "c2"]),
        ),
    ),
    max_size=7,
)


def timed(made: list[Change]) -> list[Change]:
    """Each change at its own time, four minutes apart, so that the newest is never in doubt."""
    found: list[Change] = []
    for number, change in enumerate(made):
        at = START + timedelta(minutes=4 * number)
        if isinstance(change, CartChange):
            found.append(CartChange(change.cart.model_copy(update={"updated_at": at})))
        elif isinstance(change, CartLink):
            found.append(CartLink(change.source, change.token, change.customer, at.timestamp()))
        else:
            found.append(OrderPlaced(change.order.model_copy(update={"placed_at": at})))
    return found


def answers(made: CartBook) -> list[Cart | None]:
    return [known.cart if (known := made.cart_of(customer)) else None for customer in ("c1", "c2")]


@settings(deadline=None)
@given(changes, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(made: list[Change], random: Any) -> None:
    in_order = timed(made)
    shuffled = [*in_order, *in_order[:2]]
    random.shuffle(shuffled)
    assert answers(book(*shuffled)) == answers(book(*in_order))


@settings(deadline=None)
@given(changes, st.integers(0, 7))
def test_a_book_loaded_from_what_was_persisted_answers_the_same(made: list[Change], at: int) -> None:
    whole, rows = CartBook(), {}
    for number, change in enumerate(timed(made)):
        if number == at:
            restarted = CartBook()
            restarted.load(CartRecord.from_json(text) for text in reversed(rows.values()))
            whole = restarted
        for record in whole.apply(change, float(number)):
            rows[record.source, record.id] = record.to_json()
    assert answers(whole) == answers(book(*timed(made)))
