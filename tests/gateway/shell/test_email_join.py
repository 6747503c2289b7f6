"""Carts and orders that carry an e-mail address are hers who is linked by its hash; the address is kept nowhere."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
from standardwebhooks import Webhook

from nearcart_gateway.core.hooks import bigcommerce, woocommerce
from nearcart_gateway.core.hooks.event import CartChange, OrderPlaced
from nearcart_gateway.core.hooks.platform import Payload

Wait = Callable[..., Any]

HOOK = Webhook("whsec_dGVzdC1zZWNyZXQtb2YtdGhlLXRlc3QtcnVuIQ==")
EMAIL = "Anna.Q@Example.org"
ABANDONED = """\
offer: hello
when: {moment: enter}
who: {customer: any}
cart: {state: any}
say: "{{ cart.items | first }} waits for you."
through: [phone]
"""


async def tell(shop: Any, number: int, kind: str, data: dict[str, Any]) -> None:
    at = datetime.now(UTC)
    body = json.dumps({"type": kind, "timestamp": at.isoformat(), "data": data})
    headers = {
        "webhook-id": f"hook-{number}",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": HOOK.sign(f"hook-{number}", at, body),
    }
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{shop.url}/hooks/web", content=body, headers=headers)
    assert answer.status_code == 200, answer.text


def cart(**more: Any) -> dict[str, Any]:
    item = {"sku": "W-1", "title": "Zweigelt", "quantity": 1, "unit_price": "9.90"}
    return {"id": "c-1", "items": [item], "updated_at": datetime.now(UTC).isoformat(), **more}


def raw(shop: Any) -> bytes:
    return b"".join(path.read_bytes() for path in shop.folder.rglob("*") if path.is_file()).lower()


async def test_a_guests_cart_is_hers_by_the_hash_of_her_address_and_done_with_when_she_bought(
    shop: Any, wait_until: Wait
) -> None:
    shop.write("offers/hello.yaml", ABANDONED)
    tag = shop.enrol(email=EMAIL)
    door = shop.edges["door"]
    await shop.start()
    await tell(shop, 1, "cart.updated", cart(email=f" {EMAIL.lower()} "))
    await door.born()
    await wait_until(lambda: door.rosters)
    await door.batch(door.transition("enter", tag))
    await wait_until(lambda: shop.offers)
    assert shop.offers[0]["text"] == "Zweigelt waits for you."
    order = {"id": "o-1", "email": EMAIL, "total": "9.90", "placed_at": datetime.now(UTC).isoformat()}
    await tell(shop, 2, "order.created", order)
    await wait_until(lambda: shop.rows("SELECT last_purchase_at FROM visitors WHERE last_purchase_at IS NOT NULL"))
    assert shop.rows("SELECT visitor FROM orders") == [("anna",)]
    await wait_until(lambda: shop.rows("SELECT reason FROM withdrawals") == [("the cart was bought",)])
    assert b"example.org" not in raw(shop)


async def test_an_account_with_her_address_is_linked_to_her(shop: Any, wait_until: Wait) -> None:
    shop.enrol(email=EMAIL)
    await shop.start()
    await tell(shop, 1, "cart.updated", cart(customer="7012", email=EMAIL))
    await wait_until(lambda: shop.rows("SELECT customer FROM visitors") == [("7012",)])
    assert b"example.org" not in raw(shop)


async def test_a_tag_with_no_known_customer_gets_what_is_for_anyone(shop: Any, wait_until: Wait) -> None:
    shop.write(
        "offers/member.yaml",
        'offer: member\npriority: 9\nwhen: {moment: enter}\nwho: {customer: known}\nsay: "Dear member."\nthrough: [phone]\n',
    )
    tag = shop.enrol()
    door = shop.edges["door"]
    await shop.start()
    await tell(shop, 1, "cart.updated", cart(email=EMAIL))
    await door.born()
    await wait_until(lambda: door.rosters)
    await door.batch(door.transition("enter", tag))
    await wait_until(lambda: shop.offers)
    assert [offer["text"] for offer in shop.offers] == ["Hello."]
    considered = json.loads(shop.rows("SELECT considered FROM decisions WHERE outcome = 'sent'")[0][0])
    assert ("member", "customer") in [(entry["offer"], entry["gate"]) for entry in considered]


def test_a_guests_address_is_read_where_each_platform_writes_it() -> None:
    woo = {"id": 7, "status": "processing", "total": "9.90", "date_created_gmt": "2026-09-30T10:00:00"}
    guest = {"customer_id": 0, "billing": {"email": EMAIL}}
    (placed,) = woocommerce.read(Payload("woo", "order.created", json.dumps({**woo, **guest}).encode()))
    assert isinstance(placed, OrderPlaced)
    assert (placed.email, placed.order.customer) == (EMAIL, None)
    (placed,) = woocommerce.read(
        Payload("woo", "order.created", json.dumps({**woo, **guest, "customer_id": 5}).encode())
    )
    assert isinstance(placed, OrderPlaced)
    assert (placed.email, placed.order.customer) == (None, "5")
    big = {"id": "c-1", "customer_id": 0, "email": EMAIL, "cart_amount": 9, "updated_time": "2026-09-30T10:00:00+00:00"}
    (cart_change,) = bigcommerce.read(Payload("big", bigcommerce.CART, json.dumps({"data": big}).encode()))
    assert isinstance(cart_change, CartChange)
    assert (cart_change.email, cart_change.cart.customer) == (EMAIL, None)
    assert EMAIL not in repr((placed, cart_change))
