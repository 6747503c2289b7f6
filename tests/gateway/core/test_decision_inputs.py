"""What a decision writes down of what it saw, and reads again."""

import json
from dataclasses import fields
from typing import Any

from nearcart_gateway.core.decision_inputs import read_cart, read_moment, read_visitor, write_inputs
from nearcart_gateway.core.values import Moment, Visitor


def written(shop: Any, moment: Moment, visitor: Visitor | None, **more: Any) -> dict[str, Any]:
    made = write_inputs(
        moment, visitor, more.pop("cart", None), {}, {}, now=shop.now, clock_synchronised=True, revision="r1", **more
    )
    return json.loads(json.dumps(made))


def test_every_field_is_written_but_the_hash_of_her_email(shop: Any) -> None:
    inputs = written(shop, shop.moment(), shop.visitor(slots=(("autumn#1", 7),)))
    assert set(inputs["moment"]) == {field.name for field in fields(Moment)}
    assert set(inputs["visitor"]) == {field.name for field in fields(Visitor)} - {"email_hash"}


def test_what_is_written_is_read_again(shop: Any) -> None:
    moment = Moment("m", "press", "v", "v.1", 1.5, "wine", "door", 2.0, 0.5, 1.25, ("a", "b"), "double", 3.5)
    everything = frozenset({"a", "b"})
    visitor = Visitor(
        "v", "staff", "c", "de", everything, 7, everything, "gold", 1.0, "L-1", None, everything, (("a#1", 7),)
    )
    cart = shop.cart()
    inputs = written(shop, moment, visitor, cart=cart)
    assert (read_moment(inputs), read_visitor(inputs), read_cart(inputs)) == (moment, visitor, cart)


def test_nobody_and_nothing(shop: Any) -> None:
    inputs = written(shop, shop.moment(), None)
    assert (read_visitor(inputs), read_cart(inputs)) == (None, None)
    assert "taken" not in inputs
    assert written(shop, shop.moment(), None, taken=("phone",))["taken"] == ["phone"]
