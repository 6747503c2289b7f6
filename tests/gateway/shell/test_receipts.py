"""Receipts over the broker: who has an offer says so, once and for all; who has not is not believed."""

import json
from collections.abc import Callable
from typing import Any

Wait = Callable[..., Any]
BASE = "nearcart/v1/test-shop"


async def offered(shop: Any, wait_until: Wait) -> str:
    tag = shop.enrol()
    door = shop.edges["door"]
    await shop.start()
    await door.batch(door.transition("enter", tag))
    await wait_until(lambda: shop.rows("SELECT state FROM deliveries") == [("sent",)])
    await wait_until(lambda: shop.offers)
    return str(shop.offers[0]["key"])


async def say(shop: Any, topic: str, body: Any) -> None:
    payload = body if isinstance(body, str) else json.dumps(body)
    await shop.edges["door"].client.publish(f"{BASE}/{topic}", payload, qos=1)


async def test_her_app_says_that_it_is_there_and_that_she_looked(shop: Any, wait_until: Wait) -> None:
    key = await offered(shop, wait_until)
    for state in ("delivered", "delivered", "seen", "delivered"):
        await say(shop, "visitor/anna/receipt", {"key": key, "state": state})
    await wait_until(lambda: shop.rows("SELECT state FROM deliveries") == [("seen",)])
    notes = shop.rows("SELECT channel, state FROM receipts ORDER BY at, state = 'seen'")
    assert notes == [("phone", "sent"), ("phone", "delivered"), ("phone", "seen")]


async def test_nobody_else_is_believed(shop: Any, wait_until: Wait) -> None:
    key = await offered(shop, wait_until)
    await say(shop, "visitor/ben/receipt", {"key": key, "state": "seen"})
    await say(shop, "screen/door/receipt", {"key": key, "state": "seen"})
    await say(shop, "staff/receipt", {"key": key, "state": "seen"})
    await say(shop, "visitor/anna/receipt", {"key": "nothing:offer", "state": "seen"})
    await say(shop, "visitor/anna/receipt", {"key": key, "state": "bought"})
    await say(shop, "visitor/anna/receipt", "no json")
    await say(shop, "visitor/anna/receipt", json.dumps({"key": key, "state": "seen", "more": "x" * 2000}))
    await say(shop, "visitor/anna/receipt", {"key": key, "state": "delivered"})
    await wait_until(lambda: shop.rows("SELECT state FROM deliveries") == [("delivered",)])
    assert shop.log.read_text().count('"message_refused"') == 3
