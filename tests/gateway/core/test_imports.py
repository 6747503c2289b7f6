"""Carts and orders from files: what is good is taken, and every mistake is told with its line."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearcart_contract.cart import CartUpdated, OrderCreated
from nearcart_gateway.core.imports.found import Imported, Mistake
from nearcart_gateway.core.imports.json_lines import read_json_lines
from nearcart_gateway.core.imports.table import read_table

CARTS = """\
cart,customer,currency,updated_at,sku,categories,quantity,unit_price
k1,1001,EUR,2026-11-25T10:00:00+01:00,W-1,wine|red,2,12.50
k2,1002,EUR,2026-11-25T11:00:00Z,C-1,,1,0.10
k1,1001,EUR,2026-11-25T10:00:00+01:00,C-1,cheese,3,0.10
k3,1003,,2026-11-25T11:00:00Z,,,,
"""
ORDERS = """\
order;customer;total;currency;placed_at
o1;1001;25.30;EUR;2026-11-25T10:05:00+01:00
"""
TIME = "2026-11-25T10:00:00Z"


def table(text: str) -> tuple[list[Imported], list[str]]:
    found = list(read_table(text.splitlines(keepends=True)))
    good = [each for each in found if isinstance(each, Imported)]
    return good, [str(each) for each in found if isinstance(each, Mistake)]


def test_lines_of_one_cart_make_one_cart() -> None:
    (first, second, third), mistakes = table(CARTS)
    assert mistakes == []
    assert isinstance(first.event, CartUpdated)
    cart = first.event.data
    assert (first.line, cart.id, cart.customer, cart.total) == (2, "k1", "1001", Decimal("25.30"))
    assert [(item.sku, item.categories) for item in cart.items] == [("W-1", ("wine", "red")), ("C-1", ("cheese",))]
    assert (second.line, second.event.data.id) == (3, "k2")
    assert isinstance(third.event, CartUpdated)
    assert third.event.data.state == "empty"


def test_orders_by_semicolon_as_spreadsheets_of_half_the_world_write_it() -> None:
    ((only,), mistakes) = table(ORDERS)
    assert mistakes == []
    assert isinstance(only.event, OrderCreated)
    assert (only.event.data.id, only.event.data.total) == ("o1", Decimal("25.30"))


def test_every_mistake_is_told_with_its_line_and_the_rest_is_taken() -> None:
    wrong = CARTS + (
        "k4,1004,EUR,2026-11-25 10:00,W-1,,1,12.50\n"
        f'k5,1005,EUR,{TIME},W-1,,1,"12,50"\n'
        f"k6,1006,EURO,{TIME},W-1,,1,12.50\n"
        f"k7,1007,EUR,{TIME},W-1,,none,12.50\n"
        f"k8,1008,EUR,{TIME},W-1,,1\n"
        f"k1,9999,EUR,2026-11-25T10:00:00+01:00,W-1,,1,12.50\n"
        f"k9,1009,EUR,{TIME},W-1,,1,12.50\n"
    )
    good, mistakes = table(wrong)
    assert [each.event.data.id for each in good] == ["k2", "k3", "k9"], "no half cart: k1 is left out whole"
    said = dict(mistake.split(": ", 1) for mistake in mistakes)
    assert "has no offset" in said["line 6"]
    assert "found unit_price '12,50', allowed: a number with a point" in said["line 7"]
    assert "currency" in said["line 8"]
    assert "quantity" in said["line 9"]
    assert "found 7 cells, the first line has 8" in said["line 10"]
    assert "customer is not what line 2 says of the same cart" in said["line 11"]
    assert len(said) == 6


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("", "needed: cart, updated_at"),
        ("cart,sku", "needed: updated_at"),
        ("order,total", "needed: placed_at"),
        ("cart,updated_at,quantitty", "found column 'quantitty'"),
        ("cart,updated_at,quantitty", "did you mean 'quantity'?"),
        ("cart,updated_at,sku,sku", "found twice: sku"),
    ],
)
def test_wrong_columns_are_told_before_anything_is_read(head: str, said: str) -> None:
    good, (mistake,) = table(head + "\nx,y\n")
    assert good == []
    assert said in mistake
    assert mistake.startswith("line 1: ")


def test_json_lines_are_the_contracts_events() -> None:
    data = {"id": "k1", "updated_at": TIME, "items": [{"quantity": 1, "unit_price": "12.50"}]}
    order = {"id": "o1", "total": "9.00", "placed_at": TIME}
    lines = [
        json.dumps({"type": "cart.updated", "timestamp": TIME, "data": data}),
        "",
        json.dumps({"type": "order.created", "timestamp": TIME, "data": order}),
        json.dumps({"type": "order.deleted", "timestamp": TIME, "data": order}),
        '{"type": ',
        json.dumps({"type": "order.created", "timestamp": TIME, "data": {**order, "total": "a lot"}}),
    ]
    found = list(read_json_lines(lines))
    assert [each.line for each in found] == [1, 3, 4, 5, 6]
    assert [isinstance(each, Imported) for each in found] == [True, True, False, False, False]
    assert "data.total" in str(found[4])
    assert "found 'a lot'" in str(found[4])


@settings(deadline=None)
@given(text=st.text() | st.text(alphabet="cartupdl_,;\n\"'0123456789: TZ.-"))
def test_any_text_is_told_of_or_read(text: str) -> None:
    for lines in (text.splitlines(keepends=True), (CARTS + text).splitlines(keepends=True)):
        for read in (read_table, read_json_lines):
            for found in read(lines):
                assert found.line >= 1
                assert str(found)


@settings(deadline=None, max_examples=200)
@given(
    cells=st.lists(
        st.sampled_from(["", "k1", TIME, "2026", "1", "-1", "1e400", "NaN", "EUR", "open", "\x00", '"', "9" * 400]),
        min_size=8,
        max_size=8,
    )
)
def test_any_cells_are_a_cart_or_a_mistake(cells: list[str]) -> None:
    found = list(read_table([CARTS.splitlines(keepends=True)[0], ",".join(cells) + "\n"]))
    assert len(found) <= 2
